// Runs traced functions on matrices with the reference evaluator, and makes matrices with known properties.

import { type DType, type Tensor, type TensorValue, tensorValue, trace } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { mulberry32 } from '@gaussmark/random';
import { type Matrix, matrixOf, orthonormalized, plain, product, transposeOf } from './plain.js';

/** A value from rows of numbers. */
export const value = (matrix: Matrix, dtype: DType = 'float64'): TensorValue =>
  tensorValue(dtype, [matrix.length, matrix[0]!.length], matrix.flat());

/** Matrices of one size, stacked along a new leading axis. */
export const batchOf = (matrices: readonly Matrix[], dtype: DType = 'float64'): TensorValue =>
  tensorValue(dtype, [matrices.length, matrices[0]!.length, matrices[0]![0]!.length], matrices.flat(2));

/** The outputs of `fn` at values. */
export function outputsOf(
  fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  ...inputs: readonly TensorValue[]
): TensorValue[] {
  const { program } = trace(fn, ...inputs.map(({ type }) => type));
  return evaluate(program, inputs);
}

/** The only output of `fn` as rows; of a batch, the rows of all matrices. */
export function rowsAt(fn: (...inputs: Tensor[]) => Tensor, ...inputs: readonly TensorValue[]): Matrix {
  return plain(outputsOf(fn, ...inputs)[0]!);
}

/** Uniform elements from -1 to 1. */
export function randomMatrix(rows: number, columns: number, seed = 1): Matrix {
  const random = mulberry32(7919 * seed + 31 * rows + columns);
  return matrixOf(rows, columns, () => 2 * random() - 1);
}

/** The symmetric matrix with these eigenvalues and random eigenvectors. */
export function withEigenvalues(values: readonly number[], seed = 1): Matrix {
  const Q = orthonormalized(randomMatrix(values.length, values.length, seed));
  const full = product(
    Q.map((row) => row.map((x, j) => x * values[j]!)),
    transposeOf(Q),
  );
  return matrixOf(values.length, values.length, (i, j) => (full[i]![j]! + full[j]![i]!) / 2);
}

/** `size` values from 1 down to 1 / condition, in a geometric sequence. */
export const spectrum = (size: number, condition: number): readonly number[] =>
  Array.from({ length: size }, (_, i) => condition ** (-i / Math.max(1, size - 1)));

/** A symmetric positive definite matrix of a condition number. */
export const positiveDefinite = (size: number, condition = 10, seed = 1): Matrix =>
  withEigenvalues(spectrum(size, condition), seed);
