// Schedule-Free AdamW.

import { add, div, sqrt, square, type Tensor, type Tree, tree, vector } from '@gaussmark/autodiff';
import type { OptimizerPlugin } from '@gaussmark/core';
import { correctBias, updateMoment } from '@gaussmark/optim';
import {
  type Direction,
  type ScheduleFreeOptions,
  type ScheduleFreeState,
  scheduleFree,
} from './schedule-free.js';

/** Described in manifests/schedule-free-adamw.json, with bounds and defaults. */
export interface ScheduleFreeAdamWHyperparameters extends ScheduleFreeOptions {
  /** The share of x in y. */
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** v, shaped like the parameters. */
type SecondMoment = { readonly secondMoment: Tree<Tensor> };

/** Adam's direction without its first moment, which the average replaces. */
const normalized = (beta2: number, epsilon: number): Direction<SecondMoment> => ({
  init: (params) => ({ secondMoment: vector.zerosLike(params) }),
  at(grad, state, t) {
    const secondMoment = updateMoment(state.secondMoment, beta2, tree.map(square, grad));
    const u = tree.map(
      (g: Tensor, v: Tensor) => div(g, add(sqrt(v), epsilon)),
      grad,
      correctBias(secondMoment, beta2, t),
    );
    return { u, state: { secondMoment } };
  },
});

/** {@link scheduleFree} with u = g / (sqrt(v / (1 - beta2^t)) + epsilon) + lambda y. */
const scheduleFreeAdamW: OptimizerPlugin<
  ScheduleFreeAdamWHyperparameters,
  ScheduleFreeState<SecondMoment>
> = {
  create: (options, run) =>
    scheduleFree(normalized(options.beta2, options.epsilon), options.beta1, options, run),
};

export default scheduleFreeAdamW;
