// NadamW: AdamW with Nesterov's momentum.

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

/** Described in manifests/nadamw.json, with bounds and defaults. */
export type NadamWHyperparameters = LearningRateOptions &
  WeightDecayOptions &
  Required<Omit<AdamOptions, 'nesterov' | 'amsgrad'>>;

/**
 * AdamW, but for a first moment that looks one step ahead:
 *
 * ```
 * mhat = beta1 m / (1 - beta1^(t + 1)) + (1 - beta1) g / (1 - beta1^t)      with the new m
 * ```
 *
 * Metrics: `loss` (before the update), `learningRate`.
 */
const nadamW: OptimizerPlugin<NadamWHyperparameters, AdamState> = {
  create(options, run) {
    const { beta1, beta2, epsilon } = options;
    const adam = scaleByAdam({ beta1, beta2, epsilon, nesterov: true });
    const decayed = decoupledWeightDecay(options, run.parameters);
    return gradientMethod(scheduledLearningRate(options, run), (rate) => chain(adam, decayed, scale(rate)));
  },
};

export default nadamW;
