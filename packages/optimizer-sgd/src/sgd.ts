// SGD, stochastic gradient descent: the baseline of every comparison.

import { type FloatDType, scalar, vector } from '@gaussmark/autodiff';
import {
  GaussmarkError,
  type Optimizer,
  type OptimizerPlugin,
  type Params,
  type StepCount,
} from '@gaussmark/core';
import { learningRateSchedule, type ScheduleOptions } from './schedule.js';

/** See manifest.json, which checks them and holds their defaults. */
export interface SgdHyperparameters extends ScheduleOptions {
  /** mu */
  readonly momentum: number;
  /** Whether lr stands inside v, or before it. */
  readonly momentumForm: 'paper' | 'pytorch';
  readonly nesterov: boolean;
  /** w */
  readonly weightDecay: number;
}

/** What a step needs of those before it: nothing, for plain SGD at a constant learning rate. */
export type SgdState = {
  /** Steps taken, for a schedule. */
  readonly iteration?: StepCount;
  /** v, with momentum; shaped like the parameters. */
  readonly velocity?: Params;
};

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
 * The two are the same while lr is constant. Under a schedule they are not: with lr inside v, as in Sutskever et al. and in
 * the experiments of arXiv 2006.02409, a lower lr acts on the new gradient alone; outside, as in PyTorch and Optax, it
 * shortens all of v at once. Nesterov's form is evaluated at the point looked ahead from.
 *
 * Metrics: `loss` (before the update, without the decay's penalty), `learningRate`.
 *
 * @throws GaussmarkError on creation, if Nesterov's correction is asked for without momentum, or a schedule cannot know
 *   its number of steps
 */
const sgd: OptimizerPlugin<SgdHyperparameters, SgdState> = {
  create(options, context): Optimizer<SgdState> {
    const { momentum: mu, momentumForm, nesterov, weightDecay } = options;
    const { counter, rateAt } = learningRateSchedule(options, context);
    if (nesterov && mu === 0) {
      const plugin = "optimizer 'sgd'";
      throw new GaussmarkError(`${plugin}: nesterov needs momentum`, {
        plugin,
        pointer: '/momentum',
        expected: 'a number greater than 0 and less than 1 with nesterov=true',
        got: '0',
        remedy: 'set momentum, 0.9 for example, or nesterov=false',
      });
    }

    return {
      init: (params) => ({
        ...(counter === undefined ? {} : { iteration: counter.zero() }),
        ...(mu > 0 ? { velocity: vector.zerosLike(params) } : {}),
      }),

      step(problem, params, { iteration, velocity }) {
        const { loss, grad } = problem.valueAndGrad(params);
        const rate = rateAt(iteration ?? scalar(0, 'int32'), loss.dtype as FloatDType);
        const slope = weightDecay === 0 ? grad : vector.addScaled(grad, weightDecay, params);
        const inside = momentumForm === 'paper';
        const descent = inside ? vector.scale(rate, slope) : slope;
        const carried = (v: Params) => vector.add(vector.scale(mu, v), descent);
        const v = velocity === undefined ? descent : carried(velocity);
        const update = nesterov ? carried(v) : v;
        return {
          params: vector.sub(params, inside ? update : vector.scale(rate, update)),
          state: {
            ...(counter === undefined || iteration === undefined
              ? {}
              : { iteration: counter.next(iteration) }),
            ...(velocity === undefined ? {} : { velocity: v }),
          },
          metrics: { loss, learningRate: rate },
        };
      },
    };
  },
};

export default sgd;
