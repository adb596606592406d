// A row of a leaderboard: one setting, summarized over its seeds.

import type { Iteration } from '@gaussmark/core';
import { compareNames, type Outcome, type RunGroup } from './groups.js';
import { meanEnd } from './held.js';
import type { ReportRun, RunStatus } from './schema/report-schema.js';
import { type Estimate, estimateMean, estimateMedian, type Range } from './statistics.js';

/**
 * One optimizer with its hyperparameters on one problem. Losses, accuracies and times cover the runs that count: finished
 * ones or, without any, interrupted ones. A row of broken runs has none.
 */
export interface LeaderboardRow {
  /** 1 for the best; null if the rows of the board ran under different conditions. */
  readonly rank: number | null;
  /**
   * The rank in 95 % of the resamples of the seeds, by median test loss; an unfinished run counts as the worst. null if a
   * row has a single seed, or the board one row or more than 200.
   */
  readonly rankInterval: Range | null;
  readonly name: string;
  readonly optimizer: string;
  /** The name of its inner iterations; null without an inner loop. */
  readonly iteration: Iteration | null;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly outcome: Outcome;
  /** Number of runs, one per seed, whatever their outcome. */
  readonly runs: number;
  /** Number of runs by status. */
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  /** Steps after which its runs diverged; null if none did. */
  readonly divergedAt: Range | null;
  /** Epochs done. Rows may differ: their losses are then after different amounts of work. */
  readonly epochs: Range;
  readonly iterations: Range;
  /** Work of a run in gradient-equivalents, mean over the seeds that count; null if unknown. */
  readonly work: number | null;
  /** At the end of the runs. */
  readonly trainLoss: Estimate | null;
  readonly testLoss: Estimate | null;
  /** 0 to 1. */
  readonly testAccuracy: Estimate | null;
  /** The least test loss of each run's curve. */
  readonly bestTestLoss: Estimate | null;
  /** Training clock of a run, in seconds. */
  readonly trainSeconds: Estimate | null;
  /** Median over runs of the median time of a step, in seconds. */
  readonly secondsPerStep: Estimate | null;
  /** `secondsPerStep` over that of the board's baseline. */
  readonly relativeStep: Estimate | null;
  /** Inner iterations of a step, mean over runs. */
  readonly innerIterations: Estimate | null;
  /** Median over runs of the time of one inner iteration, in seconds. */
  readonly secondsPerIteration: Estimate | null;
  /** Largest peak memory of a run, in bytes; null if not measured. */
  readonly peakBytes: number | null;
  /** Number of runs with unreliable timings. */
  readonly distrusted: number;
  /** Number of runs left out because others have the same settings and seed. */
  readonly repeats: number;
}

/** A group as a row without a rank. */
export function scoreGroup(group: RunGroup, resamples: number): LeaderboardRow {
  const { counted } = group;
  // A broken run has no final value, but it has epochs and steps.
  const timed = timedRuns(group);
  const last = (pick: (point: ReportRun['curve'][number]) => number | null | undefined) =>
    estimateMean(numbers(counted.map((run) => pickLast(run, pick))), resamples);
  const loops = timed.flatMap(({ innerLoop }) => innerLoop ?? []);
  const peaks = numbers(group.runs.map(({ peakBytes }) => peakBytes));
  return {
    rank: null,
    rankInterval: null,
    name: group.name,
    optimizer: group.optimizer,
    iteration: group.iteration,
    hyperparameters: group.hyperparameters,
    outcome: group.outcome,
    runs: group.runs.length,
    statuses: countStatuses(group.runs),
    divergedAt: divergedAt(group.runs),
    epochs: range(timed.map((run) => run.curve.at(-1)?.epoch ?? 0)),
    iterations: range(timed.map((run) => run.curve.at(-1)?.iterations ?? 0)),
    work: meanEnd(group, 'gradientEquivalents'),
    trainLoss: last((point) => point.trainLoss),
    testLoss: last((point) => point.testLoss),
    testAccuracy: last((point) => point.testAccuracy),
    bestTestLoss: estimateMean(numbers(counted.map(leastTestLoss)), resamples),
    trainSeconds: estimateMean(
      counted.map((run) => run.seconds.train),
      resamples,
    ),
    secondsPerStep: estimateMedian(stepsOf(group), resamples),
    relativeStep: null,
    innerIterations: estimateMean(
      loops.map(({ iterations }) => iterations),
      resamples,
    ),
    secondsPerIteration: estimateMedian(
      numbers(loops.map(({ secondsPerIteration }) => secondsPerIteration)),
      resamples,
    ),
    peakBytes: peaks.length === 0 ? null : peaks.reduce((most, bytes) => Math.max(most, bytes)),
    distrusted: group.runs.filter((run) => run.conditions?.distrust !== undefined).length,
    repeats: group.repeats,
  };
}

/** The runs with timings: those that count or, without any, all. */
const timedRuns = ({ counted, runs }: RunGroup): readonly ReportRun[] =>
  counted.length > 0 ? counted : runs;

/** The median step of each run of a group, in seconds. */
export const stepsOf = (group: RunGroup): number[] =>
  numbers(timedRuns(group).map((run) => run.steps.secondsMedian));

/** Ranks rows before their losses do: a lower final loss does not make up for lost seeds. */
function tier(row: LeaderboardRow): number {
  if (row.outcome === 'broken') return 3;
  if (row.outcome === 'interrupted') return 2;
  return row.testLoss?.count === row.runs ? 0 : 1;
}

const orInfinity = (estimate: Estimate | null): number => estimate?.value ?? Number.POSITIVE_INFINITY;

/** Best first. */
export function compareRows(a: LeaderboardRow, b: LeaderboardRow): number {
  if (tier(a) !== tier(b)) return tier(a) - tier(b);
  for (const loss of ['testLoss', 'trainLoss'] as const) {
    const [left, right] = [orInfinity(a[loss]), orInfinity(b[loss])];
    if (left !== right) return left < right ? -1 : 1;
  }
  return compareNames(a.name, b.name);
}

function divergedAt(runs: readonly ReportRun[]): Range | null {
  const steps = runs.flatMap(({ status, steps }) => (status === 'diverged' ? [steps.count] : []));
  return steps.length === 0 ? null : range(steps);
}

function countStatuses(runs: readonly ReportRun[]): Partial<Record<RunStatus, number>> {
  const counts: Partial<Record<RunStatus, number>> = {};
  for (const { status } of runs) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function pickLast<T>(run: ReportRun, pick: (point: ReportRun['curve'][number]) => T): T | null {
  const point = run.curve.at(-1);
  return point === undefined ? null : pick(point);
}

function leastTestLoss(run: ReportRun): number | null {
  const losses = numbers(run.curve.map((point) => point.testLoss));
  return losses.length === 0 ? null : losses.reduce((a, b) => Math.min(a, b));
}

const numbers = (values: readonly (number | null | undefined)[]): number[] =>
  values.filter((value) => value !== null && value !== undefined);

const range = (values: readonly number[]): Range => ({ min: Math.min(...values), max: Math.max(...values) });
