// Schedule-Free: the sequences x, y and z around any direction.

import {
  add,
  cast,
  div,
  equal,
  mul,
  pow,
  scalar,
  select,
  sub,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import type { Optimizer, OptimizerContext, StepContext } from '@gaussmark/core';
import { warmupShare } from '@gaussmark/optim';

export interface ScheduleFreeOptions {
  /** gamma */
  readonly learningRate: number;
  /** lambda */
  readonly weightDecay: number;
  /** w, a share of the run. */
  readonly warmup: number;
  /** r */
  readonly averagePower: number;
  /** p */
  readonly ratePower: number;
}

export type ScheduleFreeState<S> = {
  /** z, shaped like the parameters. */
  readonly z: Tree<Tensor>;
  /** The sum of the weights so far. Scalar of the run's dtype. */
  readonly weightSum: Tensor;
  /** That of the direction. */
  readonly direction: S;
};

/** Makes u of the gradient at y. */
export interface Direction<S extends Tree<Tensor>> {
  init(params: Tree<Tensor>): S;
  /** @param t steps, this one included; a scalar of the run's dtype */
  at(grad: Tree<Tensor>, state: S, t: Tensor): { readonly u: Tree<Tensor>; readonly state: S };
}

/**
 * One step t = 1, 2, ... from y, the parameters that a run trains, in the form with two sequences of the authors' code:
 *
 * ```
 * gamma_t = gamma min(t / (w K), 1)
 * weight = t^r gamma_t^p ; c = weight / (the sum of all weights so far)
 * u = direction(grad loss(y)) + lambda y
 * y = (1 - c) y + c z - gamma_t (1 - beta (1 - c)) u
 * z = z - gamma_t u
 * ```
 *
 * The model is evaluated at x = y + (1 - 1 / beta) (z - y), the weighted mean of z after each step: y = (1 - beta) z + beta x.
 *
 * Metrics: `loss` (at y, before the update), `learningRate`, `averageWeight` (c).
 *
 * @param beta above 0 and below 1
 */
export function scheduleFree<S extends Tree<Tensor>>(
  direction: Direction<S>,
  beta: number,
  options: ScheduleFreeOptions,
  run: OptimizerContext,
): Optimizer<ScheduleFreeState<S>> {
  const { weightDecay } = options;
  return {
    init: (params) => ({
      z: params,
      weightSum: scalar(0, dtypeOf(params)),
      direction: direction.init(params),
    }),

    step(problem, y, state, context) {
      const { loss, grad } = problem.valueAndGrad(y);
      const t = add(cast(context.step, context.progress.dtype), 1);
      const rate = rateAt(options, run, context);
      const weight = weightOf(options, rate, t);
      const weightSum = add(state.weightSum, weight);
      // No weight at a rate of 0.
      const c = select(equal(weightSum, 0), 0, div(weight, weightSum));
      const { u: steep, state: kept } = direction.at(grad, state.direction, t);
      const u = weightDecay === 0 ? steep : vector.addScaled(steep, weightDecay, y);
      const back = mul(rate, sub(1, mul(beta, sub(1, c))));
      const nextY = tree.map(
        (own: Tensor, z: Tensor, each: Tensor) => sub(add(own, mul(c, sub(z, own))), mul(back, each)),
        y,
        state.z,
        u,
      );
      const z = tree.map((own: Tensor, each: Tensor) => sub(own, mul(rate, each)), state.z, u);
      return {
        params: nextY,
        state: { z, weightSum, direction: kept },
        metrics: { loss, learningRate: rate, averageWeight: c },
      };
    },

    evaluationPoint: (y, { z }) =>
      tree.map((own: Tensor, other: Tensor) => add(own, mul(1 - 1 / beta, sub(other, own))), y, z),
  };
}

/** gamma_t: by steps counted from 1, or by the share of the budget spent if their number is unknown. */
function rateAt(
  { learningRate, warmup }: ScheduleFreeOptions,
  run: OptimizerContext,
  context: StepContext,
): Tensor {
  if (warmup === 0) return scalar(learningRate, context.progress.dtype);
  return mul(learningRate, warmupShare(warmup, run, context));
}

/** t^r gamma_t^p. The rate never falls, so it is the largest so far, which the authors' code takes. */
function weightOf({ averagePower: r, ratePower: p }: ScheduleFreeOptions, rate: Tensor, t: Tensor): Tensor {
  const ofRate = p === 0 ? scalar(1, rate.dtype) : pow(rate, scalar(p, rate.dtype));
  return r === 0 ? ofRate : mul(pow(t, scalar(r, t.dtype)), ofRate);
}

const dtypeOf = (params: Tree<Tensor>) => tree.leaves<Tensor>(params)[0]!.dtype;
