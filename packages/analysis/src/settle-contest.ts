// Which two optimizers meet on a problem, and who is ahead.

import { pairsNeeded } from '@gaussmark/statistics';
import { type Contest, finishedOf, type Verdict } from './contest.js';
import { groupBy } from './group-by.js';
import type { RunGroup } from './groups.js';
import { workRatio } from './held.js';
import type { LeaderboardRow } from './leaderboard-row.js';
import { pairBySeed } from './pairing.js';
import { type Evidence, type Separation, SIGNIFICANT, separationOf } from './separation.js';
import type { Estimate } from './statistics.js';

/** A contest before the correction of its p-value for other problems. */
export type OpenContest = Omit<Contest, 'verdict' | 'evidence'> & {
  readonly verdict: Exclude<Verdict, Separation> | 'to be judged';
};

/**
 * @param rows best first
 * @param ranked whether rows can be compared at all
 */
export function openContest(
  rows: readonly LeaderboardRow[],
  groups: ReadonlyMap<string, RunGroup>,
  ranked: boolean,
  skipped: readonly string[],
): OpenContest {
  const best = [...groupBy(rows, ({ optimizer }) => optimizer).values()].map((own) => own[0]!);
  const entries = best.map((row) => ({ row, reached: null }));
  const nothing = { entries, skipped, pairing: null, work: null, reachedByBoth: null };
  const finished = best.filter(({ outcome }) => outcome === 'finished');
  const [first, second] = finished.filter(({ testLoss }) => testLoss !== null);
  if (rows.length === 0) return { ...nothing, verdict: 'empty' };
  if (!ranked) return { ...nothing, verdict: 'unranked' };
  if (finished.length === 0) return { ...nothing, verdict: 'none' };
  if (first === undefined) return { ...nothing, verdict: 'unmeasured' };
  if (second === undefined) {
    return { ...nothing, verdict: best.length + skipped.length === 1 ? 'alone' : 'only' };
  }
  const [winner, runnerUp] = [groups.get(first.name)!, groups.get(second.name)!];
  const finals = runnerUp.counted.flatMap((run) => run.curve.at(-1)?.testLoss ?? []);
  const stopped = rows.some(({ statuses }) => statuses['target-reached'] !== undefined);
  const [lower, higher] = [first.testLoss!.value, second.testLoss!.value];
  return {
    ...nothing,
    pairing: pairBySeed(winner, runnerUp),
    work: workRatio(winner, runnerUp),
    reachedByBoth: Math.max(...finals),
    verdict: stopped
      ? 'stopped'
      : lower === higher
        ? 'equal'
        : lower > higher
          ? 'seeds-lost'
          : 'to be judged',
  };
}

/** Settles a contest, given the corrected p-value. */
export function settleContest(
  { verdict, ...contest }: OpenContest,
  { adjusted, comparisons }: Pick<Evidence, 'adjusted' | 'comparisons'>,
): Contest {
  if (verdict !== 'to be judged') return { ...contest, verdict, evidence: null };
  const [first, second] = finishedOf(contest);
  const needed = pairsNeeded(contest.pairing?.differences ?? [], { alpha: SIGNIFICANT / comparisons });
  const evidence = {
    intervalsApart: apart(first!.row.testLoss, second!.row.testLoss),
    pairs: contest.pairing?.pairs ?? 0,
    effect: contest.pairing?.effect ?? null,
    adjusted,
    comparisons,
    ...(needed !== null && { needed }),
  };
  return { ...contest, verdict: separationOf(evidence), evidence };
}

/** Whether two intervals are disjoint. */
export function apart(a: Limits | null, b: Limits | null): boolean {
  if (a?.low == null || a.high === null || b?.low == null || b.high === null) return false;
  return a.high < b.low || b.high < a.low;
}

type Limits = Pick<Estimate, 'low' | 'high'>;
