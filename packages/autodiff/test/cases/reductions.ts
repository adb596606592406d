// Cases of the reductions, softmax and argMax.

import type { Reduction, Tensor } from '../../src/index.js';
import * as ops from '../../src/index.js';
import type { Case } from '../check-derivatives.js';
import { double, float64 } from '../values.js';

const REDUCTIONS_OF_3: readonly Reduction[] = [
  {},
  { keepDims: true },
  { axes: [0] },
  { axes: [1], keepDims: true },
  { axes: [-1] },
  { axes: [-1, 0] },
  { axes: [1, 2], keepDims: true },
  { axes: [] },
];

function reductions(fn: (x: Tensor, reduction: Reduction) => Tensor): Case[] {
  return [
    ...REDUCTIONS_OF_3.map((reduction) => ({
      name: `[2,3,4] ${JSON.stringify(reduction)}`,
      fn: (x: Tensor) => fn(x, reduction),
      inputs: [float64([2, 3, 4])],
    })),
    { name: 'an axis of size 1', fn: (x: Tensor) => fn(x, { axes: [0] }), inputs: [float64([1, 3])] },
    { name: 'a scalar', fn: (x: Tensor) => fn(x, {}), inputs: [float64([])] },
  ];
}

const MATRIX = double([2, 3], [1, 5, 2, 4, 0, -3]);

/** exp(x) / sum exp(x) of each line, written out. */
function plainSoftmax(lines: readonly (readonly number[])[]): number[][] {
  return lines.map((line) => {
    const exponentials = line.map(Math.exp);
    const total = exponentials.reduce((a, b) => a + b);
    return exponentials.map((e) => e / total);
  });
}

const ROWS = plainSoftmax([
  [1, 5, 2],
  [4, 0, -3],
]).flat();
const COLUMNS = plainSoftmax([
  [1, 4],
  [5, 0],
  [2, -3],
]);
const ALONG_COLUMNS = [0, 1].flatMap((row) => COLUMNS.map((column) => column[row]!));

function alongAxes(
  fn: (x: Tensor, axis?: number) => Tensor,
  finish: (probability: number) => number,
): Case[] {
  return [
    { name: 'axis 1', fn: (x) => fn(x, 1), inputs: [MATRIX], expected: ROWS.map(finish) },
    { name: 'axis 0', fn: (x) => fn(x, 0), inputs: [MATRIX], expected: ALONG_COLUMNS.map(finish) },
    { name: 'the last axis by default', fn: (x) => fn(x), inputs: [MATRIX], expected: ROWS.map(finish) },
    { name: 'the middle axis', fn: (x) => fn(x, -2), inputs: [float64([2, 3, 2])] },
    { name: 'an axis of size 1', fn: (x) => fn(x), inputs: [float64([3, 1])] },
  ];
}

export const REDUCTIONS = {
  reduceSum: [
    ...reductions(ops.sum),
    { name: 'columns', fn: (x) => ops.sum(x, { axes: [0] }), inputs: [MATRIX], expected: [5, 5, -1] },
    { name: 'rows', fn: (x) => ops.sum(x, { axes: [-1] }), inputs: [MATRIX], expected: [8, 1] },
    { name: 'the mean', fn: (x) => ops.mean(x, { axes: [0] }), inputs: [MATRIX], expected: [2.5, 2.5, -0.5] },
  ],
  reduceMax: [
    ...reductions(ops.max),
    { name: 'columns', fn: (x) => ops.max(x, { axes: [0] }), inputs: [MATRIX], expected: [4, 5, 2] },
    { name: 'rows', fn: (x) => ops.max(x, { axes: [1] }), inputs: [MATRIX], expected: [5, 4] },
  ],
  argMax: [0, 1, -1].map((axis) => ({
    name: `axis ${axis} is flat`,
    fn: (x: Tensor) => ops.cast(ops.argMax(x, axis), 'float64'),
    inputs: [MATRIX],
    expected: axis === 0 ? [1, 0, 0] : [1, 0],
  })),
  softmax: alongAxes(ops.softmax, (p) => p),
  logSoftmax: alongAxes(ops.logSoftmax, Math.log),
} satisfies Partial<Record<ops.Primitive, readonly Case[]>>;
