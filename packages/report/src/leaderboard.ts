// Scores the runs of each problem: one row per optimizer and hyperparameters, means over seeds, ranked.

import { linearRegression, mean, median } from 'simple-statistics';
import { compareNames, groupBy, groupRuns, type Outcome, type RunGroup } from './groups.js';
import type { Report, ReportProblem, ReportRun, RunStatus } from './schema.js';
import { type Estimate, estimateMean } from './statistics.js';

/** The least and the most over runs. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * One optimizer with its hyperparameters on one problem. Losses, accuracies and times are over the runs that count:
 * those that ended as intended or, if there are none, those that were interrupted; a row whose runs all broke has none.
 */
export interface LeaderboardRow {
  /** 1 for the best. */
  readonly rank: number;
  readonly name: string;
  readonly optimizer: string;
  readonly secondOrder: boolean;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly outcome: Outcome;
  /** Runs, one per seed, whatever their end. */
  readonly runs: number;
  /** How many runs ended how. */
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  /** Epochs done; rows may differ, so their losses are compared at different amounts of work. */
  readonly epochs: Range;
  readonly iterations: Range;
  /** At the last epoch. */
  readonly trainLoss: Estimate | null;
  readonly testLoss: Estimate | null;
  /** 0 to 1. */
  readonly testAccuracy: Estimate | null;
  /** The least test loss of each run's curve. */
  readonly bestTestLoss: Estimate | null;
  /** Training clock of a run, in seconds. */
  readonly trainSeconds: Estimate | null;
  /** Median over runs of the median time of a step, in seconds. */
  readonly secondsPerStep: number | null;
  /** `secondsPerStep` over that of the board's baseline. */
  readonly relativeStep: number | null;
  /** CG iterations of a step, mean over runs. */
  readonly cgIterations: number | null;
  /** Median over runs of the time of one CG iteration, in seconds. */
  readonly secondsPerCgIteration: number | null;
}

export interface Leaderboard {
  readonly problem: string;
  readonly title: string;
  readonly task: 'regression' | 'classification';
  /** Best first: rows all of whose runs finished, then those with some, then interrupted, then broken ones; by final test loss within. */
  readonly rows: readonly LeaderboardRow[];
  /** The row of the baseline optimizer with the fastest step; null if there is none. */
  readonly baseline: { readonly name: string; readonly secondsPerStep: number } | null;
  readonly contest: Contest;
  /** What a step costs by its CG iterations, per second-order optimizer with at least three rows. */
  readonly costModels: readonly CostModel[];
}

/** The best row of every optimizer, and what the first has over the second. */
export interface Contest {
  /** The best row of each optimizer whose runs finished, best first. */
  readonly entries: readonly ContestEntry[];
  /**
   * clear: the 95 % intervals of the first two final test losses are apart, with three seeds or more each (with three
   * against three, chance alone separates them one time in ten); close: they touch, or there are fewer seeds;
   * unopposed: fewer than two optimizers finished.
   */
  readonly verdict: 'clear' | 'close' | 'unopposed';
  /** Final test loss of the second over that of the first. */
  readonly ratio: number | null;
  /** The test loss that every seed of the second ended at or below; `reached` of the entries says what it took. */
  readonly target: number | null;
}

export interface ContestEntry {
  readonly row: LeaderboardRow;
  /** What the seeds that reached the target took to do so, in the mean; null without target. */
  readonly reached: {
    readonly runs: number;
    readonly iterations: number;
    readonly seconds: number;
  } | null;
}

/** relative step time = base + perIteration x CG iterations, in steps of the baseline: a least-squares line over rows. */
export interface CostModel {
  readonly optimizer: string;
  readonly base: number;
  readonly perIteration: number;
  readonly rows: number;
}

export interface LeaderboardOptions {
  /** Optimizer plugin whose fastest step is the unit of `relativeStep`. Default `sgd`. */
  readonly baseline?: string;
}

/** One leaderboard per problem of the report, in its order. Problems without runs get an empty one. */
export function leaderboards(report: Report, options: LeaderboardOptions = {}): Leaderboard[] {
  const runs = groupBy(report.runs, (run) => run.problem);
  return report.problems.map((problem) => scoreProblem(problem, runs.get(problem.name) ?? [], options));
}

function scoreProblem(
  problem: ReportProblem,
  runs: readonly ReportRun[],
  { baseline: baselineOptimizer = 'sgd' }: LeaderboardOptions,
): Leaderboard {
  const groups = groupRuns(runs);
  const unranked = groups.map(scoreGroup);
  const baseline = fastestStep(unranked.filter((row) => row.optimizer === baselineOptimizer));
  const rows = unranked.sort(compareRows).map(
    (row, index): LeaderboardRow => ({
      ...row,
      rank: index + 1,
      relativeStep:
        baseline === null || row.secondsPerStep === null
          ? null
          : row.secondsPerStep / baseline.secondsPerStep,
    }),
  );
  return {
    problem: problem.name,
    title: problem.title ?? problem.name,
    task: problem.dataset.task,
    rows,
    baseline,
    contest: holdContest(rows, groups),
    costModels: fitCosts(rows),
  };
}

