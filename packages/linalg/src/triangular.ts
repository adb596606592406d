// Triangular systems, with either triangle, transposed or not.

import { add, demandOptions, less, lessEqual, type Tensor } from '@gaussmark/autodiff';
import { demandSquare, identity, masked, rowsOf, transposed } from './matrices.js';
import { withColumns } from './right-hand-side.js';
import { invertedBlocks, solveUpper, solveUpperTransposed } from './upper.js';

export interface TriangularOptions {
  /** Which triangle of the matrix to use; the other is not read. Default true, the lower one. */
  readonly lower?: boolean;
  /** Whether to solve with the transpose, A'x = b. Default false. */
  readonly transpose?: boolean;
  /** Whether to use ones for the diagonal, which is then not read. Default false. */
  readonly unitDiagonal?: boolean;
}

/**
 * The solution of A x = b, or A'x = b, for a triangular A.
 *
 * Diagonal blocks of 32 rows are inverted, and each product with an inverse is corrected once, so the residual is as small as after
 * substitution. A zero on the diagonal gives infinities or NaN, not an error.
 *
 * @param A `[..., n, n]`, float
 * @param b `[..., n, k]`, or a vector `[n]`, of the same dtype; leading axes broadcast by numpy's rule
 * @returns x, like b
 * @throws TypeError if the types do not fit, or there is no such option
 * @throws RangeError if a matrix is empty
 * @example
 * const x = solveTriangular(cholesky(A), b); // L x = b
 * const [lower, right] = [tensorValue('float64', [2, 2], [2, 0, 1, 2]), tensorValue('float64', [2], [4, 4])];
 * solveTriangular(constant(lower), constant(right)); // = [2, 1]
 */
export function solveTriangular(A: Tensor, b: Tensor, options: TriangularOptions = {}): Tensor {
  demandOptions('solveTriangular', options, ['lower', 'transpose', 'unitDiagonal']);
  const { lower = true, transpose = false, unitDiagonal = false } = options;
  demandSquare('solveTriangular: A', A);
  const triangle = masked(lower ? transposed(A) : A, unitDiagonal ? less : lessEqual);
  const R = unitDiagonal ? add(triangle, identity(rowsOf(A), A.dtype)) : triangle;
  const solve = lower === transpose ? solveUpper : solveUpperTransposed;
  return withColumns('solveTriangular', A, b, (columns) => solve(R, invertedBlocks(R), columns));
}
