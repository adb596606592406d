// Muon, momentum orthogonalized by Newton-Schulz, with AdamW for the parameters that it is not for.

import { mul, type Operand } from '@gaussmark/autodiff';
import type { OptimizerPlugin } from '@gaussmark/core';
import {
  addDecayedWeights,
  chain,
  gradientMethod,
  type LearningRateOptions,
  type PartitionState,
  partition,
  scale,
  scaleByAdam,
  scaleByMuon,
  scheduledLearningRate,
} from '@gaussmark/optim';

/** Described in manifest.json, with bounds and defaults. */
export interface MuonHyperparameters extends LearningRateOptions {
  /** beta */
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly iterations: number;
  readonly adjust: 'original' | 'rms';
  /** lambda, of all parameters. */
  readonly weightDecay: number;
  /** eta, beta1, beta2 and epsilon of AdamW. */
  readonly auxiliaryLearningRate: number;
  readonly auxiliaryBeta1: number;
  readonly auxiliaryBeta2: number;
  readonly auxiliaryEpsilon: number;
}

/**
 * One step on a mini-batch, at the learning rate eta of the schedule. For a hidden matrix or kernel:
 *
 * ```
 * m = beta m + (1 - beta) g
 * u = (1 - beta) g + beta m                         without Nesterov, m
 * X = u / (|u|_F + 1e-7)
 * A = X X' ; X = a X + (b A + c A^2) X              `iterations` times
 * theta = theta - eta (factor X + lambda theta)
 * ```
 *
 * All other parameters take a step of AdamW, whose learning rate follows the same schedule.
 *
 * Metrics: `loss` (before the update), `learningRate` (that of the matrices).
 */
const muon: OptimizerPlugin<MuonHyperparameters, PartitionState> = {
  create(options, run) {
    const { learningRate, momentum, nesterov, iterations, adjust, weightDecay, auxiliaryLearningRate } =
      options;
    const decay = addDecayedWeights(weightDecay);
    const direction = scaleByMuon({ momentum, nesterov, iterations, adjust });
    const adam = scaleByAdam({
      beta1: options.auxiliaryBeta1,
      beta2: options.auxiliaryBeta2,
      epsilon: options.auxiliaryEpsilon,
    });
    const share = auxiliaryLearningRate / learningRate;
    const auxiliary = (rate: Operand) => (typeof rate === 'number' ? share * rate : mul(share, rate));
    return gradientMethod(scheduledLearningRate(options, run), (rate) =>
      partition(
        run.parameters,
        ({ role }) => (role === 'weight' || role === 'kernel' ? 'hidden' : 'others'),
        {
          hidden: chain(direction, decay, scale(rate)),
          others: chain(adam, decay, scale(auxiliary(rate))),
        },
      ),
    );
  },
};

export default muon;
