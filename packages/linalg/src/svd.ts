// The singular value decomposition, from the polar factor and the eigenvectors of the other factor.

import { matmul, neg, relu, type Tensor } from '@gaussmark/autodiff';
import { decomposed } from './eigh.js';
import { columnsOf, demandMatrix, rowsOf, symmetrized, transposed } from './matrices.js';
import { polarFactor } from './polar.js';

export interface SingularValueDecomposition {
  /** Orthonormal columns: `[..., m, k]` with k = min(m, n). */
  readonly U: Tensor;
  /** Not negative, descending: `[..., k]`. */
  readonly values: Tensor;
  /** Orthonormal columns: `[..., n, k]`. */
  readonly V: Tensor;
}

/**
 * The singular value decomposition A = U diag(values) V'.
 *
 * With the polar decomposition A = P H, H = P'A is symmetric, and its eigendecomposition V S V' gives U = P V. Errors are about epsilon
 * times a bound of the norm, so singular values below that are rounding noise. U and V are orthonormal for every A, singular or zero.
 * There is no reverse mode.
 *
 * Y. Nakatsukasa and N. J. Higham, *Stable and efficient spectral divide and conquer algorithms*, SIAM J. Sci. Comput. 35, 2013, use
 * the same reduction, with another iteration for P.
 *
 * @param A `[..., m, n]`, float
 * @throws TypeError if A is not a float matrix
 * @throws RangeError if a matrix is empty
 * @example
 * const { U, values, V } = svd(weights);
 * svd(constant(tensorValue('float64', [2, 2], [0, 2, 3, 0]))).values; // = [3, 2]
 */
export function svd(A: Tensor): SingularValueDecomposition {
  demandMatrix('svd: A', A);
  if (rowsOf(A) < columnsOf(A)) {
    const { U, values, V } = svd(transposed(A));
    return { U: V, values, V: U };
  }
  const P = polarFactor(A);
  const H = symmetrized(matmul(P, A, { transposeA: true }));
  // Of -H, ascending: the singular values descend.
  const { values, vectors } = decomposed(neg(H));
  return { U: matmul(P, vectors), values: relu(neg(values)), V: vectors };
}
