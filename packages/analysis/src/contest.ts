// The best setting of every optimizer on a problem, and what the first has over the second.

import type { WorkRatio } from './held.js';
import type { LeaderboardRow } from './leaderboard-row.js';
import type { Pairing } from './pairing.js';
import type { Evidence, Separation } from './separation.js';
import type { TimesToTarget } from './targets.js';

export interface Contest {
  /** The best row of each optimizer, in the order of the board: those that finished first, broken ones last. */
  readonly entries: readonly ContestEntry[];
  /** Labels of optimizers that were planned on the problem and skipped. */
  readonly skipped: readonly string[];
  readonly verdict: Verdict;
  /** What the verdict rests on; null where two optimizers cannot be compared. */
  readonly evidence: Evidence | null;
  /** The first two, seed by seed; null where nothing could be paired. */
  readonly pairing: Pairing | null;
  /** What the first spent over what the second did. */
  readonly work: WorkRatio | null;
  /** The test loss that every seed of the second ended at or below. */
  readonly reachedByBoth: number | null;
}

export interface ContestEntry {
  readonly row: LeaderboardRow;
  /** What it took to the board's target; null if the board has none. */
  readonly reached: TimesToTarget | null;
}

/**
 * A {@link Separation} of the first two optimizers, or why there is none:
 *
 * - `equal`: their mean losses are the same. - `seeds-lost`: the second lost seeds, and ended lower in the others.
 * - `stopped`: runs were ended at their target. - `unranked`: rows were run under different conditions.
 * - `alone`: one optimizer was asked for. - `only`: several were, and one finished. - `none`: none finished.
 * - `unmeasured`: there is no test loss. - `empty`: nothing was run.
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

/** The entries without a loss to compare, of which a headline has to say how they ended. */
export const unfinishedOf = ({ entries }: Pick<Contest, 'entries'>): readonly ContestEntry[] =>
  entries.filter(({ row }) => row.outcome !== 'finished');
