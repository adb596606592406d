// Linear algebra in plain float64 loops: the oracles. Each is the textbook's algorithm, not the one under test.

import type { TensorValue } from '@gaussmark/autodiff';

export type Matrix = readonly (readonly number[])[];

export const matrixOf = (rows: number, columns: number, element: (i: number, j: number) => number): Matrix =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => element(i, j)));

/** The rows of a value; of a batch, the rows of all matrices. */
export function plain({ type, data }: TensorValue): Matrix {
  const columns = type.shape.at(-1)!;
  return matrixOf(data.length / columns, columns, (i, j) => data[i * columns + j]!);
}

export const transposeOf = (a: Matrix): Matrix => matrixOf(a[0]!.length, a.length, (i, j) => a[j]![i]!);
export const identity = (size: number): Matrix => matrixOf(size, size, (i, j) => Number(i === j));
export const minus = (a: Matrix, b: Matrix): Matrix =>
  matrixOf(a.length, a[0]!.length, (i, j) => a[i]![j]! - b[i]![j]!);
export const scaled = (factor: number, a: Matrix): Matrix => a.map((row) => row.map((x) => factor * x));

export const product = (...[first, ...rest]: readonly Matrix[]): Matrix =>
  rest.reduce((a, b) => {
    const columns = transposeOf(b);
    return a.map((row) => columns.map((column) => row.reduce((sum, x, k) => sum + x * column[k]!, 0)));
  }, first!);

/** The Frobenius norm. */
export const norm = (a: Matrix): number => Math.sqrt(a.flat().reduce((sum, x) => sum + x * x, 0));
export const trace = (a: Matrix): number => a.reduce((sum, row, i) => sum + row[i]!, 0);

/** ||a - b|| / ||b|| */
export const distance = (a: Matrix, b: Matrix): number => norm(minus(a, b)) / norm(b);

/** Column by column, in the order of Cholesky and Banachiewicz. */
export function choleskyOf(a: Matrix): Matrix {
  const L = a.map((row) => row.map(() => 0));
  for (const [i, row] of a.entries()) {
    for (let j = 0; j <= i; j++) {
      let sum = row[j]!;
      for (let k = 0; k < j; k++) sum -= L[i]![k]! * L[j]![k]!;
      L[i]![j] = i === j ? Math.sqrt(sum) : sum / L[j]![j]!;
    }
  }
  return L;
}

/** The solution of A x = b by Gauss-Jordan elimination with partial pivoting. */
export function solved(a: Matrix, b: Matrix): Matrix {
  const rows = a.map((row, i) => [...row, ...b[i]!]);
  for (let k = 0; k < rows.length; k++) {
    const size = (row: readonly number[]) => Math.abs(row[k]!);
    let pivot = k;
    for (let i = k + 1; i < rows.length; i++) if (size(rows[i]!) > size(rows[pivot]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    const at = rows[k]!;
    for (const [i, row] of rows.entries()) {
      const factor = i === k ? 0 : row[k]! / at[k]!;
      if (factor !== 0) for (let j = k; j < row.length; j++) row[j]! -= factor * at[j]!;
    }
  }
  return rows.map((row, k) => row.slice(a.length).map((x) => x / row[k]!));
}

export const inverseOf = (a: Matrix): Matrix => solved(a, identity(a.length));

/** Gram and Schmidt's orthonormal columns, orthogonalized twice. */
export function orthonormalized(a: Matrix): Matrix {
  const columns: number[][] = [];
  for (const start of transposeOf(a)) {
    let v = [...start];
    for (let pass = 0; pass < 2; pass++)
      for (const q of columns) {
        const along = q.reduce((sum, x, i) => sum + x * v[i]!, 0);
        v = v.map((x, i) => x - along * q[i]!);
      }
    const length = Math.hypot(...v);
    columns.push(v.map((x) => x / length));
  }
  return transposeOf(columns);
}
