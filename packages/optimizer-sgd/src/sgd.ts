// SGD, stochastic gradient descent: the baseline of every comparison.

import { cast, type Operand, type Tensor, vector } from '@gaussmark/autodiff';
import {
  GaussmarkError,
  type Optimizer,
  type OptimizerContext,
  type OptimizerPlugin,
  type StepContext,
} from '@gaussmark/core';
import {
  addDecayedWeights,
  chain,
  constant,
  cosine,
  linear,
  type MomentumState,
  momentum,
  scale,
  staircase,
} from '@gaussmark/optim';

const PLUGIN = "optimizer 'sgd'";

/** Described in manifest.json, with bounds and defaults. */
export interface SgdHyperparameters extends ScheduleOptions {
  /** mu */
  readonly momentum: number;
  /** Whether lr is applied inside v, or after it. */
  readonly momentumForm: 'paper' | 'pytorch';
  readonly nesterov: boolean;
  /** w */
  readonly weightDecay: number;
}

interface ScheduleOptions {
  /** lr of the first step. */
  readonly learningRate: number;
  readonly schedule: 'constant' | 'step' | 'linear' | 'cosine';
  /** K; `null` for the planned steps of the run, or if there are none, for its budget. */
  readonly scheduleSteps: number | null;
  /** d */
  readonly decayFactor: number;
  /** e; `null` for a third of the schedule. */
  readonly decayEvery: number | null;
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
    const rateAt = learningRate(options, run);
    const decay = addDecayedWeights(weightDecay);
    const velocity = momentum(mu, { nesterov });
    const descent = (rate: Operand) =>
      momentumForm === 'paper' ? chain(decay, scale(rate), velocity) : chain(decay, velocity, scale(rate));

    return {
      init: velocity.init,

      step(problem, params, state, context) {
        const { loss, grad } = problem.valueAndGrad(params);
        const rate = rateAt(context);
        const next = descent(rate).update(grad, state, params);
        return {
          params: vector.sub(params, next.updates),
          state: next.state,
          metrics: { loss, learningRate: rate },
        };
      },
    };
  },
};

export default sgd;

/**
 * lr, by the steps taken if the length of the schedule is known in steps, and otherwise by the share of the budget spent:
 *
 * ```
 * constant  lr0
 * step      lr0 d^floor(s / e)
 * linear    lr0 (1 - s / K)                 0 from s = K on
 * cosine    lr0 (1 + cos(pi s / K)) / 2     0 from s = K on
 * ```
 */
function learningRate(
  { learningRate: from, schedule, scheduleSteps, decayFactor: factor, decayEvery }: ScheduleOptions,
  { plannedSteps }: OptimizerContext,
): (context: StepContext) => Tensor {
  const steps = scheduleSteps ?? plannedSteps;
  const rate = {
    constant: () => constant(from),
    step: () =>
      staircase({ from, factor, every: decayEvery ?? (steps === null ? 1 / 3 : Math.ceil(steps / 3)) }),
    linear: () => linear({ from, length: steps ?? 1 }),
    cosine: () => cosine({ from, length: steps ?? 1 }),
  }[schedule]();
  const inSteps = steps !== null || (schedule === 'step' && decayEvery !== null);
  return ({ progress, step }) => rate(inSteps ? cast(step, progress.dtype) : progress);
}
