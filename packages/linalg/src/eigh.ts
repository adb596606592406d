// The eigendecomposition of symmetric matrices, by Jacobi's method.

import {
  abs,
  add,
  and,
  cast,
  div,
  equal,
  FLOAT_LIMITS,
  type FloatDType,
  iota,
  less,
  matmul,
  mul,
  or,
  pad,
  reshape,
  select,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '@gaussmark/autodiff';
import { orthogonalizeRows, paddedRows } from './jacobi.js';
import {
  batchOf,
  block,
  demandSquare,
  diagonal,
  identity,
  rowsOf,
  symmetrized,
  transposed,
} from './matrices.js';
import { tightSpectralBound } from './norms.js';

export interface Eigendecomposition {
  /** The eigenvalues, ascending: `[..., n]`. */
  readonly values: Tensor;
  /** The orthonormal eigenvectors, as columns in the order of the values: `[..., n, n]`. */
  readonly vectors: Tensor;
}

/**
 * The eigenvalues and eigenvectors of a symmetric matrix: A = V diag(values) V'.
 *
 * One-sided Jacobi on A + 2 s I, whose eigenvalues lie between s and 3 s for a bound s of the spectral norm. Errors are about
 * epsilon s, for eigenvalues and for the orthogonality of the vectors; a multiple eigenvalue gets some orthonormal basis. Vectors have
 * an arbitrary sign. The number of sweeps depends on the matrix, so there is no reverse mode.
 *
 * Forward derivatives are for distinct eigenvalues. Those of a repeated one have no derivative: the tangents of the values are v' dA v
 * for the basis found, of which only the sum over the group is meaningful; those of its vectors are arbitrary and can be huge; both can
 * be NaN. For a root of a matrix, use `inverseRoot`, which is differentiable there.
 *
 * @param A `[..., n, n]`, float; only its symmetric part is used
 * @returns NaN for a matrix that is not finite
 * @throws TypeError if A is not square or not float
 * @throws RangeError if a matrix is empty
 * @example
 * const { values, vectors } = eigh(covariance);
 * eigh(constant(tensorValue('float64', [2, 2], [4, 2, 2, 5]))).values; // = [2.438447, 6.561553]
 */
export function eigh(A: Tensor): Eigendecomposition {
  demandSquare('eigh: A', A);
  return decomposed(symmetrized(A));
}

/** {@link eigh} of a symmetric matrix. */
export function decomposed(A: Tensor): Eigendecomposition {
  const [size, dtype] = [rowsOf(A), A.dtype as FloatDType];
  const bound = tightSpectralBound(A);
  const scaled = div(A, bound);
  const rows = paddedRows(size);
  const missing = rows - size;
  const none = batchOf(A).map(() => 0);
  // Rows that fill the last pair of blocks are orthogonal to all others, and stay.
  const padded = missing === 0 ? scaled : pad(scaled, [...none, 0, 0], [...none, missing, missing]);
  const W = block(orthogonalizeRows(add(padded, mul(2, identity(rows, dtype)))), [0, size], [0, size]);
  // Row i is (lambda_i + 2) v_i.
  const V = refined(scaled, div(W, sqrt(sum(square(W), { axes: [-1], keepDims: true }))));
  const quotients = sum(mul(matmul(V, scaled), V), { axes: [-1], keepDims: true });
  const order = ascending(quotients);
  return {
    values: reshape(mul(matmul(order, quotients), bound), [...batchOf(A), size]),
    vectors: transposed(matmul(order, V)),
  };
}

/**
 * Removes the rounding errors that the rotations left: V + (K + R / 2) V, with
 *
 *     K_ij = (S_ij + R_ij (lambda_i + lambda_j) / 2) / (lambda_i - lambda_j),  S = V A V',  R = I - V V',
 *
 * and K_ij = 0 where eigenvalues are too close for that. K is skew, so the vectors stay orthonormal.
 *
 * T. Ogita and K. Aishima, *Iterative refinement for symmetric eigenvalue decomposition*, Japan J. Indust. Appl. Math. 35, 2018.
 *
 * @param V approximate eigenvectors, as rows
 */
function refined(A: Tensor, V: Tensor): Tensor {
  const dtype = A.dtype as FloatDType;
  const S = symmetrized(matmul(matmul(V, A), V, { transposeB: true }));
  const R = symmetrized(sub(identity(rowsOf(V), dtype), matmul(V, V, { transposeB: true })));
  const values = div(diagonal(S), sub(1, diagonal(R)));
  const gap = sub(values, transposed(values));
  const change = add(S, mul(R, mul(0.5, add(values, transposed(values)))));
  const isSmall = less(abs(change), mul(Math.sqrt(FLOAT_LIMITS[dtype].epsilon), abs(gap)));
  const K = select(isSmall, div(change, select(equal(gap, 0), 1, gap)), 0);
  return add(V, matmul(add(K, mul(0.5, R)), V));
}

/** The permutation matrix that sorts columns [..., n, 1]; equal values keep their order. */
function ascending(values: Tensor): Tensor {
  const [size, dtype] = [rowsOf(values), values.dtype as FloatDType];
  const others = transposed(values);
  const [i, j] = [reshape(iota(size), [size, 1]), iota(size)];
  const before = or(less(others, values), and(equal(others, values), less(j, i)));
  const rank = sum(cast(before, dtype), { axes: [-1], keepDims: true });
  return cast(equal(transposed(rank), cast(reshape(iota(size), [size, 1]), dtype)), dtype);
}
