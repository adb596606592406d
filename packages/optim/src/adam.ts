// Adam and its relatives: directions divided by the root of a mean of squared updates.

import {
  add,
  demandOptions,
  div,
  maximum,
  sqrt,
  square,
  sub,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { demandDecay, demandNonNegative } from './demands.js';
import { correctBias, updateMoment } from './moments.js';
import { countLike, noSteps, oneMore } from './step-count.js';
import type { GradientTransformation } from './transformation.js';

export interface AdamOptions {
  /** Decay of the first moment. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment. Default 0.999. */
  readonly beta2?: number;
  /** Added outside the root, after bias correction. Default 1e-8. */
  readonly epsilon?: number;
  /** Whether to use NAdam's first moment, which looks one step ahead. Default false. */
  readonly nesterov?: boolean;
  /** Whether to divide by the largest second moment so far. Default false. */
  readonly amsgrad?: boolean;
}

export type AdamState = {
  /** t, steps taken. int32 scalar. */
  readonly count: Tensor;
  /** m, shaped like the parameters. */
  readonly firstMoment: Tree<Tensor>;
  /** v, shaped like the parameters. */
  readonly secondMoment: Tree<Tensor>;
  /** The largest v so far, elementwise; only with AMSGrad. */
  readonly largestMoment?: Tree<Tensor>;
};

/**
 * The direction of Adam:
 *
 * ```
 * m = beta1 m + (1 - beta1) u      v = beta2 v + (1 - beta2) u^2
 * mhat = m / (1 - beta1^t)         NAdam: beta1 m / (1 - beta1^(t + 1)) + (1 - beta1) u / (1 - beta1^t)
 * vhat = v / (1 - beta2^t)         AMSGrad: with the largest v so far
 * u = mhat / (sqrt(vhat) + epsilon)
 * ```
 *
 * PyTorch's Adam, and Optax's `scale_by_adam`, whose `nesterov` this is too (PyTorch's NAdam has its own momentum schedule). AMSGrad
 * takes the maximum before bias correction, like PyTorch; Optax takes it after.
 *
 * @throws RangeError unless beta1 and beta2 are at least 0 and below 1, and epsilon is finite and at least 0
 * @example
 * const adamW = chain(scaleByAdam(), addDecayedWeights(0.01), scale(rate(context.progress)));
 * const [rule, updates] = [scaleByAdam(), { w: iota(3, 'float64') }];
 * rule.update(updates, rule.init(updates), updates).updates; // = { w: [0, 1, 1] }
 * @see Kingma and Ba, Adam: A Method for Stochastic Optimization, arXiv 1412.6980; epsilon as in the text of algorithm 1
 * @see Dozat, Incorporating Nesterov Momentum into Adam, 2016; Reddi, Kale and Kumar, On the Convergence of Adam and Beyond, 2018
 */
export function scaleByAdam(options: AdamOptions = {}): GradientTransformation<AdamState> {
  demandOptions('scaleByAdam', options, ['beta1', 'beta2', 'epsilon', 'nesterov', 'amsgrad']);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, nesterov = false, amsgrad = false } = options;
  demandDecay('scaleByAdam', 'beta1', beta1);
  demandDecay('scaleByAdam', 'beta2', beta2);
  demandNonNegative('scaleByAdam', 'epsilon', epsilon);
  return {
    init: (params) => ({
      count: noSteps(),
      firstMoment: vector.zerosLike(params),
      secondMoment: vector.zerosLike(params),
      ...(amsgrad ? { largestMoment: vector.zerosLike(params) } : {}),
    }),
    update(updates, state) {
      const count = oneMore(state.count);
      const t = countLike(count, updates);
      const firstMoment = updateMoment(state.firstMoment, beta1, updates);
      const secondMoment = updateMoment(state.secondMoment, beta2, tree.map(square, updates));
      const largest =
        state.largestMoment && tree.map(maximum, state.largestMoment, secondMoment as Tree<Tensor>);
      const mean = nesterov
        ? updateMoment(correctBias(firstMoment, beta1, add(t, 1)), beta1, correctBias(updates, beta1, t))
        : correctBias(firstMoment, beta1, t);
      const direction = tree.map(
        (m: Tensor, v: Tensor) => div(m, add(sqrt(v), epsilon)),
        mean,
        correctBias(largest ?? secondMoment, beta2, t),
      );
      const moments = { count, firstMoment, secondMoment };
      return { updates: direction, state: largest ? { ...moments, largestMoment: largest } : moments };
    },
  };
}

