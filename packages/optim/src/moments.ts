// Moments: exponential means of updates and of their squares, with bias correction; Adam.

import {
  add,
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
  sqrt,
  square,
  sub,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { countAsFloat, type StepCount, stepCounter } from './step-count.js';
import type { GradientTransformation } from './transformation.js';

/** beta m + (1 - beta) x, shaped like both. */
export function updateMoment<T extends Tree<Tensor>>(moment: T, beta: number, x: T): T {
  return vector.addScaled(vector.scale(beta, moment), 1 - beta, x);
}

/**
 * m / (1 - beta^t): a mean of t values, corrected for the start from zero.
 *
 * @param t values so far, at least 1; a float scalar of m's dtype
 */
export function correctBias<T extends Tree<Tensor>>(moment: T, beta: number, t: Tensor): T {
  const weight = weightOfMean(beta, t);
  return tree.map((m: Tensor) => div(m, weight), moment) as T;
}

/**
 * 1 - beta^t, the total weight of t values in their mean.
 *
 * If the dtype barely distinguishes beta from 1, this would give 0, so it uses the logarithm: with u = -t log(beta), 1 - exp(-u), and
 * for small u the series u - u^2/2 + u^3/6.
 */
function weightOfMean(beta: number, t: Tensor): Tensor {
  const { epsilon } = FLOAT_LIMITS[t.dtype as FloatDType];
  if (1 - beta > Math.sqrt(epsilon)) return sub(1, pow(scalar(beta, t.dtype), t));
  const u = mul(-Math.log1p(beta - 1), t);
  const series = mul(u, sub(1, mul(u, sub(1 / 2, div(u, 6)))));
  return select(less(u, Math.sqrt(epsilon)), series, sub(1, exp(neg(u))));
}

export interface AdamOptions {
  /** Decay of the first moment. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default 0.999. */
  readonly beta2?: number;
  /** Added outside the root, after bias correction. Default 1e-8. */
  readonly epsilon?: number;
}

export type AdamState = {
  /** t, steps taken. int32 scalar. */
  readonly count: StepCount;
  /** m, shaped like the parameters. */
  readonly firstMoment: Tree<Tensor>;
  /** v, shaped like the parameters. */
  readonly secondMoment: Tree<Tensor>;
};

/** Beyond int32 the count stays at its maximum, where beta^t is 0. */
const COUNTER = stepCounter({ upTo: 0, plannedSteps: null });

/**
 * The direction of Adam:
 *
 * ```
 * m = beta1 m + (1 - beta1) u      v = beta2 v + (1 - beta2) u^2
 * u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * ```
 *
 * @see Kingma and Ba, Adam: A Method for Stochastic Optimization, arXiv 1412.6980; epsilon as in the text of algorithm 1
 */
export function scaleByAdam({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: AdamOptions = {}): GradientTransformation<AdamState> {
  return {
    init: (params) => ({
      count: COUNTER.zero(),
      firstMoment: vector.zerosLike(params),
      secondMoment: vector.zerosLike(params),
    }),
    update(updates, state) {
      const count = COUNTER.next(state.count);
      const t = countAsFloat(count, tree.leaves<Tensor>(updates)[0]!.dtype as FloatDType);
      const firstMoment = updateMoment(state.firstMoment, beta1, updates);
      const secondMoment = updateMoment(state.secondMoment, beta2, tree.map(square, updates));
      const direction = tree.map(
        (m: Tensor, v: Tensor) => div(m, add(sqrt(v), epsilon)),
        correctBias(firstMoment, beta1, t),
        correctBias(secondMoment, beta2, t),
      );
      return { updates: direction, state: { count, firstMoment, secondMoment } };
    },
  };
}
