// The window L of a Gaussian N(x, L L'): a matrix, or a diagonal.

import {
  div,
  type FloatDType,
  full,
  matmul,
  mean,
  mul,
  reshape,
  square,
  sub,
  type Tensor,
} from '@gaussmark/autodiff';
import { identity } from '@gaussmark/linalg';

export interface Window {
  /** sigma I */
  start(sigma: number, size: number, dtype: FloatDType): Tensor;
  /** L z for each row z: (B, D). */
  spread(L: Tensor, z: Tensor): Tensor;
  /** L s, (D). */
  applied(L: Tensor, s: Tensor): Tensor;
  /** L dA, like L. */
  times(L: Tensor, dA: Tensor): Tensor;
  /** mean(z y), (D), and dA = mean(z z' y) - mean(y) I, like L. */
  moments(z: Tensor, y: Tensor): { readonly slope: Tensor; readonly curvature: Tensor };
}

/** L, (D, D). */
export const fullWindow: Window = {
  start: (sigma, size, dtype) => mul(sigma, identity(size, dtype)),
  spread: (L, z) => matmul(z, L, { transposeB: true }),
  applied: (L, s) => reshape(matmul(L, reshape(s, [-1, 1])), s.shape),
  times: (L, dA) => matmul(L, dA),
  moments(z, y) {
    const [count, size] = z.shape as [number, number];
    const weighted = mul(z, reshape(y, [count, 1]));
    const second = div(matmul(weighted, z, { transposeA: true }), count);
    return {
      slope: mean(weighted, { axes: [0] }),
      curvature: sub(second, mul(mean(y), identity(size, z.dtype as FloatDType))),
    };
  },
};

/** The diagonal of L, (D). */
export const diagonalWindow: Window = {
  start: (sigma, size, dtype) => full([size], sigma, dtype),
  spread: (L, z) => mul(z, L),
  applied: mul,
  times: mul,
  moments(z, y) {
    const weights = reshape(y, [z.shape[0]!, 1]);
    return {
      slope: mean(mul(z, weights), { axes: [0] }),
      curvature: sub(mean(mul(square(z), weights), { axes: [0] }), mean(y)),
    };
  },
};
