// The one rule for who is ahead, used by every output.

import { formatNumber, formatQuantity } from './format.js';

/** What the seeds say about two contestants. */
export interface Evidence {
  /** Whether the 95 % intervals are disjoint; false if one has none. */
  readonly intervalsApart: boolean;
  /** Effect size over the pairs: positive if they favour the leader, negative if the other. */
  readonly effect: number | null;
  /** Number of seeds that both finished. */
  readonly pairs: number;
  /** Paired, two-sided p-value with Holm's correction for all comparisons; null without pairs. */
  readonly adjusted: number | null;
  /** Number of comparisons in the correction, itself included. */
  readonly comparisons: number;
  /** About how many pairs would separate the two at the effect seen; absent if unknown. */
  readonly needed?: number;
}

/**
 * - `clear`: the intervals are disjoint, and the corrected p is below 0.05.
 * - `leading`: one of the two, with at least three seeds.
 * - `open`: neither; or fewer seeds; or the pairs favour the one behind, as when one seed dominates the means.
 */
export type Separation = 'clear' | 'leading' | 'open';

export const SEPARATION_WORDS: Readonly<Record<Separation, string>> = {
  clear: 'clear lead',
  leading: 'leads, not clearly',
  open: 'not separated',
};

/** Significance level of corrected p-values. */
export const SIGNIFICANT = 0.05;
/** With fewer seeds, disjoint intervals are too likely by chance. */
const FEWEST_SEEDS = 3;

export function separationOf(evidence: Evidence): Separation {
  const { intervalsApart, pairs } = evidence;
  if (pairs < FEWEST_SEEDS || contradicts(evidence)) return 'open';
  const significant = isSignificant(evidence);
  if (intervalsApart && significant) return 'clear';
  return intervalsApart || significant ? 'leading' : 'open';
}

const isSignificant = ({ adjusted }: Evidence): boolean => adjusted !== null && adjusted < SIGNIFICANT;

/** Whether the two-sided p-value favours the one behind. */
const contradicts = (evidence: Evidence): boolean =>
  isSignificant(evidence) && !(evidence.effect !== null && evidence.effect > 0);

/**
 * The fewest seeds that can reach significance after Holm's correction for `comparisons` problems, all won in every seed: n
 * pairs give no p below 2^(1 - n).
 */
export const seedsNeeded = (comparisons: number): number =>
  1 + Math.floor(1 + Math.log2(comparisons / SIGNIFICANT));

/** The evidence in words: `8 seeds, p = 0.023`. */
export function separationReason(evidence: Evidence, unit: 'seed' | 'problem' = 'seed'): string {
  const { intervalsApart, pairs, adjusted, comparisons } = evidence;
  const seeds = formatQuantity(pairs, unit);
  if (pairs === 0) return `no ${unit} that both finished`;
  const parts = [
    ...(pairs < FEWEST_SEEDS ? [] : [intervalWords(intervalsApart, unit)]),
    ...(adjusted === null || pairs < 2
      ? []
      : [`${pWords(adjusted, comparisons)}${contradicts(evidence) ? ' in favour of the other' : ''}`]),
  ];
  return `${[seeds, ...parts].join(', ')}${remedyOf(evidence, unit)}`;
}

/** Over problems there is one interval: that of a ratio. */
const intervalWords = (apart: boolean, unit: 'seed' | 'problem'): string =>
  unit === 'problem'
    ? `interval ${apart ? 'excludes' : 'includes'} 1`
    : `intervals ${apart ? 'apart' : 'overlap'}`;

/** How many seeds or problems it would take, if that is known. */
function remedyOf(evidence: Evidence, unit: 'seed' | 'problem'): string {
  const { pairs, comparisons, needed } = evidence;
  if (separationOf(evidence) === 'clear') return '';
  const fewest = seedsNeeded(comparisons);
  if (needed !== undefined && needed > Math.max(pairs, fewest))
    return `; about ${formatQuantity(needed, unit)} would separate them at the effect seen`;
  return pairs >= fewest ? '' : `; at least ${formatQuantity(fewest, unit)} are needed for a clear lead`;
}

/** A p-value: 0.031, < 0.001. */
export const formatP = (p: number): string => (p < 0.001 ? '< 0.001' : formatNumber(p, 2));

/** `p = 0.023`, or `p (Holm) = 0.023` if corrected for several comparisons. */
const pWords = (adjusted: number, comparisons: number): string =>
  `p${comparisons > 1 ? ' (Holm)' : ''} ${adjusted < 0.001 ? '' : '= '}${formatP(adjusted)}`;
