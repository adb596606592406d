// Matrices in plain loops.

import type { Matrix } from './prescribed-gradient.js';

export const transpose = (A: Matrix): Matrix => A[0]!.map((_, j) => A.map((row) => row[j]!));

export const product = (A: Matrix, B: Matrix): Matrix =>
  A.map((row) => B[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * B[k]![j]!, 0)));

export const norm = (values: readonly number[]): number => Math.hypot(...values);

/** By Gauss-Jordan elimination with pivots. */
export function inverse(A: Matrix): Matrix {
  const n = A.length;
  const rows = A.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let k = 0; k < n; k++) {
    const pivot = rows.reduce(
      (best, row, i) => (i >= k && Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? i : best),
      k,
    );
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    rows[k] = rows[k]!.map((x) => x / rows[k]![k]!);
    for (let i = 0; i < n; i++)
      if (i !== k) rows[i] = rows[i]!.map((x, j) => x - rows[i]![k]! * rows[k]![j]!);
  }
  return rows.map((row) => row.slice(n));
}

/** The orthogonal factor of a regular matrix, by Newton's iteration X = (X + X^-T) / 2. */
export function polarFactor(A: Matrix): Matrix {
  let X = A;
  for (let i = 0; i < 60; i++) {
    const other = transpose(inverse(X));
    X = X.map((row, r) => row.map((x, c) => (x + other[r]![c]!) / 2));
  }
  return X;
}
