// The inverse p-th root of positive definite matrices, by the coupled Newton iteration.

import {
  add,
  and,
  cast,
  div,
  FLOAT_LIMITS,
  type FloatDType,
  less,
  lessEqual,
  matmul,
  max,
  mul,
  pow,
  scalar,
  select,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  whileLoop,
} from '@gaussmark/autodiff';
import { demandSquare, identity, rowsOf, symmetrized } from './matrices.js';
import { tightSpectralBound } from './norms.js';

/** Enough for eigenvalues down to epsilon times the largest: each iteration multiplies them by ((p + 1) / p)^p, at least 2. */
const MAX_ITERATIONS = 80;

/**
 * A^(-1/p) for a symmetric positive definite A.
 *
 * The coupled Newton iteration X <- X T, M <- T^p M with T = ((p + 1) I - M) / p, from X = c I and M = c^p A, keeps M = X^p A and
 * drives it to I. It consists of matrix products; a matrix of condition k needs about 5 + 1.4 ln k iterations. X is exact up to about
 * epsilon k, relative to its norm.
 *
 * C.-H. Guo and N. J. Higham, *A Schur-Newton method for the matrix pth root and its inverse*, SIAM J. Matrix Anal. Appl. 28, 2006;
 * used so in Shampoo (R. Anil et al., *Scalable second order optimization for deep learning*, 2020, arXiv 2002.09018).
 *
 * @param A `[..., n, n]`, float; only its symmetric part is used. Add a multiple of the identity if it may be singular.
 * @param p a positive integer: 2 for the inverse square root, 4 for Shampoo's preconditioners of matrices
 * @returns like A; NaN where A is not positive definite to working precision
 * @throws TypeError if A is not square or not float
 * @throws RangeError if a matrix is empty, or p is not a positive integer
 * @example
 * const preconditioned = matmul(matmul(inverseRoot(L, 4), gradient), inverseRoot(R, 4));
 * inverseRoot(constant(tensorValue('float64', [2, 2], [16, 0, 0, 625])), 4); // = [[0.5, 0], [0, 0.2]]
 */
export function inverseRoot(A: Tensor, p: number): Tensor {
  demandSquare('inverseRoot: A', A);
  if (!Number.isInteger(p) || p < 1)
    throw new RangeError(`inverseRoot: p: expected a positive integer, got ${p}`);
  const dtype = A.dtype as FloatDType;
  const tolerance = Math.sqrt(FLOAT_LIMITS[dtype].epsilon / p);
  const I = identity(rowsOf(A), dtype);
  // With eigenvalues of M below (p + 1) / 2, the iteration converges from the start.
  const bound = tightSpectralBound(A);
  const start = div((p + 1) / 2, bound);
  const { X, errors } = whileLoop(
    // False for NaN: an indefinite matrix does not stop the others of its batch.
    ({ errors, iterations }) =>
      and(less(0, max(cast(less(tolerance, errors), dtype))), less(iterations, MAX_ITERATIONS)),
    ({ X: at, M, iterations }) => {
      const excess = sub(M, I);
      // ((p + 1) I - M) / p
      const T = sub(I, mul(1 / p, excess));
      return {
        X: symmetrized(matmul(at, T)),
        M: symmetrized(matmul(power(T, p), M)),
        // Of M. The error of the next M is about (p + 1) / 2 times its square.
        errors: sqrt(sum(square(excess), { axes: [-2, -1], keepDims: true })),
        iterations: add(iterations, 1),
      };
    },
    {
      X: mul(pow(start, 1 / p), I),
      M: mul(start, symmetrized(A)),
      errors: add(bound, Number.POSITIVE_INFINITY),
      iterations: scalar(0, 'int32'),
    },
    { name: 'inverse-root' },
  );
  return select(lessEqual(errors, tolerance), X, Number.NaN);
}

/** T^p by repeated squaring. */
function power(T: Tensor, p: number): Tensor {
  if (p === 1) return T;
  const root = power(T, Math.floor(p / 2));
  const even = matmul(root, root);
  return p % 2 === 0 ? even : matmul(even, T);
}
