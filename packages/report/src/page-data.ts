// The data embedded in a page: leaderboards, tables, curves averaged over seeds and thinned, one row per run.

import {
  type Arena,
  arenasOf,
  type CurvePoint,
  conditionWords,
  contestTests,
  contestTestTable,
  groupBy,
  type InnerLoopProblem,
  innerLoopsOf,
  type Leaderboard,
  type Outcome,
  outcomeOf,
  overallVerdict,
  type ProfileSet,
  type Profiles,
  profileNotes,
  profilesOf,
  profileTable,
  type Report,
  type ReportEnvironment,
  type ReportProblem,
  type ReportRun,
  type ReportSkip,
  type Reproduction,
  type RunGroup,
  type RunStatus,
  rankTable,
  reproductions,
  runWarnings,
  type Standing,
  scoreTable,
  speedupTable,
  standingsOf,
  type TimingSuite,
  timingWarnings,
} from '@gaussmark/analysis';
import type { NotedTable, TextTable } from '@gaussmark/analysis/words';
import { badgeOf, formatCommand, verdictOf } from '@gaussmark/analysis/words';
import { defined, type Iteration } from '@gaussmark/core';
import { median } from 'simple-statistics';
import { innerLoopTable } from './inner-loop-table.js';
import { notesOf } from './leaderboard-table.js';
import { type PackedRows, packRows } from './packed-rows.js';
import { reproductionTally } from './reproduction-table.js';
import { targetTable } from './target-table.js';
import { thin } from './thinning.js';
import { type TunedOptimizer, tunedOptimizers } from './tuned-optimizers.js';
import { type TunedProblem, tunedProblems } from './tuning-table.js';
import { withVisibleTexts } from './visible-texts.js';

/** Points of all curves together, shared equally, to keep the page small. */
const POINT_BUDGET = 16_000;
const MOST_POINTS = 400;
const FEWEST_POINTS = 24;
/** Per problem: the best settings of every optimizer. */
const MOST_CURVES = 40;
const MOST_CURVES_IN_ALL = 400;

type Values = readonly (number | null)[];

/** A quantity along a curve: mean and extremes over seeds; a single seed has no extremes. */
export interface Band {
  readonly mean: Values;
  readonly low?: Values;
  readonly high?: Values;
}

/** Seeds that broke at the same epoch. */
export interface Break {
  readonly status: RunStatus;
  /** Last epoch with finite losses; 0 without any. */
  readonly epoch: number;
  readonly seeds: number;
}

/** The curves of one row of a leaderboard; arrays have one element per kept epoch. */
export interface PageSeries {
  readonly name: string;
  readonly optimizer: string;
  readonly iteration: Iteration | null;
  readonly outcome: Outcome;
  readonly epoch: readonly number[];
  readonly iterations: readonly number[];
  /** Mean training clock over seeds. */
  readonly seconds: readonly number[];
  /** Work so far; absent unless every point counts it. */
  readonly gradientEquivalents?: readonly number[];
  /** Seeds averaged. */
  readonly seeds: readonly number[];
  readonly trainLoss: Band;
  readonly testLoss: Band;
  readonly testAccuracy?: Band;
  /** Metrics of steps, by name: means since the previous point. */
  readonly metrics: Readonly<Record<string, Values>>;
  readonly breaks: readonly Break[];
  readonly steps: PageSteps | null;
}

/** Times of a step in seconds: medians over seeds. */
export interface PageSteps {
  readonly median: number;
  readonly p10: number | null;
  readonly p90: number | null;
}

/** A type, not an interface: packed rows are records. */
export type PageRun = {
  readonly problem: string;
  readonly name: string;
  readonly seed: number;
  readonly status: RunStatus;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly epochs: number;
  readonly trainLoss: number | null;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  readonly secondsPerStep: number | null;
  readonly innerIterations: number | null;
  readonly trainSeconds: number;
  readonly totalSeconds: number;
  /** Peak memory, in bytes. */
  readonly peakBytes: number | null;
  /** Training clock at its own target; null if never reached, absent without a target. */
  readonly reachedAt?: number | null;
  /** Why not to trust its timings. */
  readonly distrust?: string;
};

