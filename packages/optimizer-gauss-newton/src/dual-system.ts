// Gauss-Newton systems in the space of the outputs: (damping I + A A') a = s, with A'A = B.

import { div, reshape, sub, type Tensor, vector } from '@gaussmark/autodiff';
import type { CurvatureFactor, LinearizedProblem, Params } from '@gaussmark/core';
import { solveDamped } from '@gaussmark/linalg';

/** Solves (A A' + damping I) a = b in the space of the outputs, (n). */
export type OutputSolver = (b: Tensor, damping: Tensor) => Tensor;

/**
 * (B + damping I)^-1 g, by the push-through identity (A'A + damping I)^-1 A' = A' (A A' + damping I)^-1:
 *
 * ```
 * g = A's + h                       h = J'(rest): what the factor cannot reach, usually 0
 * d = A' (A A' + damping I)^-1 (s - A h / damping) + h / damping
 * ```
 *
 * With s, nothing cancels as damping goes to 0: (g - A'(...)^-1 A g) / damping, the same with h = g, loses all digits for damping
 * below epsilon times the largest eigenvalue.
 *
 * @param damping scalar tensor
 */
export function dampedDirection(
  { outputGradient, outputHessianFactorSolve, vjp }: LinearizedProblem,
  factor: CurvatureFactor,
  damping: Tensor,
  solve: OutputSolver,
): Params {
  const { solution, remainder } = outputHessianFactorSolve(outputGradient);
  const s = reshape(solution, [factor.rows]);
  if (remainder === null) return factor.transposed(solve(s, damping));
  const rest = vector.scale(div(1, damping), vjp(remainder));
  return vector.add(factor.transposed(solve(sub(s, factor.product(rest)), damping)), rest);
}

/** By Cholesky factorization, of matrices A A' [..., n, n] and columns b [..., n]. */
export const choleskySolver =
  (gram: Tensor): OutputSolver =>
  (b, damping) =>
    reshape(solveDamped(gram, reshape(b, [...b.shape, 1]), damping), b.shape);
