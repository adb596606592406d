// A problem whose gradients are given: f(W) = sum W.C with a different C for each mini-batch, as a squared error.

import { matmul, type Tensor, type TensorValue, tensorValue } from '@gaussmark/autodiff';
import type { TestBatch, TestProblem } from '@gaussmark/plugin-conformance';

export type Matrix = readonly (readonly number[])[];

/**
 * The only parameter is `weight`, (rows, columns), from `start`. In each mini-batch the rows of the identity are the examples, so that the
 * loss is mean((W - Y)^2) and its gradient 2 (W - Y) / (rows columns); the targets are those that make it the given one at `start`.
 */
export function prescribedGradient(gradients: readonly Matrix[], start: Matrix): TestProblem {
  const [rows, columns] = [start.length, start[0]!.length];
  const identity = Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0));
  const batches = gradients.map(
    (G): TestBatch => ({
      inputs: tensorValue('float64', [rows, rows], identity),
      targets: tensorValue(
        'float64',
        [rows, columns],
        start.flatMap((row, i) => row.map((w, j) => w - (G[i]![j]! * rows * columns) / 2)),
      ),
    }),
  );
  return {
    spec: { task: 'regression', input: { shape: [rows] }, target: { shape: [columns] } },
    loss: 'squaredError',
    model: {
      init: () => ({ weight: tensorValue('float64', [rows, columns], start.flat()) }),
      apply: (params, x) => matmul(x, (params as { readonly weight: Tensor }).weight),
    },
    batches: batches as [TestBatch, ...TestBatch[]],
  };
}

export const zerosOf = (rows: number, columns: number): Matrix =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0));

export const flat = (matrix: Matrix): number[] => matrix.flat();

/** The parameter `weight` after a step. */
export const weightOf = (params: unknown): number[] => [
  ...(params as { readonly weight: TensorValue }).weight.data,
];
