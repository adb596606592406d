// Averages of the parameters over a run, as the point where the model is evaluated.

import {
  add,
  div,
  equal,
  maximum,
  select,
  sub,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { demandDecay } from './demands.js';
import { correctBias, updateMoment } from './moments.js';
import { countLike, noSteps, oneMore } from './step-count.js';

/** An average of the parameters, for an optimizer to keep in its state and return as its `evaluationPoint`. */
export interface ParameterAverage<S> {
  /** The state before the first step. */
  init(params: Tree<Tensor>): S;
  /** The state after a step that led to `params`. */
  next(state: S, params: Tree<Tensor>): S;
  /** The average, shaped like the parameters. Before the first step, `params`. */
  value<P extends Tree<Tensor>>(params: P, state: S): P;
}

export type AverageState = {
  /** Shaped like the parameters. */
  readonly average: Tree<Tensor>;
  /** Steps averaged. int32 scalar. */
  readonly count: Tensor;
};

/**
 * An exponential moving average with bias correction: the weight of the parameters after step s of t is proportional to
 * beta^(t - s), and the starting point has none.
 *
 * ```
 * m = beta m + (1 - beta) theta      from m = 0
 * average = m / (1 - beta^t)
 * ```
 *
 * Optax's `ema` of the parameters. PyTorch's AveragedModel with `get_ema_avg_fn` differs: it starts from the parameters after the
 * first step, and needs no correction.
 *
 * @param decay beta, at least 0 and below 1; the average spans some 1 / (1 - beta) steps
 * @throws RangeError unless `decay` is at least 0 and below 1
 * @example
 * const average = exponentialAverage(0.999);
 * let kept = average.init(params); // in the state of the optimizer
 * kept = average.next(kept, moved); // in each step, with its new parameters
 * const point = average.value(moved, kept); // in evaluationPoint
 * const [half, start] = [exponentialAverage(0.5), { w: zeros([2], 'float64') }];
 * const later = { w: iota(2, 'float64') };
 * half.value(later, half.next(half.init(start), later)); // = { w: [0, 1] }
 * @see Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992; Kingma and Ba, arXiv 1412.6980, section 7.2
 */
export function exponentialAverage(decay: number): ParameterAverage<AverageState> {
  demandDecay('exponentialAverage', 'decay', decay);
  return {
    init: (params) => ({ average: vector.zerosLike(params), count: noSteps() }),
    next: ({ average, count }, params) => ({
      average: updateMoment(average, decay, params),
      count: oneMore(count),
    }),
    value: (params, { average, count }) =>
      orParams(params, count, (t) => correctBias(average, decay, maximum(t, 1))),
  };
}

/**
 * The mean of the parameters after every step so far: Polyak-Ruppert averaging, PyTorch's AveragedModel by default.
 *
 * ```
 * average = average + (theta - average) / t
 * ```
 *
 * @example
 * const average = uniformAverage();
 * const point = average.value(moved, average.next(average.init(params), moved));
 * const [start, later] = [{ w: zeros([2], 'float64') }, { w: iota(2, 'float64') }];
 * const state = average.next(average.next(average.init(start), later), start);
 * average.value(start, state); // = { w: [0, 0.5] }
 * @see Izmailov et al., Averaging Weights Leads to Wider Optima and Better Generalization, arXiv 1803.05407
 */
export function uniformAverage(): ParameterAverage<AverageState> {
  return {
    init: (params) => ({ average: vector.zerosLike(params), count: noSteps() }),
    next({ average, count }, params) {
      const next = oneMore(count);
      const step = (m: Tensor, theta: Tensor) => add(m, div(sub(theta, m), countLike(next, theta)));
      return { average: tree.map(step, average, params), count: next };
    },
    value: (params, { average, count }) => orParams(params, count, () => average),
  };
}

/** `params` before the first step, and the average after it. */
function orParams<P extends Tree<Tensor>>(
  params: P,
  count: Tensor,
  averageAt: (t: Tensor) => Tree<Tensor>,
): P {
  const t = countLike(count, params);
  const untouched = equal(t, 0);
  return tree.map(
    (theta: Tensor, average: Tensor) => select(untouched, theta, average),
    params,
    averageAt(t),
  ) as P;
}
