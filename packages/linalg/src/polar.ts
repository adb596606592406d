// The orthogonal factor of the polar decomposition, by Newton and Schulz's iteration.

import {
  add,
  and,
  cast,
  div,
  equal,
  FLOAT_LIMITS,
  type FloatDType,
  less,
  matmul,
  max,
  mul,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  whileLoop,
} from '@gaussmark/autodiff';
import { columnsOf, demandMatrix, identity, indicator, rowsOf, transposed } from './matrices.js';
import { tightSpectralBound } from './norms.js';

/** Enough for singular values down to epsilon / sqrt(n) times the largest, each iteration multiplies by up to 1.5. */
const MAX_ITERATIONS = 130;

/**
 * The orthogonal polar factor of A: the nearest matrix with orthonormal columns (or rows, if A has fewer rows than columns),
 * U V' of the singular value decomposition A = U S V'.
 *
 * Newton-Schulz: X <- X (3 I - X'X) / 2, from A scaled by a bound of its norm, until X'X = I to rounding. Each iteration is two matrix
 * products; a matrix of condition k needs about 6 + 2.5 ln(k sqrt(n)) of them. A is perturbed by epsilon times its norm, so a singular
 * A has a factor too, with arbitrary directions in its null space; that of zero is the identity. There is no reverse mode.
 *
 * N. J. Higham, *Functions of Matrices*, SIAM 2008, section 8.3.
 *
 * @param A `[..., m, n]`, float
 * @returns like A
 * @throws TypeError if A is not a float matrix
 * @throws RangeError if a matrix is empty
 * @example
 * const update = polarFactor(momentum); // Muon's direction, to full precision
 * polarFactor(constant(tensorValue('float64', [2, 2], [0, 2, 3, 0]))); // = [[0, 1], [1, 0]]
 */
export function polarFactor(A: Tensor): Tensor {
  demandMatrix('polarFactor: A', A);
  return rowsOf(A) < columnsOf(A) ? transposed(tallFactor(transposed(A))) : tallFactor(A);
}

/** For at least as many rows as columns. */
function tallFactor(A: Tensor): Tensor {
  const [rows, columns, dtype] = [rowsOf(A), columnsOf(A), A.dtype as FloatDType];
  const { epsilon } = FLOAT_LIMITS[dtype];
  const I = identity(columns, dtype);
  const perturbation = mul(epsilon, indicator(rows, columns, dtype, equal));
  const { X } = whileLoop(
    ({ rough, iterations }) => and(less(0, rough), less(iterations, MAX_ITERATIONS)),
    ({ X: at, iterations }) => {
      const excess = sub(matmul(at, at, { transposeA: true }), I);
      return {
        X: sub(at, mul(0.5, matmul(at, excess))),
        // The error of the next X is at most 3/4 of the square of this one. False for NaN.
        rough: max(cast(less(epsilon, sum(square(excess), { axes: [-2, -1] })), dtype)),
        iterations: add(iterations, 1),
      };
    },
    {
      X: add(div(A, tightSpectralBound(A)), perturbation),
      rough: scalar(1, dtype),
      iterations: scalar(0, 'int32'),
    },
    { name: 'newton-schulz' },
  );
  return X;
}
