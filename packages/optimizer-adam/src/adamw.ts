// AdamW: Adam with decoupled weight decay.

import type { OptimizerPlugin } from '@gaussmark/core';
import {
  type AdamOptions,
  type AdamState,
  chain,
  decoupledWeightDecay,
  gradientMethod,
  type LearningRateOptions,
  scale,
  scaleByAdam,
  scheduledLearningRate,
  type WeightDecayOptions,
} from '@gaussmark/optim';

/** Described in manifests/adamw.json, with bounds and defaults. */
export type AdamWHyperparameters = LearningRateOptions &
  WeightDecayOptions &
  Required<Omit<AdamOptions, 'nesterov'>>;

/**
 * One step on a mini-batch, at the learning rate eta of the schedule, with t counted from 1:
 *
 * ```
 * m = beta1 m + (1 - beta1) g         mhat = m / (1 - beta1^t)
 * v = beta2 v + (1 - beta2) g^2       vhat = v / (1 - beta2^t)
 * theta = theta - eta (mhat / (sqrt(vhat) + epsilon) + lambda theta)
 * ```
 *
 * Metrics: `loss` (before the update), `learningRate`.
 */
const adamW: OptimizerPlugin<AdamWHyperparameters, AdamState> = {
  create(options, run) {
    const { beta1, beta2, epsilon, amsgrad } = options;
    const [adam, decayed] = [
      scaleByAdam({ beta1, beta2, epsilon, amsgrad }),
      decoupledWeightDecay(options, run.parameters),
    ];
    return gradientMethod(scheduledLearningRate(options, run), (rate) => chain(adam, decayed, scale(rate)));
  },
};

export default adamW;