export interface PageProblem {
  readonly facts: ReportProblem;
  readonly board: Leaderboard;
  readonly verdict: string;
  /** A short form of the verdict. */
  readonly badge: string;
  readonly notes: readonly string[];
  /** Times to the target; null without one. */
  readonly times: NotedTable | null;
  /** In the order of the groups, those with an inner loop first. */
  readonly series: readonly PageSeries[];
  /** Rows of the board whose curves were left out. */
  readonly omittedCurves: number;
}

/** The verdict over all problems. */
export interface PageStandings {
  readonly sentences: readonly string[];
  readonly speedups: readonly NotedTable[];
  readonly ranks: NotedTable | null;
  readonly difference: Standing | null;
}

export interface PageProfiles extends Omit<Profiles, 'sets'> {
  readonly sets: readonly (ProfileSet & { readonly table: TextTable })[];
  readonly scores: TextTable;
  readonly notes: readonly string[];
}

export interface PageReproduction {
  readonly title: string;
  readonly source: string;
  readonly tally: ReturnType<typeof reproductionTally>;
  readonly problems: readonly Reproduction[];
}

export interface PageInnerLoop extends InnerLoopProblem {
  /** Of its problem on the page. */
  readonly index: number;
  readonly table: TextTable;
}

export interface PageData {
  readonly title: string;
  readonly created: string;
  readonly tool: Report['tool'];
  readonly profile: string | null;
  /** Quoted for a shell. */
  readonly command: string;
  readonly environment: ReportEnvironment;
  /** Known conditions of the machine. */
  readonly conditions: readonly string[];
  /** Why timings should not be compared. */
  readonly warnings: readonly string[];
  readonly problems: readonly PageProblem[];
  /** null if there is nothing to say over several problems. */
  readonly standings: PageStandings | null;
  /** The best optimizer of each problem against the runner-up; null if nothing could be paired. */
  readonly contests: NotedTable | null;
  readonly profiles: PageProfiles | null;
  readonly innerLoops: readonly PageInnerLoop[];
  /** Hyperparameter searches. */
  readonly tuned: readonly TunedOptimizer[];
  /** Results of tuned against untuned optimizers. */
  readonly tunedResults: readonly TunedProblem[];
  readonly reproduction: PageReproduction | null;
  readonly timing: readonly TimingSuite[];
  /** Packed `PageRun`s. */
  readonly runs: PackedRows;
  readonly skipped: readonly ReportSkip[];
  /** Most points per curve; null if no curve was thinned. */
  readonly thinnedTo: number | null;
}

export function pageData(original: Report): PageData {
  const report = withVisibleTexts(original);
  const arenas = arenasOf(report);
  const groups = arenas.map((arena) => arena.groups);
  const boards = arenas.map(({ board }) => board);
  const curvesEach = Math.max(
    1,
    Math.min(MOST_CURVES, Math.floor(MOST_CURVES_IN_ALL / Math.max(1, boards.length))),
  );
  const drawn = groups.map((all, index) => withCurves(all, boards[index]!, curvesEach));
  const curves = drawn.reduce((sum, { length }) => sum + length, 0);
  const limit = Math.min(
    MOST_POINTS,
    Math.max(FEWEST_POINTS, Math.floor(POINT_BUDGET / Math.max(1, curves))),
  );
  const longest = report.runs.reduce((most, run) => Math.max(most, run.curve.length), 0);
  return {
    title: report.title,
    created: report.created,
    tool: report.tool,
    profile: report.profile ?? null,
    command: formatCommand(original.command),
    environment: report.environment,
    conditions: conditionWords(report.environment),
    warnings: [...runWarnings(report), ...timingWarnings(report)],
    problems: arenas.map(({ problem: facts, board }, index) => ({
      facts,
      board,
      verdict: verdictOf(board),
      badge: badgeOf(board),
      notes: notesOf(board),
      times: targetTable(board),
      series: drawn[index]!.map((group) => averageGroup(group, limit)),
      omittedCurves: groups[index]!.length - drawn[index]!.length,
    })),
    standings: pageStandings(report, arenas),
    contests: contestTestTable(contestTests(boards)),
    profiles: pageProfiles(arenas),
    innerLoops: boards
      .map((board, index) => ({ ...innerLoopsOf(board, groups[index]!), index }))
      .filter(({ rows }) => rows.length > 0)
      .map((problem) => ({ ...problem, table: innerLoopTable(problem) })),
    tuned: tunedOptimizers(report),
    tunedResults: tunedProblems(report),
    reproduction: pageReproduction(report),
    timing: report.timing ?? [],
    runs: packRows(groups.flat().flatMap((group) => group.runs.map((run) => pageRun(run, group.name)))),
    skipped: report.skipped,
    thinnedTo: longest > limit ? limit : null,
  };
}

