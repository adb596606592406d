// Moments: exponential means, with bias correction.

import {
  demandOptions,
  div,
  exp,
  FLOAT_LIMITS,
  type FloatDType,
  less,
  mul,
  neg,
  pow,
  scalar,
  select,
  sub,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { demandDecay } from './demands.js';
import { countLike, noSteps, oneMore } from './step-count.js';
import type { GradientTransformation } from './transformation.js';

/**
 * beta m + (1 - beta) x, shaped like both.
 *
 * @example
 * const mean = updateMoment(vector.zerosLike(grad), 0.9, grad);
 * updateMoment({ w: full([2], 4, 'float64') }, 0.75, { w: zeros([2], 'float64') }); // = { w: [3, 3] }
 */
export function updateMoment<T extends Tree<Tensor>>(moment: T, beta: number, x: T): T {
  return vector.addScaled(vector.scale(beta, moment), 1 - beta, x);
}

/**
 * m / (1 - beta^t): a mean of t values, corrected for the start from zero.
 *
 * @param t values so far, at least 1; a float scalar of m's dtype
 * @example
 * const first = correctBias(updateMoment(vector.zerosLike(grad), 0.9, grad), 0.9, scalar(1, 'float64')); // grad
 * correctBias({ w: full([2], 0.1, 'float64') }, 0.9, scalar(1, 'float64')); // = { w: [1, 1] }
 */
export function correctBias<T extends Tree<Tensor>>(moment: T, beta: number, t: Tensor): T {
  const weight = weightOfMean(beta, t);
  return tree.map((m: Tensor) => div(m, weight), moment) as T;
}

/** 1 - beta^t, the total weight of t values in their mean; by the logarithm if the dtype barely distinguishes beta from 1. */
function weightOfMean(beta: number, t: Tensor): Tensor {
  const { epsilon } = FLOAT_LIMITS[t.dtype as FloatDType];
  if (1 - beta > Math.sqrt(epsilon)) return sub(1, pow(scalar(beta, t.dtype), t));
  return complementOfExp(mul(-Math.log1p(beta - 1), t));
}

/**
 * 1 - exp(-u) for u of at least 0: for small u, where the difference would be 0, by the series u - u^2/2 + u^3/6. The weight 1 - beta of a
 * decay beta = exp(-u) that is computed in the program.
 *
 * @example
 * complementOfExp(scalar(Math.log(2), 'float64')); // = 0.5
 */
export function complementOfExp(u: Tensor): Tensor {
  const { epsilon } = FLOAT_LIMITS[u.dtype as FloatDType];
  const series = mul(u, sub(1, mul(u, sub(1 / 2, div(u, 6)))));
  return select(less(u, Math.sqrt(epsilon)), series, sub(1, exp(neg(u))));
}

export interface ExponentialMeanOptions {
  /** beta. At least 0 and below 1. */
  readonly decay: number;
  /** Whether to divide by 1 - beta^t. Default true. */
  readonly biasCorrection?: boolean;
}

export type ExponentialMeanState = {
  /** m, shaped like the parameters. */
  readonly mean: Tree<Tensor>;
  /** t, updates so far, an int32 scalar; absent without bias correction. */
  readonly meanCount?: Tensor;
};

/**
 * The mean of all updates so far, each weighted by its age:
 *
 * ```
 * m = beta m + (1 - beta) u      from m = 0
 * u = m / (1 - beta^t)           without bias correction, m
 * ```
 *
 * Optax's `ema`. Unlike momentum, it does not lengthen updates by 1 / (1 - beta).
 *
 * @throws RangeError unless `decay` is at least 0 and below 1
 * @example
 * chain(exponentialMean({ decay: 0.9 }), scaleBySign(), scale(1e-3));
 * const [rule, updates] = [exponentialMean({ decay: 0.75 }), { w: iota(3, 'float64') }];
 * rule.update(updates, rule.init(updates), updates).updates; // = { w: [0, 1, 2] }
 */
export function exponentialMean(
  options: ExponentialMeanOptions,
): GradientTransformation<ExponentialMeanState> {
  demandOptions('exponentialMean', options, ['decay', 'biasCorrection']);
  const { decay, biasCorrection = true } = options;
  demandDecay('exponentialMean', 'decay', decay);
  return {
    init: (params) => ({
      mean: vector.zerosLike(params),
      ...(biasCorrection ? { meanCount: noSteps() } : {}),
    }),
    update(updates, state) {
      const mean = updateMoment(state.mean, decay, updates);
      if (state.meanCount === undefined) return { updates: mean, state: { mean } };
      const meanCount = oneMore(state.meanCount);
      return { updates: correctBias(mean, decay, countLike(meanCount, updates)), state: { mean, meanCount } };
    },
  };
}
