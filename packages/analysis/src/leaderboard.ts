// Leaderboards: one row per optimizer and hyperparameters, with means over seeds, ranked.

import type { Iteration, Task } from '@gaussmark/core';
import { holm, rankOptimizers } from '@gaussmark/statistics';
import { linearRegression } from 'simple-statistics';
import type { Contest } from './contest.js';
import { type Division, divisionsOf } from './divisions.js';
import { formatCount } from './format.js';
import { groupBy } from './group-by.js';
import { groupsOf, type RunGroup } from './groups.js';
import { type Held, heldEqual } from './held.js';
import { iterationWords } from './iteration-words.js';
import { compareRows, type LeaderboardRow, scoreGroup, stepsOf } from './leaderboard-row.js';
import { finalLoss } from './pairing.js';
import { type RankOverBudget, rankOverBudget } from './rank-over-budget.js';
import { remarksOf } from './remarks.js';
import type { Report, ReportProblem } from './schema/report-schema.js';
import { type OpenContest, openContest, settleContest } from './settle-contest.js';
import { type Starts, startsOf } from './starts.js';
import { BOOTSTRAP_SEED, estimateRatio, type Range, resamplesFor } from './statistics.js';
import {
  clocksOf,
  endOf,
  type ProblemTarget,
  type TimesToTarget,
  targetOf,
  timesToTarget,
} from './targets.js';

export interface Leaderboard {
  readonly problem: string;
  /** The problem's title, with the conditions of the runs if its boards differ in them. */
  readonly title: string;
  /** Why the rows have no ranks; null if they do. */
  readonly unranked: string | null;
  readonly held: Held;
  /** Whether seeds differ in their initial parameters. */
  readonly starts: Starts;
  readonly task: Task;
  /** Best first: rows with all runs finished, with some, interrupted, broken; by final test loss within each. */
  readonly rows: readonly LeaderboardRow[];
  /** The row of the baseline optimizer with the fastest step; null if there is none. */
  readonly baseline: {
    readonly name: string;
    readonly optimizer: string;
    readonly secondsPerStep: number;
  } | null;
  readonly contest: Contest;
  /** Step cost by number of inner iterations, for each optimizer with at least three rows. */
  readonly costModels: readonly CostModel[];
  /** null if the runs have no target and none can be derived. */
  readonly target: ProblemTarget | null;
  /** Times to the target of the first rows and of every optimizer's best one, in board order. */
  readonly times: readonly TimesToTarget[];
  /** The order over the budget; null unless two optimizers were evaluated by half of it. */
  readonly ranks: RankOverBudget | null;
  /** What else the curves say of the order, in sentences. */
  readonly remarks: readonly string[];
  /** Bootstrap resamples per interval. */
  readonly resamples: number;
}

/** relative step time = base + perIteration x inner iterations, in steps of the baseline: a least-squares line over rows. */
export interface CostModel {
  readonly optimizer: string;
  readonly iteration: Iteration;
  readonly base: number;
  readonly perIteration: number;
  readonly rows: number;
}

/** A leaderboard with its problem and groups of runs. */
export interface Arena {
  readonly problem: ReportProblem;
  readonly board: Leaderboard;
  readonly groups: readonly RunGroup[];
}

const scored = new WeakMap<Report, Arena[]>();

/**
 * The leaderboards of a report, in its order: one per problem, or several if runs differ in budget, number type or engine.
 * A problem without runs gets an empty one.
 */
export const leaderboards = (report: Report): Leaderboard[] => arenasOf(report).map(({ board }) => board);

/**
 * The leaderboards of a report with the groups of runs behind their rows, cached per report: do not modify a report
 * afterward.
 */
export function arenasOf(report: Report): readonly Arena[] {
  const made = scored.get(report);
  if (made !== undefined) return made;
  const baseline = baselineOf(report);
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
    board: {
      ...board,
      contest: contests[index]!,
      remarks: remarksOf(contests[index]!, byName(arena.groups), board.target, board.ranks),
    },
  }));
  scored.set(report, arenas);
  return arenas;
}

/** The optimizer whose step is the unit: the report's baseline, or the first without an inner loop. */
export const baselineOf = ({ baseline, runs }: Report): string | undefined =>
  baseline ?? (runs.find(({ innerLoop }) => innerLoop === undefined) ?? runs[0])?.optimizer;

