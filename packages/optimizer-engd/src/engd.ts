// ENGD, energy natural gradient descent: Gauss-Newton on residuals, with the best step of a grid.
// J. Müller, M. Zeinhofer, 2023, arXiv 2302.13163; Woodbury and SPRING: A. Guzmán-Cordero et al., 2025, arXiv 2505.12149.

import {
  div,
  minimum,
  type Operand,
  reshape,
  scalar,
  sqrt,
  sub,
  type Tensor,
  vector,
} from '@gaussmark/autodiff';
import { curvatureFactor, defined, type Optimizer, type OptimizerPlugin, type Params } from '@gaussmark/core';
import { gridSearch } from './grid-search.js';
import { solved } from './systems.js';

/** Described in manifest.json, with bounds and defaults. */
export interface EngdHyperparameters {
  /** The largest step size of the grid; without a line search, eta. */
  readonly learningRate: number;
  /** lambda; 0 for the minimum-norm least-squares solution. */
  readonly damping: number;
  /** mu of SPRING. */
  readonly momentum: number;
  readonly lineSearch: 'grid' | 'none';
  readonly gridSize: number;
  /** C of SPRING; null for none. */
  readonly normConstraint: number | null;
}

export type EngdState = {
  /** phi, shaped like the parameters; absent without momentum. */
  readonly direction?: Params;
};

/**
 * One step on a mini-batch of residuals r = f - y, the outputs minus their targets, with s = sqrt(2 / n) r and A = sqrt(2 / n) J, so
 * that the loss is |s|^2 / 2, G = A'A, and the gradient is A's:
 *
 * ```
 * phi = mu phi + (G + lambda I)^-1 A'(s - mu A phi)           if there are fewer parameters than residuals
 * phi = mu phi + A' (A A' + lambda I)^-1 (s - mu A phi)       else: Woodbury's form of the same step
 * theta = theta - eta phi
 * ```
 *
 * mu = 0 is ENGD; mu > 0 is SPRING, which projects the last direction. With lambda = 0 the inverse is the pseudo-inverse. eta is the one of
 * learningRate / 2^k, k < gridSize, with the smallest loss of the mini-batch; it is never 0.
 *
 * Metrics: `loss` (before the update), `stepSize`; with a line search `lossAfter`; without damping `rank`.
 *
 * @throws RangeError in the step, if the smaller system has more than 4096 unknowns, without damping 1024
 */
const engd: OptimizerPlugin<EngdHyperparameters, EngdState> = {
  create(options): Optimizer<EngdState> {
    const { momentum: mu, learningRate } = options;

    return {
      init: (params) => (mu === 0 ? {} : { direction: vector.zerosLike(params) }),

      step(problem, params, state) {
        const linearized = problem.linearize(params);
        const { loss } = linearized;
        const factor = curvatureFactor(problem, params, linearized);
        const { solution } = linearized.outputHessianFactorSolve(linearized.outputGradient);
        const s = reshape(solution, [factor.rows]);
        const kept = state.direction && vector.scale(mu, state.direction);
        const residual = kept === undefined ? s : sub(s, factor.product(kept));
        const { direction, rank } = solved({ problem, params, linearized, factor }, residual, options);
        const phi = kept === undefined ? direction : vector.add(kept, direction);
        const pointAt = (eta: Operand) => vector.sub(params, vector.scale(eta, phi));
        const lossAt = (eta: Tensor) => problem.loss(pointAt(eta));
        const search =
          options.lineSearch === 'grid'
            ? gridSearch(lossAt, { largest: learningRate, size: options.gridSize }, loss.dtype)
            : undefined;
        const eta = search?.stepSize ?? constrained(phi, options, loss);
        return {
          params: pointAt(eta),
          state: defined({ direction: state.direction && phi }),
          metrics: defined({ loss, stepSize: eta, lossAfter: search?.loss, rank }),
        };
      },
    };
  },
};

export default engd;

/** eta, so that |eta phi|^2 <= C. */
function constrained(
  phi: Params,
  { learningRate, normConstraint }: EngdHyperparameters,
  { dtype }: Tensor,
): Tensor {
  if (normConstraint === null) return scalar(learningRate, dtype);
  // Dividing by 0 gives infinity, and the minimum is the learning rate.
  return minimum(learningRate, div(Math.sqrt(normConstraint), sqrt(vector.dot(phi, phi))));
}
