// Bounds of the spectral norm, for scaling: no result depends on them, so they have no derivative.

import {
  abs,
  div,
  equal,
  matmul,
  max,
  minimum,
  mul,
  select,
  sqrt,
  square,
  stopGradient,
  sum,
  type Tensor,
} from '@gaussmark/autodiff';
import { columnsOf } from './matrices.js';

const over = (axes: readonly number[]) => ({ axes, keepDims: true });
const frobenius = (A: Tensor) => sqrt(sum(square(A), over([-2, -1])));
const positive = (x: Tensor) => select(equal(x, 0), 1, x);

/**
 * An upper bound of the largest singular value of every matrix, [..., 1, 1]; 1 for a matrix of zeros, so that one can divide by it.
 * The smaller of ||A||_F and sqrt(||A||_1 ||A||_inf), each at most sqrt(n) times too large.
 */
export function spectralBound(A: Tensor): Tensor {
  // Scaled first: squares neither overflow nor underflow.
  const fixed = stopGradient(A);
  const peak = positive(max(abs(fixed), over([-2, -1])));
  const scaled = abs(div(fixed, peak));
  const columns = max(sum(scaled, over([-2])), over([-2, -1]));
  const rows = max(sum(scaled, over([-1])), over([-2, -1]));
  return mul(peak, positive(minimum(frobenius(scaled), sqrt(mul(columns, rows)))));
}

/**
 * A bound like {@link spectralBound}, at most n^(1/16) times too large, at the price of three matrix products: ||(A'A)^4||_F^(1/8).
 *
 * @param A at least as many rows as columns, for speed
 */
export function tightSpectralBound(A: Tensor): Tensor {
  if (columnsOf(A) === 1) return spectralBound(A);
  const bound = spectralBound(A);
  const scaled = div(stopGradient(A), bound);
  const gram = matmul(scaled, scaled, { transposeA: true });
  const squared = matmul(gram, gram);
  return mul(bound, sqrt(sqrt(sqrt(positive(frobenius(matmul(squared, squared)))))));
}
