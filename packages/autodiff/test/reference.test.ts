// The reference evaluator on special cases: NaN, infinities, ties, integers, empty axes.

import { expect, it } from 'vitest';
import * as ops from '../src/index.js';
import { type Tensor, type TensorValue, tensorValue } from '../src/index.js';
import { compute } from './check-derivatives.js';
import { double, int32 } from './values.js';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

it.each<[string, (...inputs: Tensor[]) => Tensor, readonly TensorValue[], readonly number[]]>([
  ['relu', ops.relu, [double([4], [nan, infinity, -infinity, -3])], [nan, infinity, 0, 0]],
  ['argMax: the first of ties', (x) => ops.argMax(x), [double([4], [1, 3, 3, 2])], [1]],
  ['argMax: a NaN is the largest', (x) => ops.argMax(x), [double([3], [1, nan, 3])], [1]],
  ['max: a NaN is the largest', (x) => ops.max(x), [double([3], [1, nan, 3])], [nan]],
  ['sum over an empty axis', (x) => ops.sum(x, { axes: [0] }), [double([0, 2], [])], [0, 0]],
  ['cast to int32 truncates', (x) => ops.cast(x, 'int32'), [double([3], [1.9, -1.9, 0.5])], [1, -1, 0]],
  ['cast to bool: all but zero', (x) => ops.cast(x, 'bool'), [double([4], [0, -2, nan, 0.1])], [0, 1, 1, 1]],
  ['div of int32 truncates', ops.div, [int32([3], [7, -7, 6]), int32([], [2])], [3, -3, 3]],
  ['finite', ops.finite, [double([4], [nan, infinity, -infinity, 1e308])], [0, 0, 0, 1]],
  ['comparisons with NaN', ops.lessEqual, [double([2], [nan, 1]), double([2], [nan, 1])], [0, 1]],
  ['softmax of large numbers', (x) => ops.softmax(x), [double([3], [1000, 1000, -1000])], [0.5, 0.5, 0]],
  ['logSoftmax of large numbers', (x) => ops.logSoftmax(x), [double([2], [1000, 0])], [0, -1000]],
  ['oneHot', (k) => ops.oneHot(k, 3, 'float64'), [int32([2], [2, 0])], [0, 0, 1, 1, 0, 0]],
])('%s', (_, fn, inputs, expected) => {
  const [got] = compute(fn as never, ...inputs);
  expect(got!.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    if (Number.isFinite(value)) expect(got![i]).toBeCloseTo(value, 12);
    else expect(got![i]).toBe(value);
  }
});

it('rounds float32 after each operation', () => {
  const x = tensorValue('float32', [], [0.1]);
  const third = Math.fround(Math.fround(Math.fround(0.1) * Math.fround(3)) + Math.fround(0.1));
  expect(compute((t: Tensor) => ops.add(ops.mul(t, 3), t), x)).toEqual([[third]]);
});

it('names a row that does not exist', () => {
  const x = double([2], [1, 2]);
  expect(() => compute((t: Tensor, i: Tensor) => ops.take(t, i), x, int32([1], [2]))).toThrow(
    'take: row 2 of 2',
  );
  expect(() => compute((t: Tensor, i: Tensor) => ops.scatterAdd(t, i, 2), x, int32([2], [0, -1]))).toThrow(
    'scatterAdd: row -1 of 2',
  );
});
