// An optimizer of one gradient per step, made of a learning rate and the update rule that it scales.

import { type Operand, type Tensor, type Tree, vector } from '@gaussmark/autodiff';
import type { Clock } from './learning-rate.js';
import type { GradientTransformation } from './transformation.js';

/** What it needs of a problem. */
interface Differentiable {
  valueAndGrad(params: Tree<Tensor>): { readonly loss: Tensor; readonly grad: Tree<Tensor> };
}

/** Fits the contract of an optimizer. */
export interface GradientMethod<S> {
  init(params: Tree<Tensor>): S;
  step(problem: Differentiable, params: Tree<Tensor>, state: S, clock: Clock): GradientStep<S>;
}

export interface GradientStep<S> {
  readonly params: Tree<Tensor>;
  readonly state: S;
  readonly metrics: { readonly loss: Tensor; readonly learningRate: Tensor };
}

/**
 * The optimizer theta = theta - u, where the rule at the current learning rate makes u of the gradient.
 *
 * Metrics: `loss` (before the update), `learningRate`.
 *
 * @param rateAt the learning rate at a step: {@link scheduledLearningRate}
 * @param ruleAt the rule at a learning rate; its state does not depend on the rate
 * @example
 * const rate = cosine({ from: learningRate });
 * const adam = gradientMethod(
 *   ({ progress }) => rate(progress),
 *   (lr) => chain(scaleByAdam(), scale(lr)),
 * );
 * const next = adam.step(problem, params, adam.init(params), context);
 * next.metrics.learningRate; // = 0.05
 */
export function gradientMethod<S>(
  rateAt: (clock: Clock) => Tensor,
  ruleAt: (rate: Operand) => GradientTransformation<S>,
): GradientMethod<S> {
  return {
    init: ruleAt(0).init,

    step(problem, params, state, clock) {
      const { loss, grad } = problem.valueAndGrad(params);
      const rate = rateAt(clock);
      const next = ruleAt(rate).update(grad, state, params);
      return {
        params: vector.sub(params, next.updates),
        state: next.state,
        metrics: { loss, learningRate: rate },
      };
    },
  };
}
