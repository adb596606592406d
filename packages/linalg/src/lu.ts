// The LU factorization with partial pivoting, by panels of columns, and what rests on it.

import {
  abs,
  add,
  argMax,
  broadcast,
  broadcastShapes,
  cast,
  concat,
  div,
  equal,
  exp,
  iota,
  less,
  lessEqual,
  log,
  matmul,
  mul,
  reshape,
  scan,
  select,
  sizeOf,
  sub,
  sum,
  type Tensor,
  take,
  transpose,
  zeros,
} from '@gaussmark/autodiff';
import {
  batchOf,
  columnBlock,
  columnsOf,
  demandSquare,
  diagonal,
  identity,
  masked,
  rowsOf,
  stackColumns,
  stackRows,
  transposed,
} from './matrices.js';
import { withColumns } from './right-hand-side.js';
import { BLOCK, invertedBlocks, solveUpper, solveUpperTransposed } from './upper.js';

export interface LuFactorization {
  /** Lower triangular, ones on the diagonal, other elements at most 1: `[..., n, n]`. */
  readonly L: Tensor;
  /** Upper triangular: `[..., n, n]`. */
  readonly U: Tensor;
  /** Row i of L U is this row of A: int32 `[..., n]`. */
  readonly permutation: Tensor;
}

/**
 * The factorization P A = L U with partial pivoting.
 *
 * A singular matrix has one too, with a zero on the diagonal of U. Derivatives of every order exist, forward and reverse, for a fixed
 * choice of pivots.
 *
 * @param A `[..., n, n]`, float
 * @throws TypeError if A is not square or not float
 * @throws RangeError if a matrix is empty
 * @example
 * const { L, U, permutation } = lu(constant(tensorValue('float64', [2, 2], [2, 5, 4, 2])));
 * L; // = [[1, 0], [0.5, 1]]
 * U; // = [[4, 2], [0, 4]]
 * permutation; // = [1, 0]
 */
export function lu(A: Tensor): LuFactorization {
  demandSquare('lu: A', A);
  return factorized(A);
}

/**
 * The solution of A x = b, by LU factorization. Infinities or NaN for a singular A.
 *
 * @param A `[..., n, n]`, float
 * @param b `[..., n, k]`, or a vector `[n]`, of the same dtype; leading axes broadcast by numpy's rule
 * @returns x, like b
 * @throws TypeError if the types do not fit
 * @throws RangeError if a matrix is empty
 * @example
 * const x = solve(jacobian, residual);
 * const [A, b] = [tensorValue('float64', [2, 2], [0, 2, 3, 0]), tensorValue('float64', [2], [4, 3])];
 * solve(constant(A), constant(b)); // = [1, 2]
 */
export function solve(A: Tensor, b: Tensor): Tensor {
  demandSquare('solve: A', A);
  return withColumns('solve', A, b, (columns) => {
    const batch = broadcastShapes(batchOf(A), batchOf(columns))!;
    const whole = (matrix: Tensor) => broadcast(matrix, [...batch, ...matrix.shape.slice(-2)]);
    const { L, U, permutation } = factorized(whole(A));
    const R = transposed(L);
    const y = solveUpperTransposed(R, invertedBlocks(R), rowsAt(whole(columns), permutation));
    return solveUpper(U, invertedBlocks(U), y);
  });
}

/**
 * A^-1, by LU factorization. Infinities or NaN for a singular A. To solve a system, use {@link solve}: it is faster and more accurate.
 *
 * @param A `[..., n, n]`, float
 * @returns like A
 * @throws TypeError if A is not square or not float
 * @throws RangeError if a matrix is empty
 * @example
 * const covariance = inverse(precision);
 * inverse(constant(tensorValue('float64', [2, 2], [4, 2, 2, 5]))); // = [[0.3125, -0.125], [-0.125, 0.25]]
 */
export function inverse(A: Tensor): Tensor {
  demandSquare('inverse: A', A);
  return solve(A, identity(rowsOf(A), A.dtype));
}

export interface SignLogDeterminant {
  /** -1, 0 or 1: `[...]`. */
  readonly sign: Tensor;
  /** log |det A|; -Infinity if A is singular: `[...]`. */
  readonly logAbs: Tensor;
}

/**
 * det A = sign exp(logAbs), without overflow. For a positive definite matrix, `logDeterminant` is faster.
 *
 * @param A `[..., n, n]`, float
 * @throws TypeError if A is not square or not float
 * @throws RangeError if a matrix is empty
 * @example
 * const { logAbs } = signLogDeterminant(jacobian); // of a normalizing flow
 * signLogDeterminant(constant(tensorValue('float64', [2, 2], [0, 2, 3, 0]))); // = { sign: -1, logAbs: 1.791759 }
 */
export function signLogDeterminant(A: Tensor): SignLogDeterminant {
  demandSquare('signLogDeterminant: A', A);
  const { U, permutation } = factorized(A);
  const pivots = diagonal(U);
  const negatives = sum(cast(less(pivots, 0), 'int32'), { axes: [-2, -1] });
  const changes = add(negatives, inversions(permutation));
  const isOdd = sub(changes, mul(2, div(changes, 2)));
  const isSingular = less(0, sum(cast(equal(pivots, 0), 'int32'), { axes: [-2, -1] }));
  return {
    sign: select(isSingular, 0, sub(1, mul(2, cast(isOdd, A.dtype)))),
    logAbs: sum(log(abs(pivots)), { axes: [-2, -1] }),
  };
}

