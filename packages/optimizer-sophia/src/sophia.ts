// Sophia: steps divided by a diagonal of the curvature, which is sampled now and then, and clipped elementwise.

import {
  abs,
  add,
  cast,
  cond,
  div,
  equal,
  less,
  maximum,
  minimum,
  mul,
  scalar,
  select,
  sum,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import type { OptimizerPlugin, Params, Problem, StepContext } from '@gaussmark/core';
import {
  chain,
  decoupledWeightDecay,
  type LearningRateOptions,
  scale,
  scheduledLearningRate,
  updateMoment,
  type WeightDecayOptions,
} from '@gaussmark/optim';

/** Described in the manifests, with bounds and defaults. */
export interface SophiaHyperparameters extends LearningRateOptions, WeightDecayOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly gamma: number;
  readonly epsilon: number;
  /** k */
  readonly every: number;
}

export type SophiaState = {
  /** m and h, shaped like the parameters. */
  readonly firstMoment: Params;
  readonly curvature: Params;
  /** Steps since the last estimate; 0 if one is due. int32 scalar. */
  readonly age: Tensor;
};

/** An unbiased estimate of a diagonal, shaped like the parameters. Draws from the step's own random numbers. */
export type Estimator = (problem: Problem, params: Params, context: StepContext) => Params;

/**
 * Sophia with an estimator of the diagonal. One step t = 1, 2, ... on a mini-batch, at the learning rate eta of the schedule, as in
 * algorithm 3 of the paper:
 *
 * ```
 * m = beta1 m + (1 - beta1) g
 * h = beta2 h + (1 - beta2) estimate      in the steps 1, k + 1, 2 k + 1, ...
 * theta = theta - eta lambda theta
 * theta = theta - eta clip(m / max(gamma h, epsilon), -1, 1)
 * ```
 *
 * Neither mean is corrected for its start from zero.
 *
 * Metrics: `loss` (before the update), `learningRate`, `winRate` (the share of the parameters whose step is not clipped).
 */
export const sophia = (estimator: Estimator): OptimizerPlugin<SophiaHyperparameters, SophiaState> => ({
  create(options, run) {
    const { beta1, beta2, gamma, epsilon, every } = options;
    const rateAt = scheduledLearningRate(options, run);
    const decay = decoupledWeightDecay(options, run.parameters);
    return {
      init: (params) => ({
        firstMoment: vector.zerosLike(params),
        curvature: vector.zerosLike(params),
        age: scalar(0, 'int32'),
      }),

      step(problem, params, state, context) {
        const { loss, grad } = problem.valueAndGrad(params);
        const firstMoment = updateMoment(state.firstMoment, beta1, grad);
        const refreshed = () => updateMoment(state.curvature, beta2, estimator(problem, params, context));
        const curvature =
          every === 1 ? refreshed() : cond(equal(state.age, 0), refreshed, () => state.curvature);
        const steep = tree.map(
          (m: Tensor, h: Tensor) => div(m, maximum(mul(gamma, h), epsilon)),
          firstMoment,
          curvature,
        ) as Params;
        const clipped = tree.map((x: Tensor) => minimum(maximum(x, -1), 1), steep) as Params;
        const rate = rateAt(context);
        const { updates } = chain(decay, scale(rate)).update(clipped, {}, params);
        const age = add(state.age, 1);
        return {
          params: vector.sub(params, updates as Params),
          state: { firstMoment, curvature, age: select(equal(age, every), 0, age) },
          metrics: { loss, learningRate: rate, winRate: shareWithin(steep, loss) },
        };
      },
    };
  },
});

/** The share of the elements with |x| < 1, in the dtype of `like`. */
function shareWithin(x: Tree<Tensor>, like: Tensor): Tensor {
  const leaves = tree.leaves<Tensor>(x);
  const size = leaves.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);
  const within = leaves.map((each) => sum(cast(less(abs(each), 1), like.dtype))).reduce(add);
  return div(within, size);
}
