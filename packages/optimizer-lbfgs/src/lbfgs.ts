// L-BFGS on mini-batches: a quasi-Newton direction from the last steps, whose curvature is measured on one mini-batch each.
// J. Nocedal, 1980; J. Nocedal and S. Wright, Numerical Optimization, 2006, chapter 7. Stochastic rules: N. Schraudolph, J. Yu, S. Günter, A stochastic
// quasi-Newton method for online convex optimization, 2007.

import {
  add,
  div,
  equal,
  lessEqual,
  minimum,
  mul,
  neg,
  type Operand,
  reshape,
  select,
  slice,
  sqrt,
  type Tensor,
  vector,
} from '@gaussmark/autodiff';
import {
  defined,
  GaussmarkError,
  type Optimizer,
  type OptimizerPlugin,
  type Params,
  type Problem,
} from '@gaussmark/core';
import {
  type LbfgsState,
  type LearningRateOptions,
  lbfgs,
  lineSearch,
  scheduledLearningRate,
  strongWolfe,
} from '@gaussmark/optim';

/** Described in manifest.json, with bounds and defaults. */
export interface LbfgsHyperparameters extends LearningRateOptions {
  /** m, the number of pairs. */
  readonly memory: number;
  readonly lineSearch: 'strong-wolfe' | 'armijo' | 'none';
  /** c1 */
  readonly sufficientDecrease: number;
  /** c2 */
  readonly curvature: number;
  readonly maxEvaluations: number;
  /** lambda */
  readonly damping: number;
}

/** The pairs, as {@link LbfgsState}. */
export type LbfgsOptimizerState = LbfgsState;

/**
 * One step on a mini-batch b, whose loss is l_b:
 *
 * ```
 * g = grad l_b(theta)
 * D = -H g                          H from the last m pairs; the first step takes min(1, 1 / |g|) g instead
 * theta' = theta + alpha D          alpha from a line search on b that starts at lr; without one, lr
 * s = theta' - theta ; y = grad l_b(theta') - g + lambda s
 * ```
 *
 * Both gradients of a pair are of the same mini-batch: between two mini-batches, y would measure their difference, not curvature. That
 * costs a second gradient per step. A pair is kept only if s'y > epsilon |s| |y|, so H stays positive definite and D descends on b. A
 * search that finds no sufficient decrease moves nothing.
 *
 * Metrics: `loss` (before the update), `lossAfter` (of the same mini-batch at theta'), `learningRate`, `stepSize` (alpha), `evaluations`
 * (of the line search; only with one), `meanCurvature` (s'y / s's; 0 without a step).
 *
 * The README numbers the differences from optax.lbfgs and oLBFGS.
 *
 * @throws GaussmarkError on creation, with lineSearch=strong-wolfe for sufficientDecrease not below curvature
 */
const plugin: OptimizerPlugin<LbfgsHyperparameters, LbfgsOptimizerState> = {
  create(options, run): Optimizer<LbfgsOptimizerState> {
    demandWolfeConstants(options);
    const memory = lbfgs({ memory: options.memory });
    const rateAt = scheduledLearningRate(options, run);
    return {
      init: memory.init,

      step(problem, params, state, context) {
        const { loss, grad } = problem.valueAndGrad(params);
        const rate = rateAt(context);
        const norm = sqrt(vector.dot(grad, grad));
        const cap = select(isEmpty(state), minimum(1, div(1, select(equal(norm, 0), 1, norm))), 1);
        const direction = vector.scale(neg(cap), memory.direction(grad, state));
        const search = searchAlong(problem, params, direction, { loss, grad }, rate, options);

        const stepSize = search?.stepSize ?? rate;
        const step = vector.scale(stepSize, direction);
        const moved = vector.add(params, step);
        const after = problem.valueAndGrad(moved);
        const change = vector.sub(after.grad, grad);
        const damped = options.damping === 0 ? change : vector.addScaled(change, options.damping, step);
        const squared = vector.dot(step, step);
        return {
          params: moved,
          state: memory.remember(state, step, damped),
          metrics: defined({
            loss,
            lossAfter: after.loss,
            learningRate: rate,
            stepSize,
            evaluations: search?.evaluations,
            meanCurvature: select(
              equal(squared, 0),
              0,
              div(vector.dot(step, damped), select(equal(squared, 0), 1, squared)),
            ),
          }),
        };
      },
    };
  },
};

export default plugin;

interface Search {
  readonly stepSize: Tensor;
  readonly evaluations: Tensor;
}

/** alpha, 0 if the loss did not decrease sufficiently; `undefined` without a search. */
function searchAlong(
  problem: Problem,
  params: Params,
  direction: Params,
  { loss, grad }: { readonly loss: Tensor; readonly grad: Params },
  rate: Tensor,
  options: LbfgsHyperparameters,
): Search | undefined {
  const { sufficientDecrease, maxEvaluations, curvature } = options;
  const pointAt = (alpha: Operand) => vector.addScaled(params, alpha, direction);
  const slope = vector.dot(grad, direction);
  switch (options.lineSearch) {
    case 'none':
      return undefined;
    case 'armijo': {
      const found = lineSearch(
        { lossAt: (alpha) => problem.loss(pointAt(alpha)), loss, slope },
        {
          stepSize: rate,
          sufficientDecrease,
          backtrackingFactor: 0.5,
          maxLineSearchSteps: maxEvaluations - 1,
          bound: 'current',
          nonFinite: 'fail',
        },
      );
      const bound = add(loss, mul(mul(sufficientDecrease, found.stepSize), slope));
      return {
        stepSize: select(lessEqual(found.loss, bound), found.stepSize, 0),
        evaluations: add(found.steps, 1),
      };
    }
    case 'strong-wolfe':
      return strongWolfe(
        {
          loss,
          slope,
          at(alpha) {
            const there = problem.valueAndGrad(pointAt(alpha));
            return { loss: there.loss, slope: vector.dot(there.grad, direction) };
          },
        },
        { stepSize: rate, sufficientDecrease, curvature, maxEvaluations },
      );
    default:
      return options.lineSearch satisfies never;
  }
}

function demandWolfeConstants(options: LbfgsHyperparameters): void {
  const { sufficientDecrease, curvature } = options;
  if (options.lineSearch !== 'strong-wolfe' || sufficientDecrease < curvature) return;
  const plugin = "optimizer 'lbfgs'";
  throw new GaussmarkError(`${plugin}: sufficientDecrease is not below curvature`, {
    plugin,
    pointer: '/sufficientDecrease',
    expected: `a number below curvature, which is ${curvature}, with lineSearch=strong-wolfe`,
    got: String(sufficientDecrease),
    remedy: 'lower sufficientDecrease, raise curvature, or set lineSearch=armijo',
  });
}

/** Whether there is no pair yet: the newest is the last. Scalar bool. */
function isEmpty({ rho }: LbfgsState): Tensor {
  const [m] = rho.shape as readonly [number];
  return equal(reshape(slice(rho, [m - 1], [m]), []), 0);
}
