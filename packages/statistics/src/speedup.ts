// The geometric-mean speedup over a reference, from times to targets of which some were missed.

import { geometricMean } from './geometric-mean.js';
import type { Estimate } from './samples.js';
import { requireSameLength } from './samples.js';

/** The time of a contestant on a problem. */
export interface ProblemTime {
  /** Time to the target; null if it was missed. */
  readonly time: number | null;
  /** Until when the contestant was observed. */
  readonly observed: number;
}

/** Speedup on a problem: the reference's time over the contestant's. */
export interface ProblemSpeedup {
  readonly value: number;
  /** `atLeast`: the reference missed the target; `atMost`: the contestant did. */
  readonly bound: 'exact' | 'atLeast' | 'atMost';
}

export interface Speedup {
  /** null on a problem whose target both missed. */
  readonly problems: readonly (ProblemSpeedup | null)[];
  /** null if no problem has a speedup. */
  readonly mean: Estimate | null;
}

/**
 * The geometric-mean speedup of a contestant over a reference, with Student's interval over the problems, on logarithms.
 *
 * Missed targets: a time counts as min(time, horizon), where the horizon is the shorter of the two observations if one missed the
 * target. Whoever missed it counts as having just reached it there, which flatters the one who missed: the speedup is a bound. A
 * problem whose target both missed says nothing and is left out.
 *
 * @throws RangeError if the numbers of problems differ, or a time or observation is not finite and above zero.
 * @example
 * const reference = [{ time: 8, observed: 8 }, { time: null, observed: 20 }];
 * const contestant = [{ time: 4, observed: 4 }, { time: 10, observed: 10 }];
 * speedupOver(reference, contestant).problems[1] // = { value: 2, bound: "atLeast" }
 */
export function speedupOver(reference: readonly ProblemTime[], contestant: readonly ProblemTime[]): Speedup {
  requireSameLength('reference', reference.length, 'contestant', contestant.length);
  const problems = reference.map((theirs, p) => speedupOn(theirs, contestant[p]!));
  const known = problems.flatMap((problem) => (problem === null ? [] : [problem.value]));
  return { problems, mean: known.length === 0 ? null : geometricMean(known) };
}

function speedupOn(reference: ProblemTime, contestant: ProblemTime): ProblemSpeedup | null {
  for (const { time, observed } of [reference, contestant])
    if (!((time ?? observed) > 0 && (time ?? observed) < Number.POSITIVE_INFINITY))
      throw new RangeError(`times: expected finite numbers above zero, got ${time ?? observed}`);
  const [theirs, own] = [reference.time, contestant.time];
  if (theirs === null && own === null) return null;
  if (theirs !== null && own !== null) return { value: theirs / own, bound: 'exact' };
  // Who missed it was observed at least that long without reaching it; a shorter observation says nothing beyond its end.
  return own === null
    ? { value: Math.min(theirs!, contestant.observed) / contestant.observed, bound: 'atMost' }
    : { value: reference.observed / Math.min(own, reference.observed), bound: 'atLeast' };
}