/** The groups that get curves: the best rows of each optimizer in turn. */
function withCurves(groups: readonly RunGroup[], { rows }: Leaderboard, most: number): RunGroup[] {
  if (groups.length <= most) return [...groups];
  const lanes = [...groupBy(rows, ({ optimizer }) => optimizer).values()];
  const longest = lanes.reduce((length, lane) => Math.max(length, lane.length), 0);
  // The first of each optimizer, then the second of each, ...
  const inTurn = Array.from({ length: longest }, (_, place) => lanes.flatMap((lane) => lane[place] ?? []));
  const kept = new Set(
    inTurn
      .flat()
      .slice(0, most)
      .map(({ name }) => name),
  );
  return groups.filter(({ name }) => kept.has(name));
}

function pageStandings(report: Report, arenas: readonly Arena[]): PageStandings | null {
  const standings = standingsOf(report, arenas);
  const sentences = overallVerdict(
    standings,
    arenas.map(({ board }) => board),
  );
  if (sentences.length === 0) return null;
  return {
    sentences,
    speedups: standings?.speedups.map((set) => speedupTable(standings, set)) ?? [],
    ranks: standings && rankTable(standings),
    difference: standings?.difference ?? null,
  };
}

function pageProfiles(arenas: readonly Arena[]): PageProfiles | null {
  const profiles = profilesOf(arenas);
  if (profiles === null) return null;
  return {
    ...profiles,
    grid: profiles.grid.map(round),
    sets: profiles.sets.map((set) => ({ ...set, table: profileTable(profiles, set) })),
    scores: scoreTable(profiles),
    notes: profileNotes(profiles),
  };
}

function pageReproduction(report: Report): PageReproduction | null {
  const problems = reproductions(report);
  if (report.published === undefined || problems.length === 0) return null;
  const { title, source } = report.published;
  return { title, source, tally: reproductionTally(problems), problems };
}

/**
 * Mean curves over the counted seeds, per epoch; seeds that ended earlier drop out of the mean and of `seeds`. A broken
 * group averages all of its seeds.
 */
function averageGroup(group: RunGroup, limit: number): PageSeries {
  const runs = group.counted.length > 0 ? group.counted : group.runs;
  const byEpoch = [
    ...groupBy(
      runs.flatMap((run) => run.curve),
      ({ epoch }) => epoch,
    ),
  ].sort(([a], [b]) => a - b);
  // Thinning considers both loss charts: the sum of the logarithms over epochs.
  const heights = byEpoch.map(([, points]) => logMean(points, 'trainLoss') + logMean(points, 'testLoss'));
  const kept = thin(
    byEpoch.map(([epoch]) => epoch),
    heights,
    limit,
  ).map((index) => byEpoch[index]!);
  const column = (pick: (point: CurvePoint) => number | null | undefined): Band =>
    band(kept.map(([, points]) => points.map(pick)));
  const metrics = [
    ...new Set(runs.flatMap(({ curve }) => curve.flatMap((point) => Object.keys(point.metrics ?? {})))),
  ];
  const counted = kept.every(([, points]) =>
    points.every(({ gradientEquivalents }) => gradientEquivalents !== undefined),
  );
  const classified = runs.some(({ curve }) => curve.some(({ testAccuracy }) => testAccuracy !== undefined));
  return {
    name: group.name,
    optimizer: group.optimizer,
    iteration: group.iteration,
    outcome: group.outcome,
    epoch: kept.map(([epoch]) => epoch),
    iterations: column((point) => point.iterations).mean.map((value) => Math.round(value!)),
    seconds: column((point) => point.seconds).mean.map((value) => value!),
    ...(counted && {
      gradientEquivalents: column((point) => point.gradientEquivalents).mean.map((value) => value!),
    }),
    seeds: kept.map(([, points]) => points.length),
    trainLoss: column((point) => point.trainLoss),
    testLoss: column((point) => point.testLoss),
    ...(classified && { testAccuracy: column((point) => point.testAccuracy) }),
    metrics: Object.fromEntries(metrics.map((name) => [name, column((point) => point.metrics?.[name]).mean])),
    breaks: breaksOf(group),
    steps: stepsOf(group),
  };
}

