// The inverse of symmetric positive definite matrices, by recursive halving.

import { add, finite, matmul, neg, select, sub, sum, type Tensor, zeros } from '@gaussmark/autodiff';
import { factorizedBlock } from './cholesky.js';
import { gram } from './gram.js';
import {
  batchOf,
  block,
  demandSquare,
  diagonal,
  rowsOf,
  stackColumns,
  stackRows,
  symmetrized,
  transposed,
} from './matrices.js';
import { BLOCK, invertUpper } from './upper.js';

/**
 * A^-1 for a symmetric positive definite A: half of the multiplications of `solveSpd(A, identity(n))`, nearly all in large products.
 *
 * Only the symmetric part of A is used. Where it is not positive definite to working precision, the whole inverse is NaN; the other
 * matrices of a batch are not affected. For A x = b with few columns, `solveSpd` is faster and its residual smaller.
 *
 * @param A `[..., n, n]`, float
 * @returns like A
 * @throws TypeError if A is not square or not float
 * @throws RangeError if a matrix is empty
 * @example
 * const preconditioned = matmul(inverseSpd(add(A, mul(damping, identity(n, A.dtype)))), gradient);
 * inverseSpd(constant(tensorValue('float64', [2, 2], [2, 0, 0, 4]))); // = [[0.5, 0], [0, 0.25]]
 */
export function inverseSpd(A: Tensor): Tensor {
  demandSquare('inverseSpd: A', A);
  const { X } = inverted(symmetrized(A));
  // A pivot that is not positive leaves infinities or NaN, which reach the diagonal.
  return select(finite(sum(diagonal(X), { axes: [-2, -1], keepDims: true })), X, Number.NaN);
}

interface Inverted {
  /** A^-1 = Z Z' */
  readonly X: Tensor;
  /** The inverse of the Cholesky factor: upper triangular, R'R = A and Z = R^-1. */
  readonly Z: Tensor;
}

/**
 *     A = [A11 A12]    R12 = Z1'A12,  W = Z1 R12 = A11^-1 A12,    A^-1 = [X1 + W X2 W'  -W X2]    Z = [Z1  -W Z2]
 *         [ .  A22],   X2, Z2 of A22 - R12'R12,                          [.              X2  ],       [ 0     Z2]
 *
 * with X1, Z1 of A11. The products with Z1, of condition sqrt(k), are as exact as substitution up to that factor; A22 - A12'W would not be.
 */
function inverted(A: Tensor): Inverted {
  const size = rowsOf(A);
  if (size <= BLOCK) {
    const Z = invertUpper(factorizedBlock(A));
    return { X: matmul(Z, Z, { transposeB: true }), Z };
  }
  const half = BLOCK * Math.ceil(size / BLOCK / 2);
  const [top, bottom] = [
    [0, half],
    [half, size],
  ] as const;
  const one = inverted(block(A, top, top));
  const R12 = matmul(one.Z, block(A, top, bottom), { transposeA: true });
  const two = inverted(sub(block(A, bottom, bottom), gram(R12)));
  const W = matmul(one.Z, R12);
  const V = matmul(W, two.X);
  const corner = add(one.X, matmul(V, W, { transposeB: true }));
  const side = neg(V);
  const below = zeros([...batchOf(A), size - half, half], A.dtype);
  return {
    X: stackRows([stackColumns([corner, side]), stackColumns([transposed(side), two.X])]),
    // Of the whole matrix nobody asks for it, and the program drops it.
    Z: stackRows([stackColumns([one.Z, neg(matmul(W, two.Z))]), stackColumns([below, two.Z])]),
  };
}
