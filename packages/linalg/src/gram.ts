// Products of a matrix with itself, of which only one half is computed.

import { matmul, type Tensor } from '@gaussmark/autodiff';
import { columnBlock, columnsOf, demandMatrix, stackColumns, stackRows, transposed } from './matrices.js';

/** Columns up to which one product is faster than three of half the size. */
const WHOLE = 256;
/** What the columns of a part are a multiple of, so that products run at their best. */
const ALIGNMENT = 64;

/**
 * The Gram matrix A'A of the columns, exactly symmetric. For many columns, the blocks below the diagonal are those above it: nearly half
 * of the multiplications, as BLAS's syrk.
 *
 * @param A `[..., m, n]`, float
 * @returns `[..., n, n]`
 * @throws TypeError if A is not a float matrix
 * @throws RangeError if a matrix is empty
 * @example
 * gram(constant(tensorValue('float64', [2, 2], [1, 2, 3, 4]))); // = [[10, 14], [14, 20]]
 */
export function gram(A: Tensor): Tensor {
  demandMatrix('gram: A', A);
  return halved(A);
}

function halved(A: Tensor): Tensor {
  const n = columnsOf(A);
  if (n <= WHOLE) return matmul(A, A, { transposeA: true });
  const half = ALIGNMENT * Math.ceil(n / ALIGNMENT / 2);
  const [left, right] = [columnBlock(A, 0, half), columnBlock(A, half, n)];
  const side = matmul(left, right, { transposeA: true });
  return stackRows([stackColumns([halved(left), side]), stackColumns([transposed(side), halved(right)])]);
}
