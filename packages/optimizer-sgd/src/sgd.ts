// SGD, stochastic gradient descent: the baseline of every comparison.

import type { Operand } from '@gaussmark/autodiff';
import { GaussmarkError, type Optimizer, type OptimizerPlugin } from '@gaussmark/core';
import {
  addDecayedWeights,
  chain,
  gradientMethod,
  type LearningRateOptions,
  type MomentumState,
  momentum,
  scale,
  scheduledLearningRate,
} from '@gaussmark/optim';

const PLUGIN = "optimizer 'sgd'";

/** Described in manifest.json, with bounds and defaults. */
export interface SgdHyperparameters extends LearningRateOptions {
  /** mu */
  readonly momentum: number;
  /** Whether lr is applied inside v, or after it. */
  readonly momentumForm: 'paper' | 'pytorch';
  readonly nesterov: boolean;
  /** w */
  readonly weightDecay: number;
}

/**
 * One step on a mini-batch, at the learning rate lr of the schedule:
 *
 * ```
 * g = grad loss(theta) + w theta
 *
 * momentumForm=paper                       momentumForm=pytorch
 * v = mu v + lr g                          v = mu v + g
 * theta = theta - v                        theta = theta - lr v
 * Nesterov: theta - (mu v + lr g)          Nesterov: theta - lr (mu v + g)
 * ```
 *
 * The two agree while lr is constant. Under a schedule they differ: inside v, as in Sutskever et al. and in the experiments of arXiv
 * 2006.02409, a lower lr affects only the new gradient; outside, as in PyTorch and Optax, it shortens all of v. With Nesterov, theta
 * is the look-ahead point of the original form, where the gradient is taken.
 *
 * Metrics: `loss` (before the update, without the decay's penalty), `learningRate`.
 *
 * @throws GaussmarkError on creation, for Nesterov without momentum
 */
const sgd: OptimizerPlugin<SgdHyperparameters, MomentumState> = {
  create(options, run): Optimizer<MomentumState> {
    const { momentum: mu, momentumForm, nesterov, weightDecay } = options;
    if (nesterov && mu === 0) {
      throw new GaussmarkError(`${PLUGIN}: nesterov needs momentum`, {
        plugin: PLUGIN,
        pointer: '/momentum',
        expected: 'a number greater than 0 and less than 1 with nesterov=true',
        got: '0',
        remedy: 'set momentum (to 0.9, say) or nesterov=false',
      });
    }
    const decay = addDecayedWeights(weightDecay);
    const velocity = momentum(mu, { nesterov });
    const descent = (rate: Operand) =>
      momentumForm === 'paper' ? chain(decay, scale(rate), velocity) : chain(decay, velocity, scale(rate));
    return gradientMethod(scheduledLearningRate(options, run), descent);
  },
};

export default sgd;
