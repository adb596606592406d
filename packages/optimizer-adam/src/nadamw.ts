// NadamW: AdamW with Nesterov's momentum.

import type { OptimizerPlugin } from '@gaussmark/core';
import {
  type AdamOptions,
  type AdamState,
  chain,
  gradientMethod,
  type LearningRateOptions,
  scale,
  scaleByAdam,
  scheduledLearningRate,
} from '@gaussmark/optim';
import { type DecayOptions, decay } from './decay.js';

/** Described in manifests/nadamw.json, with bounds and defaults. */
export type NadamWHyperparameters = LearningRateOptions &
  DecayOptions &
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
    const adam = scaleByAdam({ ...options, nesterov: true });
    const decayed = decay(options, run.parameters);
    return gradientMethod(scheduledLearningRate(options, run), (rate) => chain(adam, decayed, scale(rate)));
  },
};

export default nadamW;
