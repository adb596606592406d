// The best setting of each optimizer on a problem, and the lead of the first over the second.

import type { WorkRatio } from './held.js';
import type { LeaderboardRow } from './leaderboard-row.js';
import type { Pairing } from './pairing.js';
import type { Evidence, Separation } from './separation.js';
import type { TimesToTarget } from './targets.js';

export interface Contest {
  /** The best row of each optimizer, in board order: finished rows first, broken ones last. */
  readonly entries: readonly ContestEntry[];
  /** Labels of optimizers skipped on the problem. */
  readonly skipped: readonly string[];
  readonly verdict: Verdict;
  /** The evidence for the verdict; null if no two optimizers can be compared. */
  readonly evidence: Evidence | null;
  /** The first two, seed by seed; null without a common seed. */
  readonly pairing: Pairing | null;
  /** The first one's work over the second one's. */
  readonly work: WorkRatio | null;
  /** The largest final test loss of the second over its seeds. */
  readonly reachedByBoth: number | null;
}

export interface ContestEntry {
  readonly row: LeaderboardRow;
  /** Its times to the board's target; null without one. */
  readonly reached: TimesToTarget | null;
}

/**
 * The {@link Separation} of the first two optimizers, or why there is none:
 *
 * - `equal`: their mean losses are equal.
 * - `seeds-lost`: the second lost seeds, but ended lower in the others.
 * - `stopped`: runs stopped at their target.
 * - `unranked`: rows ran under different conditions.
 * - `alone`: only one optimizer was requested.
 * - `only`: only one of several finished.
 * - `none`: none finished.
 * - `unmeasured`: there is no test loss.
 * - `empty`: nothing ran.
 */
export type Verdict =
  | Separation
  | 'equal'
  | 'seeds-lost'
  | 'stopped'
  | 'unranked'
  | 'alone'
  | 'only'
  | 'none'
  | 'unmeasured'
  | 'empty';

/** The entries that finished with a test loss, best first. */
export const finishedOf = ({ entries }: Pick<Contest, 'entries'>): readonly ContestEntry[] =>
  entries.filter(({ row }) => row.outcome === 'finished' && row.testLoss !== null);

/** The entries without a loss to compare; headlines state how they ended. */
export const unfinishedOf = ({ entries }: Pick<Contest, 'entries'>): readonly ContestEntry[] =>
  entries.filter(({ row }) => row.outcome !== 'finished');