/** Judges all problems together, correcting each p-value for the others. */
function judgeAll(contests: readonly OpenContest[]): Contest[] {
  const judged = contests.filter(({ verdict, pairing }) => verdict === 'to be judged' && pairing !== null);
  const adjusted = holm(judged.map(({ pairing }) => pairing!.pValue));
  return contests.map((contest) => {
    const index = judged.indexOf(contest);
    return settleContest(contest, {
      adjusted: index < 0 ? null : adjusted[index]!,
      comparisons: Math.max(1, judged.length),
    });
  });
}

/** Labels of skipped optimizers without a run in a division. */
function skippedOn({ skipped }: Report, { name }: ReportProblem, { groups }: Division): string[] {
  const ran = new Set(groups.map(({ optimizer }) => optimizer));
  const labels = skipped.flatMap(({ problem, optimizer }) => (problem === name ? [optimizer] : []));
  return [...new Set(labels)].filter((label) => !ran.has(label.replace(/\[.*/s, '')));
}

type OpenBoard = Omit<Leaderboard, 'contest' | 'remarks'> & { readonly contest: OpenContest };

function scoreDivision(
  problem: ReportProblem,
  { groups: all, words, unranked }: Division,
  skipped: readonly string[],
  baselineOptimizer: string | undefined,
  resamples: number,
): OpenBoard {
  const groups = byName(all);
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
  const contest = openContest(rows, groups, unranked === null, skipped);
  const target = targetOf(
    all.flatMap(({ runs }) => runs),
    contest.reachedByBoth,
  );
  const times = target === null ? [] : timeRows(rows, contest, groups, target, resamples);
  // The name may hold the requested batch size.
  const held = heldEqual(all);
  const batches =
    problem.requestedBatchSize === undefined ? [] : [`in batches of ${formatCount(problem.batchSize)}`];
  return {
    problem: problem.name,
    title: [problem.title ?? problem.name, ...batches, ...(words === '' ? [] : [words])].join(', '),
    unranked,
    held,
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
    ranks: unranked === null ? rankOverBudget(contest, groups, held) : null,
    resamples,
  };
}

const byName = (groups: readonly RunGroup[]): ReadonlyMap<string, RunGroup> =>
  new Map(groups.map((group) => [group.name, group]));

/** Rows of a problem with times to target, besides every optimizer's best. */
const MOST_TIMED_ROWS = 40;
/** Most resamples of a Kaplan-Meier curve, which costs ten times a mean. */
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

/** Rank intervals of more rows take seconds and interest nobody. */
const MOST_RANKED = 200;

/** Rank intervals on one problem, in the given order. */
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

function fastestStep(rows: readonly LeaderboardRow[]): Leaderboard['baseline'] {
  // NaN and denormal arithmetic has its own speed: use broken rows only if there are no others.
  const sound = rows.filter((row) => row.outcome !== 'broken');
  const timed = (sound.length > 0 ? sound : rows).flatMap(({ name, optimizer, secondsPerStep }) =>
    secondsPerStep !== null && secondsPerStep.value > 0
      ? [{ name, optimizer, secondsPerStep: secondsPerStep.value }]
      : [],
  );
  return timed.reduce<Leaderboard['baseline']>(
    (best, row) => (best === null || row.secondsPerStep < best.secondsPerStep ? row : best),
    null,
  );
}

function fitCosts(rows: readonly LeaderboardRow[]): CostModel[] {
  return [...groupBy(rows, (row) => row.optimizer)].flatMap(([optimizer, all]) => {
    // A step timed while others used the machine says little about the cost of an iteration.
    const points = all.flatMap((row) =>
      row.innerIterations !== null && row.relativeStep !== null && row.distrusted === 0
        ? [[row.innerIterations.value, row.relativeStep.value]]
        : [],
    );
    if (points.length < 3 || new Set(points.map(([iterations]) => iterations)).size < 3) return [];
    const { m, b } = linearRegression(points);
    const iteration = iterationWords(all.map((row) => row.iteration));
    return [{ optimizer, iteration, base: b, perIteration: m, rows: points.length }];
  });
}
