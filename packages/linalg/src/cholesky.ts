// The Cholesky factorization, by recursive halving: matrix products, and a loop over the columns of diagonal blocks.

import {
  div,
  finite,
  lessEqual,
  log,
  matmul,
  mul,
  reshape,
  scan,
  select,
  sqrt,
  sub,
  sum,
  type Tensor,
  transpose,
  zeros,
} from '@gaussmark/autodiff';
import {
  batchOf,
  block,
  demandSquare,
  diagonal,
  identity,
  indicator,
  rowsOf,
  stackColumns,
  stackRows,
  symmetrized,
  transposed,
} from './matrices.js';
import { withColumns } from './right-hand-side.js';
import { BLOCK, invertUpper, solveUpper, solveUpperTransposed } from './upper.js';

/**
 * The lower triangular L with L L' = A and a positive diagonal.
 *
 * Only the symmetric part (A + A')/2 is used. Where it is not positive definite to working precision, singular included, the whole
 * factor is NaN; the other matrices of a batch are not affected.
 *
 * Derivatives of every order exist, forward and reverse, through the loop over columns: O(32 n) values are kept for reverse mode.
 *
 * @param A `[..., n, n]`, float
 * @returns L, like A
 * @throws TypeError if A is not square or not float
 * @throws RangeError if a matrix is empty
 * @example
 * const L = cholesky(add(A, mul(damping, identity(3, 'float64')))); // NaN unless positive definite
 * cholesky(constant(tensorValue('float64', [2, 2], [4, 2, 2, 5]))); // = [[2, 0], [1, 2]]
 */
export function cholesky(A: Tensor): Tensor {
  demandSquare('cholesky: A', A);
  return transposed(factorized(symmetrized(A)).R);
}

/**
 * The solution of A x = b for a symmetric positive definite A, by Cholesky factorization.
 *
 * Only the symmetric part of A is used; x is NaN where that is not positive definite.
 *
 * @param A `[..., n, n]`, float
 * @param b `[..., n, k]`, or a vector `[n]`, of the same dtype; leading axes broadcast by numpy's rule
 * @returns x, like b
 * @throws TypeError if the types do not fit
 * @throws RangeError if a matrix is empty
 * @example
 * const direction = solveSpd(add(fisher, mul(1e-3, identity(3, 'float64'))), gradient);
 * const [A, b] = [tensorValue('float64', [2, 2], [4, 2, 2, 5]), tensorValue('float64', [2], [6, 7])];
 * solveSpd(constant(A), constant(b)); // = [1, 1]
 */
export function solveSpd(A: Tensor, b: Tensor): Tensor {
  demandSquare('solveSpd: A', A);
  return withColumns('solveSpd', A, b, (columns) => {
    const { R, inverses } = factorized(symmetrized(A));
    return solveUpper(R, inverses, solveUpperTransposed(R, inverses, columns));
  });
}

/**
 * log det A for a symmetric positive definite A: twice the sum of log L_ii. NaN where A is not positive definite.
 *
 * @param A `[..., n, n]`, float; only its symmetric part is used
 * @returns `[...]`
 * @throws TypeError if A is not square or not float
 * @throws RangeError if a matrix is empty
 * @example
 * const evidence = sub(mul(-0.5, logDeterminant(K)), mul(0.5, fit));
 * logDeterminant(constant(tensorValue('float64', [2, 2], [4, 2, 2, 5]))); // = 2.772589
 */
export function logDeterminant(A: Tensor): Tensor {
  demandSquare('logDeterminant: A', A);
  return mul(2, sum(log(diagonal(factorized(symmetrized(A)).R)), { axes: [-2, -1] }));
}

interface Factorization {
  /** Upper triangular, R'R = A. */
  readonly R: Tensor;
  /** The inverses of its diagonal blocks. */
  readonly inverses: readonly Tensor[];
}

/** The factorization of a symmetric matrix; all NaN if it is not positive definite. */
function factorized(A: Tensor): Factorization {
  const { R, inverses } = halved(A);
  // A pivot that is not positive leaves infinities or NaN on the diagonal.
  const isDefinite = finite(sum(diagonal(R), { axes: [-2, -1], keepDims: true }));
  return { R: select(isDefinite, R, Number.NaN), inverses };
}

/**
 *     A = [A11 A12]    R11'R11 = A11,  R12 = R11'^-1 A12,
 *         [ .  A22],   R22'R22 = A22 - R12'R12.
 *
 * Only the upper blocks are read.
 */
function halved(A: Tensor): Factorization {
  const size = rowsOf(A);
  if (size <= BLOCK) {
    const R = factorizedBlock(A);
    return { R, inverses: [invertUpper(R)] };
  }
  const half = BLOCK * Math.ceil(size / BLOCK / 2);
  const [top, bottom] = [
    [0, half],
    [half, size],
  ] as const;
  const one = halved(block(A, top, top));
  const R12 = solveUpperTransposed(one.R, one.inverses, block(A, top, bottom));
  const two = halved(sub(block(A, bottom, bottom), matmul(R12, R12, { transposeA: true })));
  const below = zeros([...batchOf(A), size - half, half], A.dtype);
  return {
    R: stackRows([stackColumns([one.R, R12]), stackColumns([below, two.R])]),
    inverses: [...one.inverses, ...two.inverses],
  };
}

/** Row by row: r = A_j / sqrt(A_jj) from the diagonal on; then A - r'r goes on. */
export function factorizedBlock(A: Tensor): Tensor {
  const [size, dtype] = [rowsOf(A), A.dtype];
  const rows = (matrix: Tensor) => reshape(matrix, [size, 1, size]);
  const { ys } = scan(
    (rest: Tensor, { unit, fromDiagonal }: { readonly unit: Tensor; readonly fromDiagonal: Tensor }) => {
      const row = matmul(unit, rest);
      const pivot = sum(mul(row, unit), { axes: [-1], keepDims: true });
      const r = div(mul(row, fromDiagonal), sqrt(pivot));
      return { carry: sub(rest, matmul(r, r, { transposeA: true })), y: r };
    },
    A,
    { unit: rows(identity(size, dtype)), fromDiagonal: rows(indicator(size, size, dtype, lessEqual)) },
    { name: 'cholesky' },
  );
  // [rows, ..., 1, columns] -> [..., rows, columns]
  const batch = batchOf(A);
  const stacked = reshape(ys, [size, ...batch, size]);
  return batch.length === 0
    ? stacked
    : transpose(stacked, [...batch.map((_, i) => i + 1), 0, batch.length + 1]);
}
