// Errors of convolution and pooling: invalid options, and shapes that do not fit.

import { describe, expect, it } from 'vitest';
import {
  averagePool2d,
  conv2d,
  maxPool2d,
  type Shape,
  type Tensor,
  type TensorType,
  tensorType,
  trace,
} from '../src/index.js';
import { emit, emit1 } from '../src/trace.js';

type Fn = (...inputs: Tensor[]) => Tensor;
const f64 = (...shape: number[]) => tensorType('float64', shape);
const message = (fn: Fn, ...types: TensorType[]) => {
  try {
    trace(fn as never, ...types);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'no error';
};

describe('options', () => {
  const conv =
    (options: object): Fn =>
    (x, filter) =>
      conv2d(x!, filter!, options);
  const image = f64(1, 2, 4, 5);
  const filter = f64(3, 2, 2, 2);
  it.each<[object, RegExp]>([
    [{ strides: 0 }, /conv2d: strides: expected an integer of at least 1.*got 0/],
    [{ strides: [1] }, /conv2d: strides: expected an integer of at least 1/],
    [{ strides: [1, 1.5] }, /got \[1, 1\.5\]/],
    [{ strides: '2' }, /got 2/],
    [{ dilations: [1, 0] }, /conv2d: dilations: expected an integer of at least 1/],
    [{ padding: -1 }, /conv2d: padding of the height: expected an integer of at least 0.*got -1/],
    [
      { padding: [0, [1, -1]] },
      /conv2d: padding of the width: expected an integer of at least 0.*got \[1, -1\]/,
    ],
    [{ padding: 'valid' }, /conv2d: padding: expected .*'same'.*got valid/],
    [{ padding: [1, 1, 1, 1] }, /got \[1, 1, 1, 1\]/],
  ])('%o', (options, expected) => {
    expect(message(conv(options), image, filter)).toMatch(expected);
    expect(message(conv(options), image, filter)).toMatch(/^RangeError: /);
  });

  it('require a window', () => {
    expect(message((x) => maxPool2d(x!, {} as never), image)).toContain('maxPool2d: window: expected');
    expect(message((x) => averagePool2d(x!, undefined as never), image)).toContain('got undefined');
  });

  it('require tensors with four axes', () => {
    expect(message(conv({}), f64(2, 4, 5), filter)).toBe(
      'TypeError: conv2d: expected images [N, C, H, W], got float64[2,4,5]; reshape() it',
    );
    expect(message(conv({}), image, f64(2, 2))).toContain(
      'expected a filter [F, C / groups, height, width], got float64[2,2]',
    );
    expect(message((x) => maxPool2d(x!, { window: 2 }), f64(4, 5))).toContain(
      'maxPool2d: expected images [N, C, H, W], got float64[4,5]',
    );
    expect(message(() => conv2d(1 as never, 2 as never))).toContain(
      'conv2d: expected a tensor, got the number 1',
    );
  });

  it('must fit the shapes', () => {
    expect(message(conv({}), f64(1, 3, 4, 5), filter)).toMatch(
      /^TypeError: conv2d\(float64\[1,3,4,5\], float64\[3,2,2,2\]\): 3 channels .*1 groups.* 2;/,
    );
    expect(message(conv({ groups: 2 }), f64(1, 4, 4, 5), filter)).toMatch(/3 filters .* 2 groups/);
    expect(message(conv({ groups: 0 }), f64(1, 0, 4, 5), filter)).toContain(
      'groups: expected a positive integer, got 0',
    );
    expect(message(conv({ dilations: 5 }), image, filter)).toContain(
      'a window of 6 does not fit into the height of 4',
    );
    expect(message(conv({ dilations: 7, padding: [[2, 0], 4] }), image, filter)).toContain(
      'a window of 8 does not fit into the height of 4, padded to 6',
    );
    expect(message(conv({}), image, tensorType('float32', [3, 2, 2, 2]))).toContain(
      'dtypes differ; cast() one of them',
    );
    expect(message((x) => maxPool2d(x!, { window: 2, padding: 2 }), image)).toContain(
      'padding of the height: [2,2] leaves windows of 2 without an element',
    );
    expect(message((x) => averagePool2d(x!, { window: [2, 6] }), image)).toBe(
      'TypeError: averagePool2d(float64[1,2,4,5]): a window of 6 does not fit into the width of 5',
    );
    expect(message((x) => maxPool2d(x!, { window: 2 }), tensorType('int32', [1, 1, 2, 2]))).toContain(
      'expected float, got int32',
    );
  });
});

describe('primitives', () => {
  const conv = {
    strides: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilations: [1, 1],
    groups: 1,
  } as const;
  const pool = {
    window: [2, 2],
    strides: [2, 2],
    padding: [
      [0, 0],
      [0, 0],
    ],
  } as const;
  const int = (...shape: Shape) => tensorType('int32', shape);
  it.each<[string, Fn, TensorType[]]>([
    [
      'conv2dInputAdjoint(float64[1,3,3,3], float64[3,2,2,2]): the cotangent: expected [3,3,4], got [3,3,3]',
      (y, filter) => emit1('conv2dInputAdjoint', { ...conv, inputSize: [4, 5] }, [y!, filter!]),
      [f64(1, 3, 3, 3), f64(3, 2, 2, 2)],
    ],
    [
      'conv2dFilterAdjoint(float64[1,2,4,5], float64[2,3,3,4]): the cotangent: expected [1,3,3,4], got [2,3,3,4]',
      (x, y) => emit1('conv2dFilterAdjoint', { ...conv, kernelSize: [2, 2] }, [x!, y!]),
      [f64(1, 2, 4, 5), f64(2, 3, 3, 4)],
    ],
    [
      '3 channels cannot be split into 2 groups',
      (x, y) => emit1('conv2dFilterAdjoint', { ...conv, groups: 2, kernelSize: [2, 2] }, [x!, y!]),
      [f64(1, 3, 4, 5), f64(1, 2, 3, 4)],
    ],
    [
      'maxPool2dTake(float64[1,1,4,4], float64[1,1,2,2]): positions: expected int32[1,1,2,2], got float64[1,1,2,2]',
      (x, at) => emit1('maxPool2dTake', pool, [x!, at!]),
      [f64(1, 1, 4, 4), f64(1, 1, 2, 2)],
    ],
    [
      'positions: expected int32[1,1,2,2], got int32[1,1,2,1]',
      (x, at) => emit1('maxPool2dTake', pool, [x!, at!]),
      [f64(1, 1, 4, 4), int(1, 1, 2, 1)],
    ],
    [
      'maxPool2dScatter(float64[1,1,2,2], int32[1,1,2,2]): the cotangent: expected [2,3], got [2,2]',
      (y, at) => emit1('maxPool2dScatter', { ...pool, inputSize: [4, 6] }, [y!, at!]),
      [f64(1, 1, 2, 2), int(1, 1, 2, 2)],
    ],
    [
      'maxPool2d(float64[1,1,4,4]): padding of the width: expected integers of at least 0, got [-1,0]',
      (x) =>
        emit(
          'maxPool2d',
          {
            ...pool,
            padding: [
              [0, 0],
              [-1, 0],
            ],
          },
          [x!],
        )[0]!,
      [f64(1, 1, 4, 4)],
    ],
  ])('%s', (expected, fn, types) => {
    expect(message(fn, ...types)).toContain(expected);
  });
});