export interface RmsOptions {
  /** beta, the decay of the mean of squares. Default 0.99. */
  readonly decay?: number;
  /** Added outside the root. Default 1e-8. */
  readonly epsilon?: number;
  /** Whether to subtract the square of the mean, so that v is a variance. Default false. */
  readonly centered?: boolean;
}

export type RmsState = {
  /** v, shaped like the parameters. */
  readonly meanSquare: Tree<Tensor>;
  /** The mean of the updates; only if centered. */
  readonly center?: Tree<Tensor>;
};

/**
 * The direction of RMSprop, PyTorch's:
 *
 * ```
 * v = beta v + (1 - beta) u^2      from v = 0, without bias correction
 * u = u / (sqrt(v) + epsilon)      centered: sqrt(v - c^2), with c the mean of u
 * ```
 *
 * Momentum after it is PyTorch's `momentum`.
 *
 * @throws RangeError unless `decay` is at least 0 and below 1, and epsilon is finite and at least 0
 * @example
 * chain(scaleByRms({ decay: 0.9 }), momentum(0.9), scale(1e-3));
 * const [rule, updates] = [scaleByRms({ decay: 0.75 }), { w: iota(3, 'float64') }];
 * rule.update(updates, rule.init(updates), updates).updates; // = { w: [0, 2, 2] }
 * @see Tieleman and Hinton, Neural Networks for Machine Learning, lecture 6e, 2012; Graves, arXiv 1308.0850, for `centered`
 */
export function scaleByRms(options: RmsOptions = {}): GradientTransformation<RmsState> {
  demandOptions('scaleByRms', options, ['decay', 'epsilon', 'centered']);
  const { decay = 0.99, epsilon = 1e-8, centered = false } = options;
  demandDecay('scaleByRms', 'decay', decay);
  demandNonNegative('scaleByRms', 'epsilon', epsilon);
  return {
    init: (params) => ({
      meanSquare: vector.zerosLike(params),
      ...(centered ? { center: vector.zerosLike(params) } : {}),
    }),
    update(updates, state) {
      const meanSquare = updateMoment(state.meanSquare, decay, tree.map(square, updates));
      const center = state.center && updateMoment(state.center, decay, updates);
      // Rounding can make a variance slightly negative.
      const variance = center
        ? tree.map((v: Tensor, c: Tensor) => maximum(sub(v, square(c)), 0), meanSquare, center)
        : meanSquare;
      return {
        updates: tree.map((u: Tensor, v: Tensor) => div(u, add(sqrt(v), epsilon)), updates, variance),
        state: center ? { meanSquare, center } : { meanSquare },
      };
    },
  };
}

/** The sum of the squares of all updates so far, shaped like the parameters. */
export type AdagradState = { readonly sumOfSquares: Tree<Tensor> };

/**
 * The direction of AdaGrad, PyTorch's: u / (sqrt(s) + epsilon), with s the sum of the squares of all updates.
 *
 * @param options.epsilon added outside the root. Default 1e-10
 * @throws RangeError unless epsilon is finite and at least 0
 * @example
 * chain(scaleByAdagrad(), scale(0.01));
 * const [rule, updates] = [scaleByAdagrad(), { w: iota(3, 'float64') }];
 * rule.update(updates, rule.init(updates), updates).updates; // = { w: [0, 1, 1] }
 * @see Duchi, Hazan and Singer, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization, 2011
 */
export function scaleByAdagrad(
  options: { readonly epsilon?: number } = {},
): GradientTransformation<AdagradState> {
  demandOptions('scaleByAdagrad', options, ['epsilon']);
  const { epsilon = 1e-10 } = options;
  demandNonNegative('scaleByAdagrad', 'epsilon', epsilon);
  return {
    init: (params) => ({ sumOfSquares: vector.zerosLike(params) }),
    update(updates, state) {
      const sumOfSquares = vector.add(state.sumOfSquares, tree.map(square, updates));
      return {
        updates: tree.map((u: Tensor, s: Tensor) => div(u, add(sqrt(s), epsilon)), updates, sumOfSquares),
        state: { sumOfSquares },
      };
    },
  };
}
