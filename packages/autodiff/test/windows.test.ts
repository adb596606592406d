// Convolution and pooling against ONNX's reference implementation, and the laws that tie the primitives together.

import { describe, expect, it } from 'vitest';
import {
  averagePool2d,
  constant,
  conv2d,
  maxPool2d,
  mul,
  sum,
  type Tensor,
  type TensorValue,
  trace,
  vjp,
} from '../src/index.js';
import { evaluate } from '../src/reference.js';
import { emit, emit1 } from '../src/trace.js';
import { compute } from './check-derivatives.js';
import { CONVOLUTIONS, heightAndWidth, integers, POOLS } from './onnx-reference/windows.js';
import { double, float64 } from './values.js';

const dot = (a: readonly number[], b: TensorValue) => a.reduce((total, e, i) => total + e * b.data[i]!, 0);

describe.each(CONVOLUTIONS)('convolution: $name', (example) => {
  const { params, y: shape } = example;
  const inputSize = heightAndWidth(example.x);
  const kernelSize = heightAndWidth(example.filter);
  const convolved = (x: Tensor, filter: Tensor) => conv2d(x, filter, params);
  const inputAdjoint = (y: Tensor, filter: Tensor) =>
    emit1('conv2dInputAdjoint', { ...params, inputSize }, [y, filter]);
  const filterAdjoint = (x: Tensor, y: Tensor) =>
    emit1('conv2dFilterAdjoint', { ...params, kernelSize }, [x, y]);

  it('has the values of ONNX, as do its adjoints', () => {
    const [x, filter, y] = [integers(example.x, 1), integers(example.filter, 2), integers(shape, 3)];
    expect(compute(convolved, x, filter)).toEqual([example.value]);
    expect(compute(inputAdjoint, y, filter)).toEqual([example.inputAdjoint]);
    expect(compute(filterAdjoint, x, y)).toEqual([example.filterAdjoint]);
  });

  it('is one form: <conv(x, w), y> = <x, inputAdjoint(y, w)> = <w, filterAdjoint(x, y)>', () => {
    const x = float64(example.x, { seed: 4 });
    const filter = float64(example.filter, { seed: 5 });
    const y = float64(shape, { seed: 6 });
    const form = dot(compute(convolved, x, filter)[0]!, y);
    expect(Math.abs(form)).toBeGreaterThan(1e-3);
    expect(dot(compute(inputAdjoint, y, filter)[0]!, x)).toBeCloseTo(form, 11);
    expect(dot(compute(filterAdjoint, x, y)[0]!, filter)).toBeCloseTo(form, 11);
  });
});

describe.each(POOLS)('pooling: $name', ({ x: shape, period, params, y, maxima, positions, means }) => {
  const x = integers(shape, 1, period);

  it('has the maxima of ONNX, the first among equals', () => {
    const pooled = compute((a: Tensor) => emit('maxPool2d', params, [a]), x);
    expect(pooled).toEqual([maxima, positions]);
    expect(compute((a: Tensor) => maxPool2d(a, params), x)).toEqual([maxima]);
  });

  it('maxPool2dTake at the positions returns the maxima', () => {
    const taken = compute((a: Tensor) => {
      const [, at] = emit('maxPool2d', params, [a]);
      return emit1('maxPool2dTake', params, [a, at!]);
    }, x);
    expect(taken).toEqual([maxima]);
  });

  it('scatters by the transpose of taking: <take(x), y> = <x, scatter(y)>', () => {
    const [v, u] = [float64(shape, { seed: 2 }), float64(y, { seed: 3 })];
    const [forward, backward] = compute(
      (a: Tensor, b: Tensor, c: Tensor) => {
        const [, at] = emit('maxPool2d', params, [a]);
        const inputSize = heightAndWidth(shape);
        const scattered = emit1('maxPool2dScatter', { ...params, inputSize }, [c, at!]);
        return [sum(mul(emit1('maxPool2dTake', params, [b, at!]), c)), sum(mul(b, scattered))];
      },
      x,
      v,
      u,
    );
    expect(forward![0]).toBeCloseTo(backward![0]!, 12);
  });

  it('has the means of ONNX, padding not counted', () => {
    const got = compute((a: Tensor) => averagePool2d(a, params), x)[0]!;
    expect(got).toHaveLength(means.length);
    for (const [i, mean] of means.entries()) expect(got[i]).toBeCloseTo(mean, 13);
  });
});

