// Step counts inside a program, for runs and schedules of any length.

import { add, cast, equal, type FloatDType, less, mul, scalar, select, Tensor } from '@gaussmark/autodiff';

/** The largest int32: programs have no wider integers. */
export const INT32_MAX = 2 ** 31 - 1;

/** The base of a wide count's low part. */
const WRAP = 2 ** 30;

/** Steps taken: an int32 scalar, or for wider counts high 2^30 + low. */
export type StepCount = Tensor | { readonly high: Tensor; readonly low: Tensor };

export interface StepCounterOptions {
  /** The largest count to distinguish from larger ones: the length of a schedule, for example. */
  readonly upTo: number;
  /** Steps that the run will take; `null` if unknown. */
  readonly plannedSteps: number | null;
}

export interface StepCounter {
  /** Zero steps. */
  readonly zero: () => StepCount;
  /** One more step. */
  readonly next: (count: StepCount) => StepCount;
}

/**
 * Counts steps for a schedule. Counts up to 2^31 - 1 are one int32 scalar, which saturates in longer runs; larger ones are two
 * scalars.
 *
 * @example
 * const counter = stepCounter({ upTo: scheduleSteps, plannedSteps });
 * init: () => ({ taken: counter.zero() })
 * step: progress = div(countAsFloat(state.taken, dtype), scheduleSteps); state = { taken: counter.next(state.taken) }
 */
export function stepCounter({ upTo, plannedSteps }: StepCounterOptions): StepCounter {
  const zero = () => scalar(0, 'int32');
  if (upTo > INT32_MAX) return { zero: () => ({ high: zero(), low: zero() }), next: nextWide };
  const mayOverflow = plannedSteps === null || plannedSteps > INT32_MAX;
  return {
    zero,
    next: (count) => {
      const steps = narrow(count);
      return add(steps, mayOverflow ? cast(less(steps, INT32_MAX), 'int32') : 1);
    },
  };
}

function nextWide(count: StepCount): StepCount {
  const { high, low } = wide(count);
  const wraps = equal(low, WRAP - 1);
  return { high: add(high, cast(wraps, 'int32')), low: select(wraps, 0, add(low, 1)) };
}

/** A count as a float; float32 rounds it beyond 2^24. */
export function countAsFloat(count: StepCount, dtype: FloatDType): Tensor {
  if (count instanceof Tensor) return cast(count, dtype);
  return add(mul(WRAP, cast(count.high, dtype)), cast(count.low, dtype));
}

/** A count as an int32 scalar; 2^31 - 1 for larger counts. */
export function countAsInt32(count: StepCount): Tensor {
  if (count instanceof Tensor) return count;
  const { high, low } = count;
  return select(equal(high, 0), low, select(equal(high, 1), add(low, WRAP), INT32_MAX));
}

const MIXED = 'internal: a step count changed its form';

function narrow(count: StepCount): Tensor {
  if (!(count instanceof Tensor)) throw new TypeError(MIXED);
  return count;
}

function wide(count: StepCount): Exclude<StepCount, Tensor> {
  if (count instanceof Tensor) throw new TypeError(MIXED);
  return count;
}
