// Learning-rate schedules, as functions of the step that a program computes.

import {
  add,
  cast,
  cos,
  div,
  type FloatDType,
  minimum,
  mul,
  pow,
  scalar,
  sub,
  type Tensor,
} from '@gaussmark/autodiff';
import { GaussmarkError, type OptimizerContext } from '@gaussmark/core';

export interface ScheduleOptions {
  /** lr of the first step. */
  readonly learningRate: number;
  readonly schedule: 'constant' | 'step' | 'linear' | 'cosine';
  /** K; `null` for the steps that the run plans. */
  readonly scheduleSteps: number | null;
  /** d */
  readonly decayFactor: number;
  /** e; `null` for K / 3, rounded up. */
  readonly decayEvery: number | null;
}

/** (steps taken before this one, an int32 scalar; a dtype) -> lr, a scalar of that dtype. */
export type LearningRate = (taken: Tensor, dtype: FloatDType) => Tensor;

/**
 * lr after s = 0, 1, ... steps:
 *
 * ```
 * constant  lr0
 * step      lr0 d^floor(s / e)
 * linear    lr0 (1 - s / K)                 0 from s = K on
 * cosine    lr0 (1 + cos(pi s / K)) / 2     0 from s = K on
 * ```
 *
 * @throws GaussmarkError if K is needed and not known
 */
export function learningRateSchedule(options: ScheduleOptions, context: OptimizerContext): LearningRate {
  const { learningRate, schedule, decayFactor } = options;
  switch (schedule) {
    case 'constant':
      return (_, dtype) => scalar(learningRate, dtype);
    case 'step': {
      const every = options.decayEvery ?? Math.ceil(stepsOf(options, context) / 3);
      return (taken, dtype) =>
        mul(learningRate, pow(scalar(decayFactor, dtype), cast(div(taken, every), dtype)));
    }
    case 'linear': {
      const steps = stepsOf(options, context);
      return (taken, dtype) => mul(learningRate, sub(1, progress(taken, steps, dtype)));
    }
    case 'cosine': {
      const steps = stepsOf(options, context);
      return (taken, dtype) =>
        mul(learningRate / 2, add(1, cos(mul(Math.PI, progress(taken, steps, dtype)))));
    }
    default:
      return schedule satisfies never;
  }
}

/** s / K, at most 1. */
function progress(taken: Tensor, steps: number, dtype: FloatDType): Tensor {
  return minimum(div(cast(taken, dtype), steps), 1);
}

function stepsOf({ schedule, scheduleSteps }: ScheduleOptions, { plannedSteps }: OptimizerContext): number {
  const steps = scheduleSteps ?? plannedSteps;
  if (steps !== null) return steps;
  const plugin = "optimizer 'sgd'";
  throw new GaussmarkError(`${plugin}: a ${schedule} schedule needs to know its number of steps`, {
    plugin,
    pointer: '/scheduleSteps',
    expected: 'an integer of at least 1, as the run has a budget in seconds and plans no number of steps',
    got: 'null',
    remedy: `set scheduleSteps${schedule === 'step' ? ' or decayEvery' : ''}, or give the run a budget in epochs or steps`,
  });
}
