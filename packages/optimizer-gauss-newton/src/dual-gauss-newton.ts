// Dual Gauss-Newton directions: the damped Gauss-Newton subproblem, solved in its dual by a few CG iterations.
// V. Roulet, M. Blondel, 2023, arXiv 2308.08886.

import { mul, reshape, scalar, sub, type Tensor, type Tree, vector } from '@gaussmark/autodiff';
import { curvatureFactor, type Optimizer, type OptimizerPlugin, type Params } from '@gaussmark/core';
import { CG_STOP, conjugateGradient } from '@gaussmark/optim';
import { type UpdateRuleHyperparameters, updateRule } from './update-rule.js';

/** Described in manifests/dual-gauss-newton.json, with bounds and defaults. */
export interface DualGaussNewtonHyperparameters extends UpdateRuleHyperparameters {
  readonly learningRate: number;
  readonly gamma: number;
  readonly cgIterations: number;
  readonly cgTolerance: number;
}

/**
 * One step on a mini-batch. The model of the loss around theta, with its dual:
 *
 * ```
 * min_d  loss + g'd + |A d|^2 / 2 + |d|^2 / (2 gamma)        A'A = B
 * max_u  loss - |u|^2 / 2 - gamma |g + A'u|^2 / 2            d = -gamma (g + A'u)
 * ```
 *
 * CG solves the dual's system (I + gamma A A') u = -gamma A g from u = 0. It has as many unknowns as the batch has outputs, and each
 * iteration costs one linear backward and one linear forward pass. Every iterate gives a descent direction: without iterations that
 * of SGD with step gamma, at the end the damped Gauss-Newton direction -(B + I / gamma)^-1 g. The weights of the examples,
 * alpha = rho + S u with the gradient rho in the outputs, sum to 0 over the classes, as the dual of the softmax requires.
 *
 * The direction, times `learningRate`, is the step of `rule=sgd`; `rule=adam` uses it in place of the gradient.
 *
 * Metrics: `loss` (before the update), `slope` (g'd, negative), `dualityGap` (of the model: half the squared residual), `cgIterations`,
 * `cgResidual`, `cgStopReason`.
 */
const dualGaussNewton: OptimizerPlugin<DualGaussNewtonHyperparameters, Tree<Tensor>> = {
  create(options): Optimizer<Tree<Tensor>> {
    const { learningRate, gamma, cgIterations, cgTolerance } = options;
    const rule = updateRule(options);

    return {
      init: (params) => rule.init(params),

      step(problem, params, state) {
        const linearized = problem.linearize(params);
        const { loss, grad } = linearized;
        const factor = curvatureFactor(problem, params, linearized);
        const rhs = mul(-gamma, factor.product(grad));
        const dual =
          cgIterations === 0
            ? unsolved(rhs)
            : conjugateGradient((u: Tensor) => mul(gamma, factor.product(factor.transposed(u))), rhs, {
                maxIterations: cgIterations,
                tolerance: mul(cgTolerance, vector.maxAbs(rhs)),
                damping: 1,
                name: 'dual-cg',
              });
        // -d
        const uphill = vector.scale(
          gamma,
          cgIterations === 0 ? grad : vector.add(grad, factor.transposed(dual.solution)),
        );
        const { updates, state: next } = rule.update(uphill, state as never, params);
        return {
          params: vector.addScaled(params, -learningRate, updates as Params),
          state: next,
          metrics: {
            loss,
            slope: mul(-1, vector.dot(grad, uphill)),
            // The residual is A d - u, and the difference of primal and dual |A d - u|^2 / 2.
            dualityGap: mul(1 / 2, vector.dot(dual.residual, dual.residual)),
            cgIterations: dual.iterations,
            cgResidual: dual.residualNorm,
            cgStopReason: dual.stopReason,
          },
        };
      },
    };
  },
};

export default dualGaussNewton;

/** CG before its first iteration. */
function unsolved(rhs: Tensor) {
  return {
    solution: sub(rhs, rhs),
    residual: rhs,
    residualNorm: vector.maxAbs(reshape(rhs, [-1])),
    iterations: scalar(0, 'int32'),
    stopReason: scalar(CG_STOP.budget, 'int32'),
  };
}
