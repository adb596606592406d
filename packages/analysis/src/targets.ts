// Targets: what the runs of a problem are to reach, and when each did. A run that never does is censored, not dropped.

import { canonicalJson } from '@gaussmark/core';
import { bootstrap, kaplanMeier, medianTime, successRate, type TimeToTarget } from '@gaussmark/statistics';
import { CLOCKS, type Clock } from './clock.js';
import { outcomeOf, type RunGroup } from './groups.js';
import type { CurvePoint, ReportRun } from './schema/report-schema.js';
import { BOOTSTRAP_SEED, type Estimate } from './statistics.js';

export type Goals = NonNullable<ReportRun['target']>['goals'];

export interface ProblemTarget {
  readonly goals: Goals;
  /** stated: the runs were made for it; derived: the test loss that every seed of the runner-up ended at or below. */
  readonly origin: 'stated' | 'derived';
}

/** A median time to target by Kaplan and Meier, and its 95 % percentile-bootstrap interval over runs. */
export interface TimeEstimate {
  /** null if half of the runs never reached the target. */
  readonly median: number | null;
  /** Limits; null where the limit is beyond what was watched. Absent where there is no interval: one run, or none got there. */
  readonly interval?: { readonly low: number | null; readonly high: number | null };
  /** How long the run that was watched longest was watched. */
  readonly watched: number;
}

/** One setting's way to the target of a problem. */
export interface TimesToTarget {
  readonly name: string;
  readonly optimizer: string;
  readonly reached: number;
  readonly runs: number;
  /** Share of the runs that reached the target, with its Wilson interval. */
  readonly success: Estimate;
  readonly times: Readonly<Partial<Record<Clock, TimeEstimate>>>;
}

/**
 * The target of a problem: that of its runs where all that have one agree; else the derived one; null if there is
 * neither.
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

/** Whether a point reaches all goals at once; a value that is null or was not measured reaches nothing. */
function reaches(point: CurvePoint, { trainLoss, testLoss, testAccuracy }: Goals): boolean {
  const atMost = (value: number | null | undefined, goal: number | undefined) =>
    goal === undefined || (typeof value === 'number' && value <= goal);
  return (
    atMost(point.trainLoss, trainLoss) &&
    atMost(point.testLoss, testLoss) &&
    (testAccuracy === undefined || (point.testAccuracy ?? Number.NEGATIVE_INFINITY) >= testAccuracy)
  );
}

/** Where a run first reached the goals, after at least one step: times are above zero. */
function whereReached({ curve }: ReportRun, goals: Goals): CurvePoint | null {
  return curve.find((point) => point.iterations > 0 && reaches(point, goals)) ?? null;
}

/**
 * Times to target of a group's runs on one clock, one for each run whatever its end. A run that ended without the target
 * is censored at its end. A run that broke had no end of its own: it is censored where the longest of the group ended
 * (of the problem, if all broke), as if it had been given as long, since breaking early must not count as less waiting.
 *
 * @param longest the most that any run of the problem has on the clock.
 * @returns no time for a run where nothing was measured on the clock anywhere.
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

/** Where a run ended on a clock; 0 if it has no points. */
export const endOf = ({ curve }: ReportRun, clock: Clock): number => curve.at(-1)?.[clock] ?? 0;

/** Times as performance profiles take them: Infinity for a run that never got there. */
export const timesOrInfinity = (runs: readonly TimeToTarget[]): number[] =>
  runs.map(({ time, reached }) => (reached ? time : Number.POSITIVE_INFINITY));

/** How long the seeds of a group took to the target, on every clock given; null if no run was measured. */
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

/** The Kaplan-Meier median of times, with the percentile interval of redrawn runs (censored ones included). */
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
