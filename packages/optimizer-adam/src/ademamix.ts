// AdEMAMix: AdamW with a second, much slower mean of gradients.

import {
  add,
  div,
  mul,
  type Operand,
  sqrt,
  square,
  sub,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import type { OptimizerContext, OptimizerPlugin } from '@gaussmark/core';
import {
  type AdamOptions,
  type Clock,
  chain,
  complementOfExp,
  correctBias,
  countLike,
  decoupledWeightDecay,
  type LearningRateOptions,
  noSteps,
  oneMore,
  scale,
  scheduledLearningRate,
  updateMoment,
  type WeightDecayOptions,
  warmupShare,
} from '@gaussmark/optim';

/** Described in manifests/ademamix.json, with bounds and defaults. */
export interface AdEMAMixHyperparameters
  extends LearningRateOptions,
    WeightDecayOptions,
    Required<Omit<AdamOptions, 'nesterov' | 'amsgrad'>> {
  readonly beta3: number;
  readonly alpha: number;
  /** w: alpha and beta3 rise for T = w K steps, of the K of the run. */
  readonly slowWarmup: number;
}

export type AdEMAMixState = {
  /** t, steps taken. int32 scalar. */
  readonly count: Tensor;
  /** m1, m2 and v, shaped like the parameters. */
  readonly fast: Tree<Tensor>;
  readonly slow: Tree<Tensor>;
  readonly secondMoment: Tree<Tensor>;
};

/**
 * One step on a mini-batch, at the learning rate eta of the schedule, with t counted from 1:
 *
 * ```
 * m1 = beta1 m1 + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2
 * m2 = beta3 m2 + (1 - beta3) g        without bias correction
 * u = (m1 / (1 - beta1^t) + alpha m2) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * theta = theta - eta (u + lambda theta)
 * ```
 *
 * During a warm-up of T steps, with a = min(t / T, 1), alpha is a alpha, and beta3 = exp(1 / ((1 - a) / ln beta1 + a / ln beta3)): the
 * half-life of m2 rises linearly from that of m1.
 *
 * Metrics: `loss` (before the update), `learningRate`.
 */
const adEMAMix: OptimizerPlugin<AdEMAMixHyperparameters, AdEMAMixState> = {
  create(options, run) {
    const rateAt = scheduledLearningRate(options, run);
    const decayed = decoupledWeightDecay(options, run.parameters);
    return {
      init: (params) => ({
        count: noSteps(),
        fast: vector.zerosLike(params),
        slow: vector.zerosLike(params),
        secondMoment: vector.zerosLike(params),
      }),

      step(problem, params, state, context) {
        const { loss, grad } = problem.valueAndGrad(params);
        const rate = rateAt(context);
        const mix = mixAt(options, run, context);
        const { direction, state: moments } = mixed(grad, state, options, mix);
        const { updates } = chain(decayed, scale(rate)).update(direction, {}, params);
        return {
          params: vector.sub(params, updates),
          state: moments,
          metrics: { loss, learningRate: rate },
        };
      },
    };
  },
};

export default adEMAMix;

/** The weights at a step. */
interface Mix {
  readonly alpha: Operand;
  readonly beta3: Operand;
  /** 1 - beta3, to full precision. */
  readonly rest: Operand;
}

function mixAt(
  { beta1, beta3, alpha, slowWarmup }: AdEMAMixHyperparameters,
  run: OptimizerContext,
  clock: Clock,
): Mix {
  if (slowWarmup === 0) return { alpha, beta3, rest: 1 - beta3 };
  const a = warmupShare(slowWarmup, run, clock);
  const inverse = (beta: number) => -1 / Math.log(beta);
  const rest = complementOfExp(div(1, add(mul(inverse(beta1), sub(1, a)), mul(inverse(beta3), a))));
  return { alpha: mul(alpha, a), beta3: sub(1, rest), rest };
}

/** The direction u, and the moments after it. */
function mixed(
  grad: Tree<Tensor>,
  state: AdEMAMixState,
  { beta1, beta2, epsilon }: AdEMAMixHyperparameters,
  { alpha, beta3, rest }: Mix,
): { readonly direction: Tree<Tensor>; readonly state: AdEMAMixState } {
  const count = oneMore(state.count);
  const t = countLike(count, grad);
  const fast = updateMoment(state.fast, beta1, grad);
  const slow = vector.addScaled(vector.scale(beta3, state.slow), rest, grad);
  const secondMoment = updateMoment(state.secondMoment, beta2, tree.map(square, grad));
  const direction = tree.map(
    (m: Tensor, v: Tensor) => div(m, add(sqrt(v), epsilon)),
    vector.addScaled(correctBias(fast, beta1, t), alpha, slow),
    correctBias(secondMoment, beta2, t),
  );
  return { direction, state: { count, fast, slow, secondMoment } };
}
