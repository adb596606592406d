// SGD, stochastic gradient descent: the baseline of every comparison.

import { add, type FloatDType, scalar, type Tensor, vector } from '@gaussmark/autodiff';
import { GaussmarkError, type Optimizer, type OptimizerPlugin, type Params } from '@gaussmark/core';
import { learningRateSchedule, type ScheduleOptions } from './schedule.js';

/** See manifest.json, which checks them and holds their defaults. */
export interface SgdHyperparameters extends ScheduleOptions {
  /** mu */
  readonly momentum: number;
  readonly nesterov: boolean;
  /** w */
  readonly weightDecay: number;
}

/** What a step needs of those before it: nothing, for plain SGD at a constant learning rate. */
export type SgdState = {
  /** Steps taken, for a schedule. int32 scalar. */
  readonly iteration?: Tensor;
  /** v, with momentum; shaped like the parameters. */
  readonly velocity?: Params;
};

/**
 * One step on a mini-batch, at the learning rate lr of the schedule:
 *
 * ```
 * g = grad loss(theta) + w theta
 * v = mu v + lr g
 * theta = theta - v                  Nesterov: theta - (mu v + lr g)
 * ```
 *
 * The learning rate is inside v, as in Sutskever et al. and in the experiments of arXiv 2006.02409: a schedule acts on the
 * new gradient alone. PyTorch has it outside, which is the same while lr is constant. Nesterov's form is evaluated
 * at the point looked ahead from.
 *
 * Metrics: `loss` (before the update, without the decay's penalty), `learningRate`.
 *
 * @throws GaussmarkError on creation, if Nesterov's correction is asked for without momentum, or a schedule cannot know
 *   its number of steps
 */
const sgd: OptimizerPlugin<SgdHyperparameters, SgdState> = {
  create(options, context): Optimizer<SgdState> {
    const { momentum: mu, nesterov, weightDecay } = options;
    const learningRate = learningRateSchedule(options, context);
    const scheduled = options.schedule !== 'constant';
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
        ...(scheduled ? { iteration: scalar(0, 'int32') } : {}),
        ...(mu > 0 ? { velocity: vector.zerosLike(params) } : {}),
      }),

      step(problem, params, { iteration, velocity }) {
        const { loss, grad } = problem.valueAndGrad(params);
        const rate = learningRate(iteration ?? scalar(0, 'int32'), loss.dtype as FloatDType);
        const slope = weightDecay === 0 ? grad : vector.addScaled(grad, weightDecay, params);
        const descent = vector.scale(rate, slope);
        const carried = (v: Params) => vector.add(vector.scale(mu, v), descent);
        const v = velocity === undefined ? descent : carried(velocity);
        return {
          params: vector.sub(params, nesterov ? carried(v) : v),
          state: {
            ...(iteration === undefined ? {} : { iteration: add(iteration, 1) }),
            ...(velocity === undefined ? {} : { velocity: v }),
          },
          metrics: { loss, learningRate: rate },
        };
      },
    };
  },
};

export default sgd;
