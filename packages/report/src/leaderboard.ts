// Scores the runs of each problem: one row per optimizer and hyperparameters, means over seeds, ranked.

import { holm, rankOptimizers } from '@gaussmark/statistics';
import { linearRegression } from 'simple-statistics';
import type { Contest } from './contest.js';
import { type Division, divisionsOf } from './divisions.js';
import { groupBy } from './group-by.js';
import { compareNames, groupsOf, type Outcome, type RunGroup } from './groups.js';
import { type Held, heldEqual, meanEnd } from './held.js';
import { holdContest, judge, type OpenContest } from './hold-contest.js';
import { finalLoss } from './pairing.js';
import type { Report, ReportProblem, ReportRun, RunStatus } from './schema.js';
import { type Starts, startsOf } from './starts.js';
import {
  BOOTSTRAP_SEED,
  type Estimate,
  estimateMean,
  estimateMedian,
  estimateRatio,
  resamplesFor,
} from './statistics.js';
import {
  clocksOf,
  endOf,
  type ProblemTarget,
  type TimesToTarget,
  targetOf,
  timesToTarget,
} from './targets.js';

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
  /** 1 for the best; null where the rows of the board were run under different conditions. */
  readonly rank: number | null;
  /**
   * Where the rank lies in 95 % of the resamples of the seeds, by the median test loss over seeds; a run that did not
   * finish counts as the worst. null where a row of the board has one seed only, there is nothing to rank against, or
   * the board has more than 200 rows.
   */
  readonly rankInterval: Range | null;
  readonly name: string;
  readonly optimizer: string;
  readonly secondOrder: boolean;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly outcome: Outcome;
  /** Runs, one per seed, whatever their end. */
  readonly runs: number;
  /** How many runs ended how. */
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  /** Where its diverged runs broke, in steps; null if none diverged. */
  readonly divergedAt: Range | null;
  /** Epochs done; rows may differ, so their losses are compared at different amounts of work. */
  readonly epochs: Range;
  readonly iterations: Range;
  /** Work of a run in gradient-equivalents, mean over the seeds that count; null where it was not counted. */
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
  /** CG iterations of a step, mean over runs. */
  readonly cgIterations: Estimate | null;
  /** Median over runs of the time of one CG iteration, in seconds. */
  readonly secondsPerCgIteration: Estimate | null;
  /** The most memory that a run took, in bytes; null where it was not measured. */
  readonly peakBytes: number | null;
  /** Runs whose timings should not be trusted. */
  readonly distrusted: number;
  /** Runs that were left out, as others have the same settings and seed. */
  readonly repeats: number;
}