describe('options', () => {
  const image = integers([1, 1, 5, 4], 1);
  const filter = integers([1, 1, 3, 2], 2);
  const shapeOf = (fn: (x: Tensor, w: Tensor) => Tensor): readonly number[] => {
    let shape: readonly number[] = [];
    compute(
      (x: Tensor, w: Tensor) => {
        const y = fn(x, w);
        shape = y.shape;
        return y;
      },
      image,
      filter,
    );
    return shape;
  };

  it('takes one number for both axes, or one each, and padding by side', () => {
    const both = compute(
      (x: Tensor, w: Tensor) => conv2d(x, w, { strides: 2, padding: 1, dilations: 1 }),
      image,
      filter,
    );
    const each = compute(
      (x: Tensor, w: Tensor) => conv2d(x, w, { strides: [2, 2], padding: [1, [1, 1]] }),
      image,
      filter,
    );
    expect(each).toEqual(both);
    expect(shapeOf((x, w) => conv2d(x, w, { padding: [0, [2, 0]] }))).toEqual([1, 1, 3, 5]);
  });

  // ceil(size / stride) windows.
  it.each([
    { strides: 1, shape: [1, 1, 5, 4] },
    { strides: 2, shape: [1, 1, 3, 2] },
    { strides: 3, shape: [1, 1, 2, 2] },
    { strides: [4, 5] as const, shape: [1, 1, 2, 1] },
  ])("pads by 'same' with strides $strides", ({ strides, shape }) => {
    expect(shapeOf((x, w) => conv2d(x, w, { strides, padding: 'same' }))).toEqual(shape);
    expect(shapeOf((x) => maxPool2d(x, { window: 3, strides, padding: 'same' }))).toEqual(shape);
  });

  it("puts the odd place of 'same' after the axis", () => {
    const same = compute((x: Tensor, w: Tensor) => conv2d(x, w, { padding: 'same' }), image, filter);
    const explicit = compute((x: Tensor, w: Tensor) => conv2d(x, w, { padding: [1, [0, 1]] }), image, filter);
    expect(same).toEqual(explicit);
  });

  it('lays windows side by side unless told otherwise', () => {
    expect(shapeOf((x) => maxPool2d(x, { window: [2, 1] }))).toEqual([1, 1, 2, 4]);
    expect(shapeOf((x) => averagePool2d(x, { window: 2 }))).toEqual([1, 1, 2, 2]);
  });
});

describe('simplification', () => {
  it('computes a convolution once, wherever it comes from', () => {
    const x = float64([2, 3, 5, 4]);
    const filter = float64([4, 3, 2, 2]);
    const conv = (a: Tensor, w: Tensor) => conv2d(a, w, { strides: [2, 1], padding: [1, 0] });
    // The transpose of the transpose in each operand is the convolution itself.
    const { program } = trace(
      (a: Tensor, w: Tensor) => {
        const y = conv(a, w);
        const inImage = vjp((v: Tensor) => vjp((b: Tensor) => conv(b, w), a).vjp(v), y).vjp(a);
        const inFilter = vjp((v: Tensor) => vjp((b: Tensor) => conv(a, b), w).vjp(v), y).vjp(w);
        return [y, inImage, inFilter];
      },
      x.type,
      filter.type,
    );
    expect(program.equations.map(({ primitive }) => primitive)).toEqual(['conv2d']);
    const [value, inImage, inFilter] = evaluate(program, [x, filter]);
    expect(inImage!.data).toEqual(value!.data);
    expect(inFilter!.data).toEqual(value!.data);
  });

  it('folds a pooling of constants into both of its outputs', () => {
    const { program } = trace(() => {
      const image = constant(double([1, 1, 1, 4], [1, 7, 5, 2]));
      return emit(
        'maxPool2d',
        {
          window: [1, 2],
          strides: [1, 2],
          padding: [
            [0, 0],
            [0, 0],
          ],
        },
        [image],
      );
    });
    expect(program.equations).toEqual([]);
    expect(evaluate(program, []).map(({ data }) => Array.from(data))).toEqual([
      [7, 5],
      [1, 2],
    ]);
  });
});

it('takes the first NaN for the maximum', () => {
  const pooled = compute(
    (x: Tensor) =>
      emit(
        'maxPool2d',
        {
          window: [1, 3],
          strides: [1, 3],
          padding: [
            [0, 0],
            [0, 0],
          ],
        },
        [x],
      ),
    double([1, 1, 1, 6], [1, Number.NaN, Number.NaN, 1, 2, 0]),
  );
  expect(pooled).toEqual([
    [Number.NaN, 2],
    [1, 4],
  ]);
});
