// The learning rate of a run, by the hyperparameters that all optimizers with a learning rate share.

import { add, cast, div, minimum, mul, type Tensor } from '@gaussmark/autodiff';
import { constant, cosine, linear, type Schedule, staircase } from './schedule.js';

/** Every optimizer with a learning rate has these hyperparameters in its manifest, with the same bounds and the same descriptions. */
export interface LearningRateOptions {
  /** lr, the largest rate of the run. */
  readonly learningRate: number;
  readonly schedule: 'constant' | 'step' | 'linear' | 'cosine';
  /** K; `null` for the planned steps of the run, or if there are none, for its budget. */
  readonly scheduleSteps: number | null;
  /** d */
  readonly decayFactor: number;
  /** e; `null` for a third of the schedule. */
  readonly decayEvery: number | null;
  /** w, a share of the schedule, at least 0 and below 1. */
  readonly warmup: number;
}

/** The part of a step's context that tells the time. */
export interface Clock {
  /** The share of the budget spent. Float scalar. */
  readonly progress: Tensor;
  /** Steps taken. int32 scalar. */
  readonly step: Tensor;
}

/**
 * lr after s steps, if the length of the schedule is known in steps, and otherwise by the share of the budget spent, s / K:
 *
 * ```
 * constant  lr
 * step      lr d^floor(s / e)
 * linear    lr (1 - r)                 r = (s - w K) / (K - w K): 0 at the end of the warm-up,
 * cosine    lr (1 + cos(pi r)) / 2     1 from s = K on
 * ```
 *
 * During the warm-up, s < w K, the rate is s / (w K) times the first one; it begins at 0, so the first step does nothing.
 *
 * @param options by the names in the manifest
 * @param run the context of `create`
 * @returns the rate at a step's context, a scalar of the run's dtype
 * @throws RangeError if an option is out of its bounds
 * @example
 * const shared = { schedule: 'cosine', scheduleSteps: null, decayFactor: 0.1, decayEvery: null, warmup: 0.05 };
 * const rateAt = scheduledLearningRate({ learningRate, ...shared }, { plannedSteps: 1000 }); // in `create`
 * const step = scalar(525, 'int32'); // half of the steps after the warm-up
 * rateAt({ progress: scalar(0.525, 'float64'), step }); // = 0.05
 */
export function scheduledLearningRate(
  {
    learningRate: from,
    schedule,
    scheduleSteps,
    decayFactor: factor,
    decayEvery,
    warmup,
  }: LearningRateOptions,
  { plannedSteps }: { readonly plannedSteps: number | null },
): (clock: Clock) => Tensor {
  if (!(warmup >= 0 && warmup < 1))
    throw new RangeError(`scheduledLearningRate: expected a warmup of at least 0 and below 1, got ${warmup}`);
  const steps = scheduleSteps ?? plannedSteps;
  const length = steps ?? 1;
  const rising = warmup * length;
  const timeOf = ({ progress, step }: Clock, inSteps: boolean) =>
    inSteps ? cast(step, progress.dtype) : progress;
  const scheduled =
    (rate: Schedule, inSteps = steps !== null) =>
    (clock: Clock) =>
      rate(timeOf(clock, inSteps));
  // The two that have no end rise beside the schedule, which need not count in the same unit.
  const risen = (rateAt: (clock: Clock) => Tensor) => (clock: Clock) =>
    rising === 0 ? rateAt(clock) : mul(minimum(div(timeOf(clock, steps !== null), rising), 1), rateAt(clock));

  switch (schedule) {
    case 'constant':
      return risen(scheduled(constant(from)));
    case 'step': {
      const every = decayEvery ?? (steps === null ? 1 / 3 : Math.ceil(steps / 3));
      return risen(scheduled(staircase({ from, factor, every }), steps !== null || decayEvery !== null));
    }
    case 'linear':
      return scheduled(linear({ from, length, warmup: rising }));
    case 'cosine':
      return scheduled(cosine({ from, length, warmup: rising }));
  }
}

/**
 * The share of a warm-up that has passed, with the current step, at most 1: min(t / (w K), 1) with t counted from 1, if the K steps of the run
 * are planned, and otherwise by the share of the budget spent. Not 0 in the first of planned steps, unlike the `warmup` of
 * {@link scheduledLearningRate}.
 *
 * @param warmup w, a share of the run, above 0
 * @param run the context of `create`
 * @returns a scalar of the run's dtype
 * @throws RangeError if `warmup` is not above 0
 * @example
 * const share = warmupShare(0.1, { plannedSteps: 100 }, context); // in `step`
 * warmupShare(0.1, { plannedSteps: 100 }, { progress: scalar(0.04, 'float64'), step: scalar(4, 'int32') }); // = 0.5
 */
export function warmupShare(
  warmup: number,
  { plannedSteps }: { readonly plannedSteps: number | null },
  { progress, step }: Clock,
): Tensor {
  if (!(warmup > 0)) throw new RangeError(`warmupShare: expected a warmup above 0, got ${warmup}`);
  const share =
    plannedSteps === null
      ? div(progress, warmup)
      : div(add(cast(step, progress.dtype), 1), warmup * plannedSteps);
  return minimum(share, 1);
}
