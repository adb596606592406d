// Damped systems with matrices that may be singular: Gram matrices, covariances.

import {
  add,
  FLOAT_LIMITS,
  type FloatDType,
  maximum,
  mul,
  type Operand,
  sum,
  type Tensor,
} from '@gaussmark/autodiff';
import { solveSpd } from './cholesky.js';
import { demandSquare, diagonal, identity, rowsOf } from './matrices.js';

/** In units of rounding errors of the largest eigenvalue, which the trace bounds. */
const LEAST_DAMPING = 8;

/**
 * The solution of (A + lambda I) x = b for a symmetric positive semidefinite A, such as a Gram matrix, by Cholesky factorization.
 *
 * A damping below 8 epsilon trace(A) is raised to that: it is lost in the rounding errors of A's eigenvalues, which would make the
 * factorization NaN. Nothing needs a guard where A is singular and the damping small, or 0.
 *
 * @param A `[..., n, n]`, float; only its symmetric part is used
 * @param b `[..., n, k]`, or a vector `[n]`, of the same dtype; leading axes broadcast by numpy's rule
 * @param lambda the damping, at least 0: a number or a scalar
 * @returns x, like b; NaN where A is not positive semidefinite, or 0 without damping
 * @throws TypeError if the types do not fit
 * @throws RangeError if a matrix is empty
 * @example
 * const A = constant(tensorValue('float64', [2, 2], [1, 0, 0, 3]));
 * const b = constant(tensorValue('float64', [2], [2, 8]));
 * solveDamped(A, b, 1); // = [1, 2]
 */
export function solveDamped(A: Tensor, b: Tensor, lambda: Operand): Tensor {
  demandSquare('solveDamped: A', A);
  const { epsilon } = FLOAT_LIMITS[A.dtype as FloatDType];
  const trace = sum(diagonal(A), { axes: [-2, -1], keepDims: true });
  const least = maximum(mul(LEAST_DAMPING * epsilon, trace), lambda);
  return solveSpd(add(A, mul(least, identity(rowsOf(A), A.dtype))), b);
}