/**
 * det A, by LU factorization. Overflows for all but small matrices: see {@link signLogDeterminant}.
 *
 * @param A `[..., n, n]`, float
 * @returns `[...]`
 * @throws TypeError if A is not square or not float
 * @throws RangeError if a matrix is empty
 * @example
 * const volume = abs(determinant(edges));
 * determinant(constant(tensorValue('float64', [2, 2], [4, 2, 2, 5]))); // = 16
 */
export function determinant(A: Tensor): Tensor {
  demandSquare('determinant: A', A);
  const { sign, logAbs } = signLogDeterminant(A);
  return mul(sign, exp(logAbs));
}

/** The number of pairs of a permutation [..., n] that are out of order: [...], int32. */
function inversions(permutation: Tensor): Tensor {
  const size = permutation.shape.at(-1)!;
  const column = reshape(permutation, [...permutation.shape, 1]);
  const isOut = masked(cast(less(transposed(column), column), 'int32'), less);
  return size === 1 ? zeros(permutation.shape.slice(0, -1), 'int32') : sum(isOut, { axes: [-2, -1] });
}

/** Rows of every matrix [..., n, columns] at int32 indices [..., m]. */
function rowsAt(matrix: Tensor, indices: Tensor): Tensor {
  const [batch, rows, columns] = [batchOf(matrix), rowsOf(matrix), columnsOf(matrix)];
  const count = indices.shape.at(-1)!;
  const matrices = sizeOf(batch);
  const first = reshape(mul(iota(matrices), rows), [matrices, 1]);
  const flat = reshape(add(reshape(indices, [matrices, count]), first), [matrices * count]);
  return reshape(take(reshape(matrix, [matrices * rows, columns]), flat), [...batch, count, columns]);
}

// Rows stay where they are until the end: a panel records which rows it chose, and chosen rows are not changed further. After the
// panel's columns are factorized one by one, the columns to its right follow with two matrix products.
function factorized(A: Tensor): LuFactorization {
  const size = rowsOf(A);
  const columnsOfL: Tensor[] = [];
  const rowsOfU: Tensor[] = [];
  const pivots: Tensor[] = [];
  let rest = A;
  let free: Tensor = add(zeros([...batchOf(A), size, 1], A.dtype), 1);
  for (let start = 0; start < size; start += BLOCK) {
    const width = Math.min(BLOCK, size - start);
    const panel = factorizedPanel(columnBlock(rest, 0, width), free);
    free = panel.free;
    const right = columnBlock(rest, width, size - start);
    const U: Tensor[] = start === 0 ? [panel.U] : [zeros([...batchOf(A), width, start], A.dtype), panel.U];
    if (start + width < size) {
      const R = transposed(rowsAt(panel.L, panel.pivots));
      const row = solveUpperTransposed(R, invertedBlocks(R), rowsAt(right, panel.pivots));
      U.push(row);
      rest = sub(right, matmul(panel.L, row));
    }
    columnsOfL.push(panel.L);
    rowsOfU.push(stackColumns(U));
    pivots.push(panel.pivots);
  }
  const permutation = pivots.length === 1 ? pivots[0]! : concat(pivots, -1);
  return { L: rowsAt(stackColumns(columnsOfL), permutation), U: stackRows(rowsOfU), permutation };
}

interface Panel {
  /** [..., n, width]: columns of L, with rows in their original order. */
  readonly L: Tensor;
  /** [..., width, width] */
  readonly U: Tensor;
  /** Rows in the order in which they were chosen: int32 [..., width]. */
  readonly pivots: Tensor;
  /** [..., n, 1]: 1 for rows not chosen so far, else 0. */
  readonly free: Tensor;
}

function factorizedPanel(panel: Tensor, free: Tensor): Panel {
  const [batch, size, width] = [batchOf(panel), rowsOf(panel), columnsOf(panel)];
  const { carry, ys } = scan(
    (at: { readonly rest: Tensor; readonly free: Tensor }, unit: Tensor) => {
      const column = sum(mul(at.rest, unit), { axes: [-1], keepDims: true });
      const sizes = select(less(0, at.free), abs(column), -1);
      const index = argMax(reshape(sizes, [...batch, size]));
      const chosen = cast(
        equal(reshape(index, [...batch, 1, 1]), reshape(iota(size), [size, 1])),
        panel.dtype,
      );
      const U = matmul(chosen, at.rest, { transposeA: true });
      const pivot = sum(mul(U, unit), { axes: [-1], keepDims: true });
      const next = sub(at.free, chosen);
      // Without a pivot, the column is zero and needs no elimination.
      const multipliers = mul(next, div(column, select(equal(pivot, 0), 1, pivot)));
      return {
        carry: { rest: sub(at.rest, matmul(multipliers, U)), free: next },
        y: { L: add(multipliers, chosen), U, index },
      };
    },
    { rest: panel, free },
    reshape(identity(width, panel.dtype), [width, 1, width]),
    { name: 'lu' },
  );
  // The scanned axis comes first.
  const last = (stacked: Tensor) => transpose(stacked, [...stacked.shape.keys()].slice(1).concat(0));
  return {
    L: last(reshape(ys.L, [width, ...batch, size])),
    U: masked(transposed(last(reshape(ys.U, [width, ...batch, width]))), lessEqual),
    pivots: last(ys.index),
    free: carry.free,
  };
}
