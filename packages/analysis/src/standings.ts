// Standings over the problems of a report: speedups over a reference, and critical differences of final losses.

import {
  type CriticalDifference,
  criticalDifference,
  holm,
  type ProblemSpeedup,
  type ProblemTime,
  pairsNeeded,
  signedRankTest,
  speedupOver,
} from '@gaussmark/statistics';
import { median } from 'simple-statistics';
import { boardNames } from './board-names.js';
import type { Clock } from './clock.js';
import { finishedOf } from './contest.js';
import { type Arena, baselineOf, type Leaderboard } from './leaderboard.js';
import { finalLoss } from './pairing.js';
import type { Report } from './schema/report-schema.js';
import { type Evidence, type Separation, SIGNIFICANT, separationOf } from './separation.js';
import type { Estimate } from './statistics.js';

/** An optimizer at its best setting of each problem, against the reference at its own. */
export interface SpeedupRow {
  readonly optimizer: string;
  /** By problem; null where both missed the target, or one did not run. */
  readonly problems: readonly (ProblemSpeedup | null)[];
  /** Geometric mean over the problems; null without any. */
  readonly mean: Estimate | null;
  /** What the problems say about it and the reference. */
  readonly evidence: Evidence;
  readonly separation: Separation;
}

export interface SpeedupSet {
  readonly clock: SpeedupClock;
  /** Largest mean first; the reference is not among them. */
  readonly rows: readonly SpeedupRow[];
}

export type SpeedupClock = Extract<Clock, 'seconds' | 'gradientEquivalents'>;

/** Final losses over the problems on which all optimizers ran under equal conditions. */
export interface Standing extends CriticalDifference {
  /** By index in the other fields. */
  readonly optimizers: readonly string[];
  readonly problems: number;
}

export interface Standings {
  /** The report's baseline. */
  readonly reference: string;
  /** Names of the problems with a target, in report order. */
  readonly problems: readonly string[];
  /** Time, then work. */
  readonly speedups: readonly SpeedupSet[];
  /** null with fewer than three optimizers or two such problems. */
  readonly difference: Standing | null;
}

/** Whose speedup is computed. */
const SPEEDUP_CLOCKS: readonly SpeedupClock[] = ['seconds', 'gradientEquivalents'];

/**
 * The standings of a report; null unless its baseline and another optimizer ran on two problems with a target.
 *
 * Times are Kaplan-Meier medians over seeds. A target missed by half of the seeds or more counts by {@link speedupOver}'s rule. An
 * optimizer differs from the reference by the one rule of {@link separationOf}, with problems in the place of seeds: whether the
 * interval of the mean over problems excludes 1, and Wilcoxon's test of the log speedups with Holm's correction over the optimizers.
 */
export function standingsOf(report: Report, arenas: readonly Arena[]): Standings | null {
  const reference = baselineOf(report);
  const boards = arenas.flatMap(({ board }) => (board.target === null ? [] : [board]));
  const optimizers = optimizersOf(boards);
  if (reference === undefined || boards.length < 2 || !optimizers.includes(reference)) return null;
  const others = optimizers.filter((optimizer) => optimizer !== reference);
  const speedups = SPEEDUP_CLOCKS.flatMap((clock): SpeedupSet[] => {
    const rows = speedupRows(clock, boards, reference, others);
    return rows.every(({ mean }) => mean === null) ? [] : [{ clock, rows }];
  });
  if (speedups.length === 0) return null;
  return { reference, problems: boards.map(boardNames(boards)), speedups, difference: standing(arenas) };
}

const optimizersOf = (boards: readonly Leaderboard[]): string[] => [
  ...new Set(boards.flatMap(({ contest }) => contest.entries.map(({ row }) => row.optimizer))),
];

function speedupRows(
  clock: SpeedupClock,
  boards: readonly Leaderboard[],
  reference: string,
  others: readonly string[],
): SpeedupRow[] {
  const found = others.map((optimizer) => {
    const both = boards.map((board) => [timeOf(board, reference, clock), timeOf(board, optimizer, clock)]);
    const ran = both.map(([theirs, own]) => theirs !== null && own !== null);
    const known = both.filter((_, p) => ran[p]);
    const { problems, mean } = speedupOver(
      known.map(([theirs]) => theirs!),
      known.map(([, own]) => own!),
    );
    const values = [...problems];
    const logs = problems.flatMap((problem) => (problem === null ? [] : [Math.log(problem.value)]));
    const test = logs.length === 0 ? null : signedRankTest(logs);
    return { optimizer, problems: ran.map((did) => (did ? values.shift()! : null)), mean, logs, test };
  });
  const tested = found.filter(({ test }) => test !== null);
  const adjusted = holm(tested.map(({ test }) => test!.pValue));
  const rows = found.map(({ optimizer, problems, mean, logs, test }): SpeedupRow => {
    const ahead = mean === null || mean.value >= 1 ? 1 : -1;
    const comparisons = Math.max(1, tested.length);
    const needed = pairsNeeded(logs, { alpha: SIGNIFICANT / comparisons });
    const evidence: Evidence = {
      intervalsApart: mean?.interval != null && (mean.interval.low > 1 || mean.interval.high < 1),
      effect: test === null ? null : ahead * test.rankBiserial,
      pairs: logs.length,
      adjusted: test === null ? null : adjusted[tested.findIndex((each) => each.optimizer === optimizer)]!,
      comparisons,
      ...(needed !== null && { needed }),
    };
    return {
      optimizer,
      problems,
      mean: mean && {
        value: mean.value,
        low: mean.interval?.low ?? null,
        high: mean.interval?.high ?? null,
        count: mean.count,
      },
      evidence,
      separation: separationOf(evidence),
    };
  });
  return rows.sort((a, b) => (b.mean?.value ?? 0) - (a.mean?.value ?? 0));
}

/** The median time to target of an optimizer's best setting; null if it did not run. */
function timeOf({ contest }: Leaderboard, optimizer: string, clock: SpeedupClock): ProblemTime | null {
  const times = contest.entries.find(({ row }) => row.optimizer === optimizer)?.reached?.times[clock];
  return times === undefined ? null : { time: times.median, observed: times.watched };
}

function standing(arenas: readonly Arena[]): Standing | null {
  const ranked = arenas.filter(
    ({ board }) => board.unranked === null && finishedOf(board.contest).length > 0,
  );
  const optimizers = optimizersOf(ranked.map(({ board }) => board));
  const lossesOf = ({ board, groups }: Arena) =>
    optimizers.map((optimizer) => {
      const best = board.contest.entries.find(({ row }) => row.optimizer === optimizer);
      const group = groups.find(({ name }) => name === best?.row.name);
      return group === undefined ? null : medianOf(group.runs.map(finalLoss));
    });
  const shared = ranked.map(lossesOf).flatMap((losses) => {
    const known = losses.filter((loss) => loss !== null && loss > 0);
    return known.length < losses.length ? [] : [known as number[]];
  });
  if (optimizers.length < 3 || shared.length < 2) return null;
  const results = optimizers.map((_, o) => shared.map((losses) => losses[o]!));
  return { ...criticalDifference(results), optimizers, problems: shared.length };
}

/** Infinity if half of the values are. */
function medianOf(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite).length;
  return 2 * finite > values.length ? median(values as number[]) : Number.POSITIVE_INFINITY;
}