export interface Leaderboard {
  readonly problem: string;
  /** Of the problem, with the conditions of the runs where those of other boards differ. */
  readonly title: string;
  /** Why the rows have no ranks; null if they do. */
  readonly unranked: string | null;
  readonly held: Held;
  /** Whether seeds differ in their initial parameters. */
  readonly starts: Starts;
  readonly task: 'regression' | 'classification';
  /** Best first: rows all of whose runs finished, then those with some, then interrupted, then broken ones; by final test loss within. */
  readonly rows: readonly LeaderboardRow[];
  /** The row of the baseline optimizer with the fastest step; null if there is none. */
  readonly baseline: { readonly name: string; readonly secondsPerStep: number } | null;
  readonly contest: Contest;
  /** What a step costs by its CG iterations, per second-order optimizer with at least three rows. */
  readonly costModels: readonly CostModel[];
  /** What the runs are timed to; null if they have no target and none can be derived. */
  readonly target: ProblemTarget | null;
  /** Times to the target: of the best of every optimizer and of the first rows, in the order of the board. */
  readonly times: readonly TimesToTarget[];
  /** Resamples of each interval. */
  readonly resamples: number;
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

/** A leaderboard with what it was made from. */
export interface Arena {
  readonly problem: ReportProblem;
  readonly board: Leaderboard;
  readonly groups: readonly RunGroup[];
}

const scored = new WeakMap<Report, Map<string, Arena[]>>();

/**
 * The leaderboards of a report: one for each problem, in its order, or several where its runs had different budgets, number
 * types or engines. Problems without runs get an empty one.
 */
export const leaderboards = (report: Report, options: LeaderboardOptions = {}): Leaderboard[] =>
  arenasOf(report, options).map(({ board }) => board);

/**
 * The leaderboards of a report with the groups of runs behind their rows. They are made once, as every file of the report
 * shows them, so a report must not be changed after it was scored.
 */
export function arenasOf(report: Report, { baseline = 'sgd' }: LeaderboardOptions = {}): readonly Arena[] {
  const known = scored.get(report) ?? new Map<string, Arena[]>();
  scored.set(report, known);
  const made = known.get(baseline);
  if (made !== undefined) return made;
  const groups = groupsOf(report);
  const resamples = resamplesFor(report.runs.length);
  const open = report.problems.flatMap((problem) =>
    divisionsOf(groups.get(problem.name) ?? []).map((division) => ({
      problem,
      groups: division.groups,
      board: scoreDivision(problem, division, skippedOn(report, problem, division), baseline, resamples),
    })),
  );
  const contests = judgeAll(open.map(({ board }) => board.contest));
  const arenas = open.map(({ board, ...arena }, index) => ({
    ...arena,
    board: { ...board, contest: contests[index]! },
  }));
  known.set(baseline, arenas);
  return arenas;
}

/** The verdicts of all problems together: each p-value is corrected for the others. */
function judgeAll(contests: readonly OpenContest[]): Contest[] {
  const judged = contests.filter(({ verdict, pairing }) => verdict === 'to be judged' && pairing !== null);
  const adjusted = holm(judged.map(({ pairing }) => pairing!.pValue));
  return contests.map((contest) => {
    const index = judged.indexOf(contest);
    return judge(contest, {
      adjusted: index < 0 ? null : adjusted[index]!,
      comparisons: Math.max(1, judged.length),
    });
  });
}

/** Labels of skipped optimizers that have no run in a division. */
function skippedOn({ skipped }: Report, { name }: ReportProblem, { groups }: Division): string[] {
  const ran = new Set(groups.map(({ optimizer }) => optimizer));
  const labels = skipped.flatMap(({ problem, optimizer }) => (problem === name ? [optimizer] : []));
  return [...new Set(labels)].filter((label) => !ran.has(label.replace(/\[.*/s, '')));
}

type OpenBoard = Omit<Leaderboard, 'contest'> & { readonly contest: OpenContest };

function scoreDivision(
  problem: ReportProblem,
  { groups: all, words, unranked }: Division,
  skipped: readonly string[],
  baselineOptimizer: string,
  resamples: number,
): OpenBoard {
  const groups = new Map(all.map((group) => [group.name, group]));
  const scores = all.map((group) => scoreGroup(group, resamples));
  const baseline = fastestStep(scores.filter((row) => row.optimizer === baselineOptimizer));
  const baselineSteps = baseline === null ? [] : stepsOf(groups.get(baseline.name)!);
  const sorted = scores.sort(compareRows);
  const ranges =
    unranked === null
      ? rankIntervals(
          sorted.map(({ name }) => groups.get(name)!),
          resamples,
        )
      : sorted.map(() => null);
  const rows = sorted.map(
    (row, index): LeaderboardRow => ({
      ...row,
      rank: unranked === null ? index + 1 : null,
      rankInterval: ranges[index]!,
      relativeStep: estimateRatio(stepsOf(groups.get(row.name)!), baselineSteps, resamples),
    }),
  );
  const contest = holdContest(rows, groups, unranked === null, skipped);
  const target = targetOf(
    all.flatMap(({ runs }) => runs),
    contest.reachedByBoth,
  );
  const times = target === null ? [] : timeRows(rows, contest, groups, target, resamples);
  const title = problem.title ?? problem.name;
  return {
    problem: problem.name,
    title: words === '' ? title : `${title}, ${words}`,
    unranked,
    held: heldEqual(all),
    starts: startsOf(all.flatMap(({ runs }) => runs)),
    task: problem.dataset.task,
    rows,
    baseline,
    contest: {
      ...contest,
      entries: contest.entries.map(({ row }) => ({
        row,
        reached: times.find(({ name }) => name === row.name) ?? null,
      })),
    },
    costModels: fitCosts(rows),
    target,
    times,
    resamples,
  };
}

/** Rows of a problem whose times to target are estimated, beside the best of every optimizer. */
const MOST_TIMED_ROWS = 40;
/** Kaplan-Meier curves are redrawn at most so often: they cost ten times a mean. */
export const MOST_TIME_RESAMPLES = 500;

function timeRows(
  rows: readonly LeaderboardRow[],
  { entries }: Pick<Contest, 'entries'>,
  groups: ReadonlyMap<string, RunGroup>,
  target: ProblemTarget,
  resamples: number,
): TimesToTarget[] {
  const best = new Set(entries.map(({ row }) => row.name));
  const runs = [...groups.values()].flatMap((group) => group.runs);
  const clocks = clocksOf(runs).map((clock) => ({
    clock,
    longest: runs.reduce((most, run) => Math.max(most, endOf(run, clock)), 0),
  }));
  return rows
    .filter(({ name }, index) => index < MOST_TIMED_ROWS || best.has(name))
    .flatMap(({ name }) => {
      const times = timesToTarget(
        groups.get(name)!,
        target,
        clocks,
        Math.min(resamples, MOST_TIME_RESAMPLES),
      );
      return times === null ? [] : [times];
    });
}

function scoreGroup(group: RunGroup, resamples: number): LeaderboardRow {
  const { counted } = group;
  // A broken run has no final value, but it did take epochs and steps.
  const timed = timedRuns(group);
  const last = (pick: (point: ReportRun['curve'][number]) => number | null | undefined) =>
    estimateMean(numbers(counted.map((run) => pickLast(run, pick))), resamples);
  const cg = timed.flatMap((run) => (run.cg === undefined ? [] : [run.cg]));
  const peaks = numbers(group.runs.map(({ peakBytes }) => peakBytes));
  return {
    rank: null,
    rankInterval: null,
    name: group.name,
    optimizer: group.optimizer,
    secondOrder: group.secondOrder,
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
    cgIterations: estimateMean(
      cg.map(({ iterations }) => iterations),
      resamples,
    ),
    secondsPerCgIteration: estimateMedian(
      numbers(cg.map(({ secondsPerIteration }) => secondsPerIteration)),
      resamples,
    ),
    peakBytes: peaks.length === 0 ? null : peaks.reduce((most, bytes) => Math.max(most, bytes)),
    distrusted: group.runs.filter((run) => run.conditions?.distrust !== undefined).length,
    repeats: group.repeats,
  };
}

/** The runs whose work is measured: those that count or, if there are none, all. */
const timedRuns = ({ counted, runs }: RunGroup): readonly ReportRun[] =>
  counted.length > 0 ? counted : runs;

/** The median step of each run of a group, in seconds. */
const stepsOf = (group: RunGroup): number[] =>
  numbers(timedRuns(group).map((run) => run.steps.secondsMedian));

/** Of more rows than this nobody reads where the rank of one could be, and it takes seconds to know. */
const MOST_RANKED = 200;

/** Intervals of ranks on one problem, in the order given. */
function rankIntervals(groups: readonly RunGroup[], resamples: number): (Range | null)[] {
  if (groups.length < 2 || groups.length > MOST_RANKED) return groups.map(() => null);
  const ranked = rankOptimizers(
    groups.map(({ name, runs }) => ({ optimizer: name, results: [runs.map(finalLoss)] })),
    { resamples, seed: BOOTSTRAP_SEED },
  );
  return ranked.map(({ rank: { interval } }) =>
    interval === null ? null : { min: Math.floor(interval.low), max: Math.ceil(interval.high) },
  );
}

/** Rank of a row before its loss counts: a lower final loss does not make up for seeds that were lost. */
function tier(row: LeaderboardRow): number {
  if (row.outcome === 'broken') return 3;
  if (row.outcome === 'interrupted') return 2;
  return row.testLoss?.count === row.runs ? 0 : 1;
}

const orInfinity = (estimate: Estimate | null): number => estimate?.value ?? Number.POSITIVE_INFINITY;

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
    secondsPerStep !== null && secondsPerStep.value > 0
      ? [{ name, secondsPerStep: secondsPerStep.value }]
      : [],
  );
  return timed.reduce<Leaderboard['baseline']>(
    (best, row) => (best === null || row.secondsPerStep < best.secondsPerStep ? row : best),
    null,
  );
}

function fitCosts(rows: readonly LeaderboardRow[]): CostModel[] {
  return [...groupBy(rows, (row) => row.optimizer)].flatMap(([optimizer, all]) => {
    // A step timed while others used the machine says little of what a CG iteration costs.
    const points = all.flatMap((row) =>
      row.cgIterations !== null && row.relativeStep !== null && row.distrusted === 0
        ? [[row.cgIterations.value, row.relativeStep.value]]
        : [],
    );
    if (points.length < 3 || new Set(points.map(([iterations]) => iterations)).size < 3) return [];
    const { m, b } = linearRegression(points);
    return [{ optimizer, base: b, perIteration: m, rows: points.length }];
  });
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