function scoreGroup(group: RunGroup): LeaderboardRow {
  const { counted } = group;
  // A broken run has no final value, but it did take epochs and steps.
  const timed = counted.length > 0 ? counted : group.runs;
  const last = (pick: (point: ReportRun['curve'][number]) => number | null | undefined) =>
    estimateMean(numbers(counted.map((run) => pickLast(run, pick))));
  const cg = timed.flatMap((run) => (run.cg === undefined ? [] : [run.cg]));
  return {
    rank: 0,
    name: group.name,
    optimizer: group.optimizer,
    secondOrder: group.secondOrder,
    hyperparameters: group.hyperparameters,
    outcome: group.outcome,
    runs: group.runs.length,
    statuses: countStatuses(group.runs),
    epochs: range(timed.map((run) => run.curve.at(-1)?.epoch ?? 0)),
    iterations: range(timed.map((run) => run.curve.at(-1)?.iterations ?? 0)),
    trainLoss: last((point) => point.trainLoss),
    testLoss: last((point) => point.testLoss),
    testAccuracy: last((point) => point.testAccuracy),
    bestTestLoss: estimateMean(numbers(counted.map(leastTestLoss))),
    trainSeconds: estimateMean(counted.map((run) => run.seconds.train)),
    secondsPerStep: medianOrNull(numbers(timed.map((run) => run.steps.secondsMedian))),
    relativeStep: null,
    cgIterations: cg.length === 0 ? null : mean(cg.map(({ iterations }) => iterations)),
    secondsPerCgIteration: medianOrNull(numbers(cg.map(({ secondsPerIteration }) => secondsPerIteration))),
  };
}

/** Rank of a row before its loss counts: a lower final loss does not make up for seeds that were lost. */
function tier(row: LeaderboardRow): number {
  if (row.outcome === 'broken') return 3;
  if (row.outcome === 'interrupted') return 2;
  return row.testLoss?.count === row.runs ? 0 : 1;
}

const orInfinity = (estimate: Estimate | null): number => estimate?.mean ?? Number.POSITIVE_INFINITY;

function compareRows(a: LeaderboardRow, b: LeaderboardRow): number {
  if (tier(a) !== tier(b)) return tier(a) - tier(b);
  for (const loss of ['testLoss', 'trainLoss'] as const) {
    const [left, right] = [orInfinity(a[loss]), orInfinity(b[loss])];
    if (left !== right) return left < right ? -1 : 1;
  }
  return compareNames(a.name, b.name);
}

function fastestStep(rows: readonly LeaderboardRow[]): Leaderboard['baseline'] {
  // NaN and denormal arithmetic has its own speed, so broken rows only stand in if there are no others.
  const sound = rows.filter((row) => row.outcome !== 'broken');
  const timed = (sound.length > 0 ? sound : rows).flatMap(({ name, secondsPerStep }) =>
    secondsPerStep !== null && secondsPerStep > 0 ? [{ name, secondsPerStep }] : [],
  );
  return timed.reduce<Leaderboard['baseline']>(
    (best, row) => (best === null || row.secondsPerStep < best.secondsPerStep ? row : best),
    null,
  );
}

function holdContest(rows: readonly LeaderboardRow[], groups: readonly RunGroup[]): Contest {
  const best = [
    ...groupBy(
      rows.filter((row) => row.outcome === 'finished' && row.testLoss !== null),
      (row) => row.optimizer,
    ).values(),
  ].map((rivals) => rivals[0]!);
  const [first, second] = best;
  if (!first?.testLoss || !second?.testLoss) {
    return {
      entries: best.map((row) => ({ row, reached: null })),
      verdict: 'unopposed',
      ratio: null,
      target: null,
    };
  }
  const countedRuns = (row: LeaderboardRow) => groups.find((group) => group.name === row.name)!.counted;
  const finals = numbers(countedRuns(second).map((run) => pickLast(run, (point) => point.testLoss)));
  const target = Math.max(...finals);
  return {
    entries: best.map((row) => ({ row, reached: reach(countedRuns(row), target) })),
    verdict: apart(first.testLoss, second.testLoss) ? 'clear' : 'close',
    ratio: first.testLoss.mean > 0 ? second.testLoss.mean / first.testLoss.mean : null,
    target,
  };
}

/** Seeds that each side needs for a clear verdict. */
export const SEEDS_TO_DECIDE = 3;

function apart(a: Estimate, b: Estimate): boolean {
  if (Math.min(a.count, b.count) < SEEDS_TO_DECIDE) return false;
  if (a.low === null || a.high === null || b.low === null || b.high === null) return false;
  return a.high < b.low || b.high < a.low;
}

function reach(runs: readonly ReportRun[], target: number): ContestEntry['reached'] {
  const points = runs.flatMap((run) => {
    const point = run.curve.find(({ testLoss }) => testLoss !== null && testLoss <= target);
    return point === undefined ? [] : [point];
  });
  if (points.length === 0) return null;
  return {
    runs: points.length,
    iterations: mean(points.map((point) => point.iterations)),
    seconds: mean(points.map((point) => point.seconds)),
  };
}

function fitCosts(rows: readonly LeaderboardRow[]): CostModel[] {
  return [...groupBy(rows, (row) => row.optimizer)].flatMap(([optimizer, all]) => {
    const points = all.flatMap((row) =>
      row.cgIterations !== null && row.relativeStep !== null ? [[row.cgIterations, row.relativeStep]] : [],
    );
    if (points.length < 3 || new Set(points.map(([iterations]) => iterations)).size < 3) return [];
    const { m, b } = linearRegression(points);
    return [{ optimizer, base: b, perIteration: m, rows: points.length }];
  });
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

const medianOrNull = (values: number[]): number | null => (values.length === 0 ? null : median(values));

const range = (values: readonly number[]): Range => ({ min: Math.min(...values), max: Math.max(...values) });
