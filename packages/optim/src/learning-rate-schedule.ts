// Learning-rate schedules as traced functions of the step count.

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
  type StepCount,
  type StepCounter,
  stepCounter,
} from './step-count.js';

export interface ScheduleOptions {
  /** lr of the first step. */
  readonly learningRate: number;
  readonly schedule: 'constant' | 'step' | 'linear' | 'cosine';
  /** d */
  readonly decayFactor: number;
  /** e; `null` for K / 3, rounded up. */
  readonly decayEvery: number | null;
}

export interface LearningRateSchedule {
  /** Counts the steps taken; absent if lr is constant. */
  readonly counter?: StepCounter;
  /** lr after this many steps, a scalar of `dtype`. */
  readonly rateAt: (taken: StepCount, dtype: FloatDType) => Tensor;
}

/** What a schedule needs to know about the run. */
export interface ScheduledRun {
  /** Steps that the run will take; `null` if unknown. */
  readonly plannedSteps: number | null;
  /** K, at least 1. Called only if the schedule needs it, so it may throw. */
  readonly length: () => number;
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
 * @throws what `length` throws
 * @example
 * const { counter, rateAt } = learningRateSchedule(options, { plannedSteps, length: () => 1000 });
 * init: { taken: counter.zero() }
 * step: rate = rateAt(taken, 'float32'); state = { taken: counter.next(taken) }
 */
export function learningRateSchedule(
  options: ScheduleOptions,
  { plannedSteps, length }: ScheduledRun,
): LearningRateSchedule {
  const { learningRate, schedule, decayFactor } = options;
  switch (schedule) {
    case 'constant':
      return { rateAt: (_, dtype) => scalar(learningRate, dtype) };
    case 'step': {
      const every = options.decayEvery ?? Math.ceil(length() / 3);
      return {
        counter: stepCounter({ upTo: Math.max(every, plannedSteps ?? 0), plannedSteps }),
        rateAt: (taken, dtype) =>
          mul(learningRate, pow(scalar(decayFactor, dtype), reductions(taken, every, dtype))),
      };
    }
    case 'linear':
    case 'cosine': {
      const steps = length();
      return {
        counter: stepCounter({ upTo: steps, plannedSteps }),
        rateAt: (taken, dtype) => {
          const share = progress(taken, steps, dtype);
          return schedule === 'linear'
            ? mul(learningRate, sub(1, share))
            : mul(learningRate / 2, add(1, cos(mul(Math.PI, share))));
        },
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

/** floor(s / e): exact for counts in one int32; for wider ones, a float32 has a relative error of 1e-7. */
function reductions(taken: StepCount, every: number, dtype: FloatDType): Tensor {
  if (taken instanceof Tensor) return cast(div(countAsInt32(taken), every), dtype);
  return cast(cast(minimum(div(countAsFloat(taken, dtype), every), INT32_MAX / 2), 'int32'), dtype);
}
