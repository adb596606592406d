// Performance profiles over the problems of a report, AlgoPerf scores and mean ranks, with bands over seeds.

import { type OptimizerResults, performanceProfiles, rankOptimizers } from '@gaussmark/statistics';
import type { Clock } from './clock.js';
import type { RunGroup } from './groups.js';
import { type Arena, type Leaderboard, MOST_TIME_RESAMPLES } from './leaderboard.js';
import { finalLoss } from './pairing.js';
import type { ReportRun } from './schema/report-schema.js';
import { BOOTSTRAP_SEED, type Estimate } from './statistics.js';
import { clocksOf, endOf, type ProblemTarget, timesOf, timesOrInfinity } from './targets.js';

/** Contestants: optimizers at their best setting per problem, or settings that ran on all problems. */
export type ProfileUnit = 'optimizer' | 'setting';

export interface ProfileEntry {
  readonly name: string;
  /** The plugin, for its colour. */
  readonly optimizer: string;
  /** Median time over the best one, by problem; null if the target was missed. */
  readonly ratios: readonly (number | null)[];
  /** AlgoPerf's score: the area under the profile from 1 to 4, scaled to 0 to 1. */
  readonly score: Estimate;
  /** The profile at each ratio of the grid, with pointwise limits over seeds. */
  readonly share: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface ProfileSet {
  readonly unit: ProfileUnit;
  readonly clock: Clock;
  /** Best score first. */
  readonly entries: readonly ProfileEntry[];
}

export interface MeanRank {
  readonly name: string;
  readonly rank: Estimate;
  /** Share of resamples in which it ranks first. */
  readonly firstShare: number;
}

export interface Profiles {
  /** The clock to show first: work or time if held equal on all boards, else seconds. */
  readonly clock: Clock;
  /** The problems with a target, in report order. */
  readonly problems: readonly {
    readonly problem: string;
    readonly title: string;
    readonly target: ProblemTarget;
  }[];
  /** Problems without a target. */
  readonly without: readonly string[];
  /** Ratios at which profiles are evaluated. */
  readonly grid: readonly number[];
  readonly sets: readonly ProfileSet[];
  /** Optimizers at their best settings, by final test loss over the problems that all of them ran on. */
  readonly ranks: readonly MeanRank[];
  /** Number of settings that ran on all problems, if too many to compare. */
  readonly settingsLeftOut: number;
  readonly resamples: number;
}

/** Profiles reach up to a ratio of 16; scores up to 4. */
export const LARGEST_RATIO = 16;
const GRID = Array.from({ length: 49 }, (_, i) => LARGEST_RATIO ** (i / 48));
/** Most settings that a figure can show distinctly. */
const MOST_SETTINGS = 24;

interface Entrant {
  readonly name: string;
  readonly optimizer: string;
  /** Its runs by problem; null if it did not run. */
  readonly groups: readonly (RunGroup | null)[];
}

interface Ground {
  readonly board: Leaderboard;
  readonly target: ProblemTarget;
  readonly groups: ReadonlyMap<string, RunGroup>;
  readonly runs: readonly ReportRun[];
}

/**
 * The profiles of a report; null with fewer than two problems with a target, or fewer than two contestants on them. An
 * optimizer that did not run on a problem counts as missing its target.
 */
export function profilesOf(arenas: readonly Arena[]): Profiles | null {
  const boards = arenas.map(({ board }) => board);
  const grounds = arenas.flatMap(({ board, groups }): Ground[] => {
    if (board.target === null) return [];
    return [
      {
        board,
        target: board.target,
        runs: groups.flatMap(({ runs }) => runs),
        groups: new Map(groups.map((group) => [group.name, group])),
      },
    ];
  });
  if (grounds.length < 2) return null;
  const clocks = clocksOf(grounds.flatMap(({ runs }) => runs));
  const resamples = Math.min(boards[0]!.resamples, MOST_TIME_RESAMPLES);
  const optimizers = bestOfEach(grounds);
  const settings = everywhere(grounds);
  const few = settings.length <= MOST_SETTINGS ? settings : [];
  const competing = [
    { unit: 'optimizer' as const, entrants: optimizers },
    { unit: 'setting' as const, entrants: few },
  ].filter(({ entrants }) => entrants.length > 1);
  const sets = competing.flatMap(({ unit, entrants }) =>
    clocks.flatMap((clock) => profileSet(unit, clock, entrants, grounds, resamples) ?? []),
  );
  if (sets.length === 0) return null;
  return {
    clock: firstClock(grounds, sets),
    problems: grounds.map(({ board: { problem, title }, target }) => ({ problem, title, target })),
    without: boards
      .filter(({ target, rows }) => target === null && rows.length > 0)
      .map(({ title }) => title),
    grid: GRID,
    sets,
    ranks: meanRanks(grounds, resamples),
    settingsLeftOut: settings.length - few.length,
    resamples,
  };
}

function firstClock(grounds: readonly Ground[], sets: readonly ProfileSet[]): Clock {
  const [held, ...others] = new Set(grounds.map(({ board }) => (board.held.fair ? board.held.clock : null)));
  const wanted = others.length === 0 && held != null ? held : 'seconds';
  return sets.some(({ clock }) => clock === wanted) ? wanted : sets[0]!.clock;
}

/** Every optimizer with its first row on each problem. */
function bestOfEach(grounds: readonly Ground[]): Entrant[] {
  const names = new Set(grounds.flatMap(({ board }) => board.rows.map(({ optimizer }) => optimizer)));
  return [...names].map((optimizer) => ({
    name: optimizer,
    optimizer,
    groups: grounds.map(({ board, groups }) => {
      const best = board.rows.find((row) => row.optimizer === optimizer);
      return best === undefined ? null : groups.get(best.name)!;
    }),
  }));
}

/** The settings that ran on all problems. */
function everywhere(grounds: readonly Ground[]): Entrant[] {
  return grounds[0]!.board.rows
    .filter(({ name }) => grounds.every(({ groups }) => groups.has(name)))
    .map(({ name, optimizer }) => ({
      name,
      optimizer,
      groups: grounds.map(({ groups }) => groups.get(name)!),
    }));
}

function profileSet(
  unit: ProfileUnit,
  clock: Clock,
  entrants: readonly Entrant[],
  grounds: readonly Ground[],
  resamples: number,
): ProfileSet | null {
  const longest = grounds.map(({ runs }) => runs.reduce((most, run) => Math.max(most, endOf(run, clock)), 0));
  const table = entrants.map(
    ({ name, groups }): OptimizerResults => ({
      optimizer: name,
      results: groups.map((group, p) => {
        if (group === null) return [Number.POSITIVE_INFINITY];
        const times = timesOrInfinity(timesOf(group, grounds[p]!.target, clock, longest[p]!));
        return times.length === 0 ? [Number.POSITIVE_INFINITY] : times;
      }),
    }),
  );
  if (table.every(({ results }) => results.flat().every((time) => time === Number.POSITIVE_INFINITY))) {
    return null;
  }
  const profiles = performanceProfiles(table, { grid: GRID, resamples, seed: BOOTSTRAP_SEED });
  const entries = profiles.map(
    ({ optimizer: name, ratios, curve, score }, index): ProfileEntry => ({
      name,
      optimizer: entrants[index]!.optimizer,
      ratios: ratios.map((ratio) => (ratio === Number.POSITIVE_INFINITY ? null : ratio)),
      score: {
        value: score.value,
        low: score.interval?.low ?? null,
        high: score.interval?.high ?? null,
        count: score.count,
      },
      share: curve.map(({ share }) => share),
      low: curve.map(({ low }) => low),
      high: curve.map(({ high }) => high),
    }),
  );
  return { unit, clock, entries: entries.sort((a, b) => b.score.value - a.score.value) };
}

function meanRanks(grounds: readonly Ground[], resamples: number): MeanRank[] {
  const entrants = bestOfEach(grounds.filter(({ board }) => board.unranked === null));
  if (entrants.length < 2) return [];
  // Ranks compare only on problems that all of them ran on.
  const shared = entrants[0]!.groups
    .map((_, p) => p)
    .filter((p) => entrants.every(({ groups }) => groups[p] !== null));
  if (shared.length === 0) return [];
  const ranked = rankOptimizers(
    entrants.map(({ name, groups }) => ({
      optimizer: name,
      results: shared.map((p) => groups[p]!.runs.map(finalLoss)),
    })),
    { resamples, seed: BOOTSTRAP_SEED },
  );
  return ranked.map(({ optimizer, rank, firstShare }) => ({
    name: optimizer,
    rank: {
      value: rank.value,
      low: rank.interval?.low ?? null,
      high: rank.interval?.high ?? null,
      count: rank.count,
    },
    firstShare,
  }));
}
