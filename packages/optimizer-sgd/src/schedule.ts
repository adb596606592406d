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
  Tensor,
} from '@gaussmark/autodiff';
import {
  countAsFloat,
  countAsInt32,
  INT32_MAX,
  type OptimizerContext,
  type StepCount,
  type StepCounter,
  scheduleLength,
  stepCounter,
} from '@gaussmark/core';

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

export interface LearningRateSchedule {
  /** Counts the steps taken; absent where lr is constant. */
  readonly counter?: StepCounter;
  /** lr after so many steps, a scalar of `dtype`. */
  readonly rateAt: (taken: StepCount, dtype: FloatDType) => Tensor;
}

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
export function learningRateSchedule(
  options: ScheduleOptions,
  context: OptimizerContext,
): LearningRateSchedule {
  const { learningRate, schedule, decayFactor } = options;
  const { plannedSteps } = context;
  switch (schedule) {
    case 'constant':
      return { rateAt: (_, dtype) => scalar(learningRate, dtype) };
    case 'step': {
      const every = options.decayEvery ?? Math.ceil(stepsOf(options, context) / 3);
      return {
        counter: stepCounter({ upTo: Math.max(every, plannedSteps ?? 0), plannedSteps }),
        rateAt: (taken, dtype) =>
          mul(learningRate, pow(scalar(decayFactor, dtype), reductions(taken, every, dtype))),
      };
    }
    case 'linear': {
      const steps = stepsOf(options, context);
      return {
        counter: stepCounter({ upTo: steps, plannedSteps }),
        rateAt: (taken, dtype) => mul(learningRate, sub(1, progress(taken, steps, dtype))),
      };
    }
    case 'cosine': {
      const steps = stepsOf(options, context);
      return {
        counter: stepCounter({ upTo: steps, plannedSteps }),
        rateAt: (taken, dtype) =>
          mul(learningRate / 2, add(1, cos(mul(Math.PI, progress(taken, steps, dtype))))),
      };
    }
    default:
      return schedule satisfies never;
  }
}

/** s / K, at most 1. */
function progress(taken: StepCount, steps: number, dtype: FloatDType): Tensor {
  return minimum(div(countAsFloat(taken, dtype), steps), 1);
}

/** floor(s / e): exact for counts of one int32; for longer ones a float32 is off by 1e-7 of them. */
function reductions(taken: StepCount, every: number, dtype: FloatDType): Tensor {
  if (taken instanceof Tensor) return cast(div(countAsInt32(taken), every), dtype);
  return cast(cast(minimum(div(countAsFloat(taken, dtype), every), INT32_MAX / 2), 'int32'), dtype);
}

function stepsOf({ schedule, scheduleSteps }: ScheduleOptions, context: OptimizerContext): number {
  return scheduleLength(scheduleSteps, context, {
    plugin: "optimizer 'sgd'",
    schedule: `a ${schedule} schedule`,
    ...(schedule === 'step' ? { settings: 'scheduleSteps or decayEvery' } : {}),
  });
}
