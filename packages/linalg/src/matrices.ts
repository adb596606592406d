// Matrices as tensors [..., rows, columns]: checks of arguments, and the pieces that every routine uses.

import {
  add,
  cast,
  concat,
  type DType,
  equal,
  formatType,
  iota,
  isFloat,
  mul,
  reshape,
  type Shape,
  select,
  slice,
  sum,
  Tensor,
  transpose,
} from '@gaussmark/autodiff';

/**
 * Throws unless `matrix` is a float tensor of at least one matrix, with at least one row and column.
 *
 * @param what names the routine and the argument: `cholesky: A`
 */
export function demandMatrix(what: string, matrix: unknown): asserts matrix is Tensor {
  if (!(matrix instanceof Tensor)) {
    const got = matrix === null ? 'null' : typeof matrix;
    throw new TypeError(`${what}: expected a tensor, got ${got}; constant() converts values`);
  }
  if (!isFloat(matrix.dtype))
    throw new TypeError(`${what}: expected float32 or float64, got ${formatType(matrix.type)}; cast() it`);
  if (matrix.shape.length < 2)
    throw new TypeError(
      `${what}: expected a matrix [..., rows, columns], got ${formatType(matrix.type)}; reshape() it`,
    );
  if (matrix.shape.includes(0))
    throw new RangeError(`${what}: expected at least one row and column, got ${formatType(matrix.type)}`);
}

/** Throws unless `matrix` is square, in addition to {@link demandMatrix}. */
export function demandSquare(what: string, matrix: unknown): asserts matrix is Tensor {
  demandMatrix(what, matrix);
  if (rowsOf(matrix) !== columnsOf(matrix))
    throw new TypeError(`${what}: expected a square matrix, got ${formatType(matrix.type)}`);
}

export const rowsOf = (matrix: Tensor): number => matrix.shape.at(-2)!;
export const columnsOf = (matrix: Tensor): number => matrix.shape.at(-1)!;
/** The leading axes. */
export const batchOf = (matrix: Tensor): Shape => matrix.shape.slice(0, -2);

/** Swaps the last two axes. */
export function transposed(matrix: Tensor): Tensor {
  const rank = matrix.shape.length;
  return transpose(matrix, [...matrix.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2));
}

/** (A + A') / 2 */
export const symmetrized = (matrix: Tensor): Tensor => mul(0.5, add(matrix, transposed(matrix)));

/** The elements in a half-open range of rows and one of columns, of every matrix. */
export function block(
  matrix: Tensor,
  [top, bottom]: readonly [number, number],
  [left, right]: readonly [number, number],
): Tensor {
  const batch = batchOf(matrix);
  return slice(matrix, [...batch.map(() => 0), top, left], [...batch, bottom, right]);
}

export const rowBlock = (matrix: Tensor, top: number, bottom: number): Tensor =>
  block(matrix, [top, bottom], [0, columnsOf(matrix)]);
export const columnBlock = (matrix: Tensor, left: number, right: number): Tensor =>
  block(matrix, [0, rowsOf(matrix)], [left, right]);

/** Matrices stacked from top to bottom. */
export const stackRows = (parts: readonly Tensor[]): Tensor =>
  parts.length === 1 ? parts[0]! : concat(parts, -2);
/** Matrices side by side. */
export const stackColumns = (parts: readonly Tensor[]): Tensor =>
  parts.length === 1 ? parts[0]! : concat(parts, -1);

/** 1 where a condition on row and column holds, else 0: [rows, columns]. Computed by the program, so that it stays small. */
export function indicator(
  rows: number,
  columns: number,
  dtype: DType,
  condition: (row: Tensor, column: Tensor) => Tensor,
): Tensor {
  return cast(condition(reshape(iota(rows), [rows, 1]), reshape(iota(columns), [1, columns])), dtype);
}

/**
 * The identity matrix, [size, size]. Computed by the program, so that it stays small.
 *
 * @example
 * const damped = add(A, mul(damping, identity(n, A.dtype)));
 * identity(2, 'float64'); // = [[1, 0], [0, 1]]
 */
export const identity = (size: number, dtype: DType): Tensor => indicator(size, size, dtype, equal);

/** The diagonal of every square matrix: [..., n, 1]. */
export function diagonal(matrix: Tensor): Tensor {
  return sum(mul(matrix, identity(rowsOf(matrix), matrix.dtype)), { axes: [-1], keepDims: true });
}

/** The matrix where a condition on row and column holds, else 0. What it leaves out is not read: it can be NaN. */
export function masked(matrix: Tensor, condition: (row: Tensor, column: Tensor) => Tensor): Tensor {
  return select(indicator(rowsOf(matrix), columnsOf(matrix), 'bool', condition), matrix, 0);
}
