// IGND, incremental Gauss-Newton descent: the mean of the Gauss-Newton steps of single examples.
// M. Korbit, M. Zanon, 2024, arXiv 2408.05560.

import { mul, reshape, scalar, type Tensor, type Tree, vector } from '@gaussmark/autodiff';
import { curvatureFactor, type Optimizer, type OptimizerPlugin, type Params } from '@gaussmark/core';
import { type GradientTransformation, scaleByAdam } from '@gaussmark/optim';
import { choleskySolver } from './dual-system.js';
import { meanOfDirections } from './update-rule.js';

/** Described in manifests/ignd.json, with bounds and defaults. */
export interface IgndHyperparameters {
  readonly learningRate: number;
  /** epsilon. */
  readonly damping: number;
  /** beta1, for the exponential mean of the directions. */
  readonly momentum: number;
  /** Of the second moment that divides the mean; 0 for none. */
  readonly beta2: number;
}

/** Added to the root of the second moment, as in somax 0.x. */
const EPSILON = 1e-7;

/**
 * One step on M examples:
 *
 * ```
 * d = (1/M) sum_i (B_i + epsilon I)^-1 g_i          one output: l' J_i / (l'' |J_i|^2 + epsilon)
 * ```
 *
 * with the gradient g_i and the Gauss-Newton matrix B_i of example i's own loss. For one output, a rescaled gradient for each example:
 * no Jacobian is stored, and |J_i|^2 comes from the inputs and gradients of the layers. For several outputs, a system with one
 * unknown for each output.
 *
 * Metrics: `loss` (before the update).
 *
 * @throws RangeError in the step, if the systems take more than 1 GiB
 */
const ignd: OptimizerPlugin<IgndHyperparameters, Tree<Tensor>> = {
  create({ learningRate, damping, momentum: beta1, beta2 }): Optimizer<Tree<Tensor>> {
    const rule = (
      beta2 > 0 ? scaleByAdam({ beta1, beta2, epsilon: EPSILON }) : meanOfDirections(beta1)
    ) as GradientTransformation;

    return {
      init: (params) => rule.init(params),

      step(problem, params, state) {
        const linearized = problem.linearize(params);
        const { loss, outputGradient, outputHessianFactorSolve } = linearized;
        const factor = curvatureFactor(problem, params, linearized);
        const { solution } = outputHessianFactorSolve(outputGradient);
        // Of the mean over M examples, the part of example i is g_i / M = A_i's_i and B_i / M = A_i'A_i.
        const grams = mul(problem.batchSize, factor.exampleGrams());
        const s = reshape(solution, [problem.batchSize, factor.rowsPerExample]);
        const a = choleskySolver(grams)(s, scalar(damping, loss.dtype));
        const direction = factor.transposed(reshape(a, [factor.rows]));
        const { updates, state: next } = rule.update(direction, state as never, params);
        return {
          params: vector.addScaled(params, -learningRate, updates as Params),
          state: next,
          metrics: { loss },
        };
      },
    };
  },
};

export default ignd;