function logMean(points: readonly CurvePoint[], loss: 'trainLoss' | 'testLoss'): number {
  const values = points.flatMap((point) => (point[loss] !== null && point[loss] > 0 ? [point[loss]] : []));
  return values.length === 0 ? 0 : Math.log(values.reduce((a, b) => a + b, 0) / values.length);
}

function band(columns: readonly (readonly (number | null | undefined)[])[]): Band {
  const known = columns.map((values) => values.filter((value) => value !== null && value !== undefined));
  const each = (reduce: (values: readonly number[]) => number) =>
    known.map((values) => (values.length === 0 ? null : round(reduce(values))));
  const mean = each((values) => values.reduce((a, b) => a + b, 0) / values.length);
  if (known.every(({ length }) => length < 2)) return { mean };
  return {
    mean,
    low: each((values) => values.reduce((a, b) => Math.min(a, b))),
    high: each((values) => values.reduce((a, b) => Math.max(a, b))),
  };
}

/** Five significant digits suffice for a screen, in a third of the bytes. */
const round = (value: number): number => Number(value.toPrecision(5));

function breaksOf(group: RunGroup): Break[] {
  const broken = group.runs
    .filter((run) => outcomeOf(run) === 'broken')
    .map((run) => ({ status: run.status, epoch: lastFiniteEpoch(run) }));
  return [...groupBy(broken, ({ status, epoch }) => `${status} ${epoch}`).values()].map((same) => ({
    ...same[0]!,
    seeds: same.length,
  }));
}

const lastFiniteEpoch = (run: ReportRun): number =>
  run.curve.findLast(({ trainLoss, testLoss }) => trainLoss !== null && testLoss !== null)?.epoch ?? 0;

function stepsOf({ counted, runs }: RunGroup): PageSteps | null {
  const timed = counted.length > 0 ? counted : runs;
  const middle = (pick: (steps: ReportRun['steps']) => number | null | undefined): number | null => {
    const values = timed
      .map(({ steps }) => pick(steps))
      .filter((value) => value !== null && value !== undefined);
    return values.length === 0 ? null : round(median(values));
  };
  const typical = middle(({ secondsMedian }) => secondsMedian);
  return typical === null
    ? null
    : {
        median: typical,
        p10: middle(({ secondsP10 }) => secondsP10),
        p90: middle(({ secondsP90 }) => secondsP90),
      };
}

function pageRun(run: ReportRun, name: string): PageRun {
  const last = run.curve.at(-1);
  return {
    problem: run.problem,
    name,
    seed: run.seed,
    status: run.status,
    outcome: outcomeOf(run),
    reason: run.reason ?? null,
    epochs: last?.epoch ?? 0,
    trainLoss: last?.trainLoss ?? null,
    testLoss: last?.testLoss ?? null,
    testAccuracy: last?.testAccuracy ?? null,
    secondsPerStep: run.steps.secondsMedian,
    innerIterations: run.innerLoop?.iterations ?? null,
    trainSeconds: run.seconds.train,
    totalSeconds: run.seconds.total,
    peakBytes: run.peakBytes ?? null,
    ...defined({
      reachedAt: run.target && (run.target.reached?.seconds ?? null),
      distrust: run.conditions?.distrust,
    }),
  };
}
