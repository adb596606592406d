// Lion, evolved sign momentum: steps by the sign of a mean of gradients.

import type { OptimizerPlugin } from '@gaussmark/core';
import {
  chain,
  decoupledWeightDecay,
  gradientMethod,
  type LearningRateOptions,
  type LionOptions,
  type LionState,
  scale,
  scaleByLion,
  scheduledLearningRate,
  type WeightDecayOptions,
} from '@gaussmark/optim';

/** Described in manifest.json, with bounds and defaults. */
export type LionHyperparameters = LearningRateOptions & WeightDecayOptions & Required<LionOptions>;

/**
 * One step on a mini-batch, at the learning rate eta of the schedule:
 *
 * ```
 * theta = theta - eta (sign(beta1 m + (1 - beta1) g) + lambda theta)
 * m = beta2 m + (1 - beta2) g                                          from m = 0, without bias correction
 * ```
 *
 * Metrics: `loss` (before the update), `learningRate`.
 */
const lion: OptimizerPlugin<LionHyperparameters, LionState> = {
  create(options, run) {
    const { beta1, beta2 } = options;
    const [direction, decay] = [scaleByLion({ beta1, beta2 }), decoupledWeightDecay(options, run.parameters)];
    return gradientMethod(scheduledLearningRate(options, run), (rate) =>
      chain(direction, decay, scale(rate)),
    );
  },
};

export default lion;
