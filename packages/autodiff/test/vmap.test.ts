// vmap against a loop over examples: for every primitive and every choice of mapped operands, with its derivatives.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ops from '../src/index.js';
import { grad, jvp, linearize, type Tensor, type TensorValue, trace, vmap, whileLoop } from '../src/index.js';
import { evaluate } from '../src/reference.js';
import { CASES } from './cases/index.js';
import { type Case, checkDerivatives, compute, expectClose } from './check-derivatives.js';
import { INPUT_TYPES, inputValues, instructions, interpret } from './generate.js';
import { double, float64 } from './values.js';

const SIZE = 3;

/** The value of an input for the i-th example: other numbers of the same kind. */
function exampleOf({ type, data }: TensorValue, i: number): TensorValue {
  const turned = (k: number) => data[(k + i) % data.length]!;
  const values = Array.from(data, (element, k) => {
    if (type.dtype === 'float64') return turned(k) * (1 + 0.01 * i);
    if (type.dtype === 'bool') return i % 2 ? 1 - element : element;
    return data.length === 1 ? element + (i === SIZE - 1 ? 1 : 0) : turned(k);
  });
  return ops.tensorValue(type.dtype, type.shape, values);
}

const examplesOf = (input: TensorValue) => Array.from({ length: SIZE }, (_, n) => exampleOf(input, n));

function stack(values: readonly TensorValue[]): TensorValue {
  const { dtype, shape } = values[0]!.type;
  return ops.tensorValue(
    dtype,
    [values.length, ...shape],
    values.flatMap(({ data }) => Array.from(data)),
  );
}

const masks = (count: number) =>
  Array.from({ length: 2 ** count - 1 }, (_, m) =>
    Array.from({ length: count }, (_, i) => (((m + 1) >> i) & 1) === 1),
  );

type Function = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** A function vectorized over the inputs that are mapped; the others are outer tensors. */
const vectorized =
  (fn: Function, mask: readonly boolean[]) =>
  (...inputs: Tensor[]): readonly Tensor[] =>
    vmap((examples: readonly Tensor[]) => {
      let next = 0;
      return [fn(...inputs.map((input, i) => (mask[i] ? examples[next++]! : input)))].flat();
    })(inputs.filter((_, i) => mask[i]));

/** vmap over the mapped inputs, and one evaluation for each example; the columns hold an input's value for each example. */
function bothWays(fn: Function, columns: readonly (readonly TensorValue[])[], mask: readonly boolean[]) {
  const batch = columns.map((each, i) => (mask[i] ? stack(each) : each[0]!));
  const alone = columns[0]!.map((_, n) =>
    run(
      fn,
      columns.map((each, i) => each[mask[i] ? n : 0]!),
    ),
  );
  return {
    got: run(vectorized(fn, mask), batch),
    expected: alone[0]!.map((_, k) => stack(alone.map((outputs) => outputs[k]!))),
  };
}

function run(fn: Function, values: readonly TensorValue[]): TensorValue[] {
  const { program } = trace((...args: Tensor[]) => [fn(...args)].flat(), ...values.map(({ type }) => type));
  return evaluate(program, values);
}

function expectVectorized(fn: Function, inputs: readonly TensorValue[], mask: readonly boolean[]): void {
  const { got, expected } = bothWays(fn, inputs.map(examplesOf), mask);
  expect(got.map(({ type }) => type)).toEqual(expected.map(({ type }) => type));
  expectClose(
    got,
    expected.map(({ data }) => data),
    1e-13,
  );
}

/** The inputs that vary, and a function of them alone; the others are what it captures. */
function varying(fn: Function, inputs: readonly Tensor[]) {
  const at = inputs.filter(({ dtype }) => dtype === 'float64');
  const map = (point: readonly Tensor[]): readonly Tensor[] => {
    let next = 0;
    return [fn(...inputs.map((input) => (input.dtype === 'float64' ? point[next++]! : input)))].flat();
  };
  return { at, map };
}

/** A function's value and derivative at a point, in a direction that depends on the point. */
const pushed =
  (fn: Function) =>
  (...inputs: Tensor[]): readonly Tensor[] => {
    const { at, map } = varying(fn, inputs);
    const { value, tangent } = jvp(
      map,
      at,
      at.map((x) => ops.sin(x)),
    );
    return [...value, ...tangent];
  };

/** A function's Jacobian, transposed, times a cotangent that depends on its value. */
const pulled =
  (fn: Function) =>
  (...inputs: Tensor[]): readonly Tensor[] => {
    const { at, map } = varying(fn, inputs);
    const { value, vjp } = linearize(map, at);
    return vjp(value.map((y) => (y.dtype === 'float64' ? ops.sin(y) : y)));
  };

