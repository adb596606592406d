// The one rule for who is ahead: every page, table, picture and terminal takes its words from here.

import { formatNumber } from './format.js';

/** What seeds say of two contestants. */
export interface Evidence {
  /** Whether the 95 % intervals keep the two apart; false where one has no interval. */
  readonly intervalsApart: boolean;
  /** Effect size over the pairs: above 0 where they favour the one that is ahead, below where they favour the other. */
  readonly effect: number | null;
  /** Seeds that both finished. */
  readonly pairs: number;
  /** Paired, two-sided p-value, corrected by Holm for all comparisons made beside it; null where nothing could be paired. */
  readonly adjusted: number | null;
  /** The comparisons that it was corrected for, itself included. */
  readonly comparisons: number;
}

/**
 * - `clear`: the intervals are apart, and the corrected p is below 0.05.
 * - `leading`: one of the two, with three seeds or more.
 * - `open`: neither, or fewer seeds; or the pairs favour the one that is behind, as when a single seed decides the means.
 */
export type Separation = 'clear' | 'leading' | 'open';

export const SEPARATION_WORDS: Readonly<Record<Separation, string>> = {
  clear: 'clear lead',
  leading: 'leads, not clearly',
  open: 'not separated',
};

/** A corrected p below this separates. */
export const SIGNIFICANT = 0.05;
/** With fewer seeds intervals that are apart say nothing: two points lie apart from two others too easily. */
const FEWEST_SEEDS = 3;

export function separationOf(evidence: Evidence): Separation {
  const { intervalsApart, pairs } = evidence;
  if (pairs < FEWEST_SEEDS || contradicts(evidence)) return 'open';
  const significant = isSignificant(evidence);
  if (intervalsApart && significant) return 'clear';
  return intervalsApart || significant ? 'leading' : 'open';
}

const isSignificant = ({ adjusted }: Evidence): boolean => adjusted !== null && adjusted < SIGNIFICANT;

/** Whether the p-value, which is two-sided, speaks for the one that is behind. */
const contradicts = (evidence: Evidence): boolean =>
  isSignificant(evidence) && !(evidence.effect !== null && evidence.effect > 0);

/**
 * The least number of seeds with which `comparisons` problems, all of them won in every seed, come below 0.05 after Holm's
 * correction: n pairs give no p below 2^(1 - n).
 */
export const seedsNeeded = (comparisons: number): number =>
  1 + Math.floor(1 + Math.log2(comparisons / SIGNIFICANT));

/** What the words rest on: `8 seeds, p = 0.023`. */
export function separationReason(evidence: Evidence): string {
  const { intervalsApart, pairs, adjusted, comparisons } = evidence;
  const seeds = `${pairs} ${pairs === 1 ? 'seed' : 'seeds'}`;
  if (pairs === 0) return 'no seed that both finished';
  const needed = seedsNeeded(comparisons);
  const parts = [
    ...(pairs < FEWEST_SEEDS ? [] : [intervalsApart ? 'intervals apart' : 'intervals overlap']),
    ...(adjusted === null || pairs < 2
      ? []
      : [`${pWords(adjusted, comparisons)}${contradicts(evidence) ? ' in favour of the other' : ''}`]),
  ];
  const enough = pairs >= needed || separationOf(evidence) === 'clear';
  return `${[seeds, ...parts].join(', ')}${enough ? '' : `; at least ${needed} seeds are needed for a clear lead`}`;
}

/** A p-value: 0.031, < 0.001. */
export const formatP = (p: number): string => (p < 0.001 ? '< 0.001' : formatNumber(p, 2));

/** `p = 0.023`, or `p (Holm) = 0.023` where it was corrected for other comparisons. */
const pWords = (adjusted: number, comparisons: number): string =>
  `p${comparisons > 1 ? ' (Holm)' : ''} ${adjusted < 0.001 ? '' : '= '}${formatP(adjusted)}`;
