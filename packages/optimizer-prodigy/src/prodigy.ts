// Prodigy: AdamW whose learning rate is a growing estimate of the distance to the solution.

import {
  abs,
  add,
  cast,
  div,
  equal,
  maximum,
  minimum,
  mul,
  scalar,
  select,
  sqrt,
  square,
  sum,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import type { OptimizerPlugin } from '@gaussmark/core';
import { correctBias, type LearningRateOptions, scheduledLearningRate, updateMoment } from '@gaussmark/optim';

/** Described in manifest.json, with bounds and defaults. */
export interface ProdigyHyperparameters extends Omit<LearningRateOptions, 'learningRate'> {
  readonly beta1: number;
  readonly beta2: number;
  /** `null` for the square root of beta2. */
  readonly beta3: number | null;
  readonly epsilon: number;
  /** lambda */
  readonly weightDecay: number;
  readonly biasCorrection: boolean;
  readonly safeguardWarmup: boolean;
  readonly d0: number;
  readonly dCoefficient: number;
  /** `null` for any. */
  readonly growthRate: number | null;
}

export type ProdigyState = {
  /** m, v and s, shaped like the parameters. */
  readonly firstMoment: Tree<Tensor>;
  readonly secondMoment: Tree<Tensor>;
  readonly gradientSum: Tree<Tensor>;
  /** theta0, the parameters at the start. */
  readonly start: Tree<Tensor>;
  /** Scalars of the run's dtype: d, the largest estimate of it, and r. */
  readonly distance: Tensor;
  readonly largestEstimate: Tensor;
  readonly numerator: Tensor;
};

/**
 * One step on a mini-batch, with f the schedule's factor, at most 1 (times Adam's bias correction, if chosen):
 *
 * ```
 * eta = d f
 * r = beta3 r + (d / d0) eta <g, theta0 - theta>
 * s = beta3 s + (d / d0) eta g                         safeguardWarmup: d instead of eta
 * m = beta1 m + (1 - beta1) d g
 * v = beta2 v + (1 - beta2) d^2 g^2
 * dhat = dCoefficient r / |s|_1
 * d = max(d, dhat)                                     with a growthRate q: min(largest dhat so far, q d)
 * theta = theta - eta lambda theta - eta m / (sqrt(v) + d epsilon)
 * ```
 *
 * The first growth of d, from d0, is not bounded by q.
 *
 * Metrics: `loss` (before the update), `d` (the new estimate), `learningRate` (eta).
 */
const prodigy: OptimizerPlugin<ProdigyHyperparameters, ProdigyState> = {
  create(options, run) {
    const { beta1, beta2, epsilon, weightDecay, safeguardWarmup, d0 } = options;
    const beta3 = options.beta3 ?? Math.sqrt(beta2);
    const factorAt = scheduledLearningRate({ ...options, learningRate: 1 }, run);
    return {
      init(params) {
        const { dtype } = tree.leaves<Tensor>(params)[0]!;
        return {
          firstMoment: vector.zerosLike(params),
          secondMoment: vector.zerosLike(params),
          gradientSum: vector.zerosLike(params),
          start: params,
          distance: scalar(d0, dtype),
          largestEstimate: scalar(d0, dtype),
          numerator: scalar(0, dtype),
        };
      },

      step(problem, params, state, context) {
        const { loss, grad } = problem.valueAndGrad(params);
        const { distance: d } = state;
        const t = add(cast(context.step, context.progress.dtype), 1);
        const rate = mul(mul(d, factorAt(context)), biasFactor(options, t));
        const growth = div(d, d0);
        const away = vector.dot(grad, vector.sub(state.start as typeof params, params));
        const numerator = add(mul(beta3, state.numerator), mul(mul(growth, rate), away));
        const gradientSum = vector.addScaled(
          vector.scale(beta3, state.gradientSum),
          mul(growth, safeguardWarmup ? d : rate),
          grad,
        );
        const scaled = vector.scale(d, grad);
        const firstMoment = updateMoment(state.firstMoment, beta1, scaled);
        const secondMoment = updateMoment(state.secondMoment, beta2, tree.map(square, scaled));
        const { distance, largestEstimate } = estimate(options, state, numerator, gradientSum);
        const least = mul(distance, epsilon);
        const direction = tree.map(
          (m: Tensor, v: Tensor) => div(m, add(sqrt(v), least)),
          firstMoment,
          secondMoment,
        );
        const decayed = weightDecay === 0 ? direction : vector.addScaled(direction, weightDecay, params);
        return {
          params: vector.sub(params, vector.scale(rate, decayed)),
          state: { ...state, firstMoment, secondMoment, gradientSum, distance, largestEstimate, numerator },
          metrics: { loss, d: distance, learningRate: rate },
        };
      },
    };
  },
};

export default prodigy;

/** sqrt(1 - beta2^t) / (1 - beta1^t) */
function biasFactor({ biasCorrection, beta1, beta2 }: ProdigyHyperparameters, t: Tensor): Tensor | number {
  if (!biasCorrection) return 1;
  const one = scalar(1, t.dtype);
  return div(correctBias(one, beta1, t), sqrt(correctBias(one, beta2, t)));
}

/** The next d. Without a gradient so far there is no estimate, and d stays. */
function estimate(
  { dCoefficient, d0, growthRate }: ProdigyHyperparameters,
  { distance: d, largestEstimate: largest }: ProdigyState,
  numerator: Tensor,
  gradientSum: Tree<Tensor>,
): { readonly distance: Tensor; readonly largestEstimate: Tensor } {
  const denominator = tree
    .leaves<Tensor>(gradientSum)
    .map((s) => sum(abs(s)))
    .reduce(add);
  const known = div(mul(dCoefficient, numerator), denominator);
  const hat = select(equal(denominator, 0), d, known);
  const largestEstimate = maximum(largest, hat);
  if (growthRate === null) return { distance: largestEstimate, largestEstimate };
  const first = select(equal(d, d0), maximum(d, hat), d);
  return { distance: minimum(largestEstimate, mul(growthRate, first)), largestEstimate };
}
