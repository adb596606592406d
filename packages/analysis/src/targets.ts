// Targets of a problem and when each run reached them. A run that never does is censored, not dropped.

import { canonicalJson, reaches } from '@gaussmark/core';
import { bootstrap, kaplanMeier, medianTime, successRate, type TimeToTarget } from '@gaussmark/statistics';
import { CLOCKS, type Clock } from './clock.js';
import { outcomeOf, type RunGroup } from './groups.js';
import type { CurvePoint, ReportRun } from './schema/report-schema.js';
import { BOOTSTRAP_SEED, type Estimate } from './statistics.js';

export type Goals = NonNullable<ReportRun['target']>['goals'];

export interface ProblemTarget {
  readonly goals: Goals;
  /** stated: given to the runs; derived: the largest final test loss of the runner-up over its seeds. */
  readonly origin: 'stated' | 'derived';
}

/** A Kaplan-Meier median of times to target, with its 95 % percentile-bootstrap interval over runs. */
export interface TimeEstimate {
  /** null if fewer than half of the runs reached the target. */
  readonly median: number | null;
  /** A limit is null beyond the time observed. Absent for one run, or if none reached the target. */
  readonly interval?: { readonly low: number | null; readonly high: number | null };
  /** The longest time observed in a run. */
  readonly watched: number;
}

/** One setting's times to the target of a problem. */
export interface TimesToTarget {
  readonly name: string;
  readonly optimizer: string;
  readonly reached: number;
  readonly runs: number;
  /** Share of runs that reached the target, with its Wilson interval. */
  readonly success: Estimate;
  readonly times: Readonly<Partial<Record<Clock, TimeEstimate>>>;
}

/**
 * The target of a problem: that of its runs if they agree, else the derived one; null without either.
 */
export function targetOf(runs: readonly ReportRun[], derivedTestLoss: number | null): ProblemTarget | null {
  const stated = new Map(
    runs.flatMap(({ target }) => (target === undefined ? [] : [[canonicalJson(target.goals), target.goals]])),
  );
  if (stated.size === 1) return { goals: [...stated.values()][0]!, origin: 'stated' };
  return derivedTestLoss === null ? null : { goals: { testLoss: derivedTestLoss }, origin: 'derived' };
}

/** The clocks that every point of every run has. */
export function clocksOf(runs: readonly ReportRun[]): Clock[] {
  const counted = runs.every(({ curve }) =>
    curve.every(({ gradientEquivalents }) => gradientEquivalents !== undefined),
  );
  return CLOCKS.filter((clock) => clock !== 'gradientEquivalents' || counted);
}

/** Where a run first reached the goals, after at least one step, so that times are positive. */
function whereReached({ curve }: ReportRun, goals: Goals): CurvePoint | null {
  return curve.find((point) => point.iterations > 0 && reaches(point, goals)) ?? null;
}

/**
 * Times to target of a group's runs on one clock, one per run. A run that ended without reaching the target is censored at
 * its end. A broken run is censored at the longest end of its group (of the problem, if all broke): breaking early must not
 * count as less waiting.
 *
 * @param longest the latest end of any run of the problem on the clock
 * @returns no times if the clock was never measured
 */
export function timesOf(
  { runs }: RunGroup,
  { goals }: ProblemTarget,
  clock: Clock,
  longest: number,
): TimeToTarget[] {
  const given = runs.filter((run) => outcomeOf(run) !== 'broken').map((run) => endOf(run, clock));
  const whole = Math.max(0, ...given) || longest;
  return runs.flatMap((run): TimeToTarget[] => {
    const point = whereReached(run, goals);
    const time = point?.[clock] ?? (outcomeOf(run) === 'broken' ? whole : endOf(run, clock) || whole);
    return time > 0 ? [{ time, reached: point !== null }] : [];
  });
}

/** A run's end on a clock; 0 without points. */
export const endOf = ({ curve }: ReportRun, clock: Clock): number => curve.at(-1)?.[clock] ?? 0;

/** Times for performance profiles: Infinity if the target was not reached. */
export const timesOrInfinity = (runs: readonly TimeToTarget[]): number[] =>
  runs.map(({ time, reached }) => (reached ? time : Number.POSITIVE_INFINITY));

/** Times of a group's seeds to the target, on every given clock; null if no run was measured. */
export function timesToTarget(
  group: RunGroup,
  target: ProblemTarget,
  clocks: readonly { readonly clock: Clock; readonly longest: number }[],
  resamples: number,
): TimesToTarget | null {
  const times = clocks.map(({ clock, longest }) => ({ clock, runs: timesOf(group, target, clock, longest) }));
  const measured = times.find(({ runs }) => runs.length > 0);
  if (measured === undefined) return null;
  const reached = measured.runs.filter((run) => run.reached).length;
  const { value, interval } = successRate(reached, group.runs.length);
  return {
    name: group.name,
    optimizer: group.optimizer,
    reached,
    runs: group.runs.length,
    success: { value, low: interval?.low ?? null, high: interval?.high ?? null, count: group.runs.length },
    times: Object.fromEntries(
      times
        .filter(({ runs }) => runs.length > 0)
        .map(({ clock, runs }) => [clock, medianToTarget(runs, resamples)]),
    ),
  };
}

/** The Kaplan-Meier median of times, with a percentile interval over resampled runs, censored ones included. */
export function medianToTarget(runs: readonly TimeToTarget[], resamples: number): TimeEstimate {
  const watched = Math.max(...runs.map(({ time }) => time));
  if (runs.every(({ reached }) => !reached)) return { median: null, watched };
  const { value, interval } = bootstrap(runs, (sample) => medianTime(kaplanMeier(sample)), {
    resamples,
    seed: BOOTSTRAP_SEED,
  });
  const finite = (time: number) => (time === Number.POSITIVE_INFINITY ? null : time);
  return {
    median: finite(value),
    ...(interval === null ? {} : { interval: { low: finite(interval.low), high: finite(interval.high) } }),
    watched,
  };
}