describe.each(Object.entries(CASES))('%s', (_, cases) => {
  describe.each(cases)('$name', ({ fn, inputs, forwardOnly, stopped }) => {
    const all = inputs.map(() => true);
    const batch = inputs.map((input) => stack(examplesOf(input)));

    it.each(masks(inputs.length))('equals a loop over examples with mapped operands %s %s %s', (...mask) => {
      expectVectorized(fn, inputs, mask);
      expectVectorized(pushed(fn), inputs, mask);
      if (!forwardOnly) expectVectorized(pulled(fn), inputs, mask);
    });

    it('has correct derivatives', () => {
      const flat: Case = {
        name: '',
        fn: (...args) => vectorized(fn, all)(...args)[0]!,
        inputs: batch,
        ...(forwardOnly && { forwardOnly }),
        ...(stopped && { stopped }),
      };
      checkDerivatives(flat);
    });

    it('nests', () => {
      expectVectorized(vectorized(fn, all), batch, all);
    });
  });
});

describe('vmap', () => {
  it('equals a loop over examples for random programs', () => {
    fc.assert(
      fc.property(
        instructions,
        fc.array(inputValues, { minLength: SIZE, maxLength: SIZE }),
        fc.integer({ min: 1, max: 2 ** INPUT_TYPES.length - 1 }),
        (program, examples, choice) => {
          const mask = INPUT_TYPES.map((_, i) => ((choice >> i) & 1) === 1);
          const fn = (...inputs: Tensor[]) => interpret(program, inputs).slice(-3);
          const columns = INPUT_TYPES.map((_, i) => examples.map((each) => each[i]!));
          const { got, expected } = bothWays(fn, columns, mask);
          for (const [k, { data }] of got.entries()) {
            for (const [e, element] of expected[k]!.data.entries()) expectSame(data[e]!, element);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('runs a loop until its last example is done, and keeps the values of the others', () => {
    const halvings = vmap((x: Tensor) =>
      whileLoop(
        ({ value }) => ops.less(1, value),
        ({ value, turns }) => ({ value: ops.div(value, 2), turns: ops.add(turns, 1) }),
        { value: x, turns: ops.scalar(0, 'int32') },
      ),
    );
    const [value, turns] = compute(halvings, double([4], [0.5, 8, 3, Number.NaN]));
    expect(value).toEqual([0.5, 1, 0.75, Number.NaN]);
    expect(turns).toEqual([0, 3, 2, 0]);
  });

  it('gives the gradient of each example', () => {
    const [w, x, y] = [float64([4]), float64([5, 4], { seed: 2 }), float64([5], { seed: 3 })];
    const lossOf = (weights: Tensor, features: Tensor, target: Tensor) =>
      ops.square(ops.sub(ops.sum(ops.mul(weights, features)), target));
    const [gradients] = compute(
      (weights: Tensor, features: Tensor, targets: Tensor) =>
        vmap(({ f, t }: { f: Tensor; t: Tensor }) => grad((at: Tensor) => lossOf(at, f, t))(weights))({
          f: features,
          t: targets,
        }),
      w,
      x,
      y,
    );
    // 2 (w.x - y) x
    const expected = Array.from({ length: 5 }, (_, n) => {
      const row = Array.from(x.data.slice(4 * n, 4 * n + 4));
      const residual = row.reduce((sum, e, k) => sum + e * w.data[k]!, -y.data[n]!);
      return row.map((e) => 2 * residual * e);
    }).flat();
    for (const [k, e] of expected.entries()) expect(gradients![k]).toBeCloseTo(e, 13);
  });

  it('multiplies one matrix with all examples in one product', () => {
    const products = (shapes: readonly ops.Shape[], mask: readonly boolean[]) => {
      const types = shapes.map((shape) => ops.tensorType('float64', shape));
      const { program } = trace(
        (...args: Tensor[]) => vectorized((a, b) => ops.matmul(a!, b!), mask)(...args),
        ...types,
      );
      return program.equations
        .filter(({ primitive }) => primitive === 'matmul')
        .map(({ outputs: [output] }) => output!.type.shape);
    };
    expect(
      products(
        [
          [7, 2, 3],
          [3, 4],
        ],
        [true, false],
      ),
    ).toEqual([[14, 4]]);
    expect(
      products(
        [
          [2, 3],
          [7, 3, 4],
        ],
        [false, true],
      ),
    ).toEqual([[2, 28]]);
  });

  it('rejects a batch without a common leading axis', () => {
    const sum = vmap(({ a, b }: { a: Tensor; b: Tensor }) => ops.add(a, b));
    const at = (a: readonly number[], b: readonly number[]) => () =>
      trace(
        (x: Tensor, y: Tensor) => sum({ a: x, b: y }),
        ops.tensorType('float64', a),
        ops.tensorType('float64', b),
      );
    expect(at([3], [])).toThrow(TypeError);
    expect(at([3], [])).toThrow(/'b'/);
    expect(at([3], [4])).toThrow(RangeError);
    expect(at([0], [0])).toThrow(RangeError);
    expect(() => trace(() => vmap((none: readonly Tensor[]) => none)([]))).toThrow(TypeError);
  });
});

/** Equal up to rounding; NaN equals NaN. */
function expectSame(got: number, expected: number): void {
  if (Object.is(got, expected) || got === expected) return;
  expect(Math.abs(got - expected), `${got} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.max(1, Math.abs(expected)),
  );
}
