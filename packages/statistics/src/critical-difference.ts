// Critical-difference diagrams: mean ranks of contestants over problems, and which of them the problems do not separate.

import { mean } from 'simple-statistics';
import { chiSquaredUpper } from './distributions.js';
import { holm } from './multiplicity.js';
import { midRanks } from './ranks.js';
import { requireCount, requireSameLength } from './samples.js';
import { signedRankTest } from './signed-rank.js';

export interface RankedContestant {
  /** Its index in the table. */
  readonly index: number;
  /** Mean rank over the problems; 1 is best. */
  readonly rank: number;
}

export interface RankedPair {
  /** Indices in the table, the one with the better mean rank first. */
  readonly first: number;
  readonly second: number;
  /** Problems on which they differ. */
  readonly count: number;
  /** Two-sided p-value of Wilcoxon's signed-rank test over the problems. */
  readonly pValue: number;
  /** With Holm's correction over all pairs. */
  readonly adjusted: number;
  /** Rank-biserial correlation over the problems: 1 if the first is ahead on all of them. */
  readonly effect: number;
}

export interface CriticalDifference {
  /** Best mean rank first. */
  readonly order: readonly RankedContestant[];
  /** Friedman's test that all contestants are alike; the bars below do not depend on it. */
  readonly friedman: { readonly statistic: number; readonly pValue: number };
  /** Every pair, in that order. */
  readonly pairs: readonly RankedPair[];
  /** The bars of the diagram, as ranges of places in `order`: no pair within one is separated. No bar lies within another. */
  readonly bars: readonly { readonly from: number; readonly to: number }[];
}

/**
 * Which contestants differ over problems, from `results[contestant][problem]`: positive numbers, lower is better, Infinity where
 * one failed or missed a target.
 *
 * A pair is compared by Wilcoxon's signed-rank test of the log ratios over the problems, with Holm's correction over all pairs.
 * Nemenyi's test, which Demšar's original diagram uses, compares mean ranks instead: whether it separates two contestants then
 * depends on the others in the table, and adding a bad one can make a difference significant (Benavoli et al. 2016). Ratios also
 * count by size. An infinite ratio ranks above all finite ones; two failures are equal. Sign patterns of n problems allow no p below
 * 2^(1 - n), so few problems separate few contestants.
 *
 * Friedman's statistic, corrected for ties, is compared with chi-squared.
 *
 * Sources: Demšar, JMLR 7 (2006) 1-30; Benavoli, Corani and Mangili, JMLR 17 (2016) 1-10; Friedman, JASA 32 (1937),
 * doi:10.1080/01621459.1937.10503522.
 *
 * @throws RangeError if there are fewer than two contestants, no problems, different numbers of them, or a value is not above zero.
 * @example
 * const results = [[1, 2, 3, 1, 2, 3], [2, 3, 5, 2, 5, 4], [2, 3, 4, 2, 4, 5]];
 * criticalDifference(results).order[0] // = { index: 0, rank: 1 }
 */
export function criticalDifference(results: readonly (readonly number[])[]): CriticalDifference {
  requireCount('contestants', results.length, 2);
  for (const [index, row] of results.entries()) {
    requireCount(`problems of contestant ${index}`, row.length, 1);
    requireSameLength(
      'problems of contestant 0',
      results[0]!.length,
      `those of contestant ${index}`,
      row.length,
    );
    const bad = row.findIndex((value) => !(value > 0));
    if (bad >= 0)
      throw new RangeError(
        `results of contestant ${index}: expected numbers above zero, got ${row[bad]} on problem ${bad}`,
      );
  }
  const ranks = results[0]!.map((_, p) => midRanks(results.map((row) => row[p]!)));
  const order = results
    .map((_, index) => ({ index, rank: mean(ranks.map((own) => own[index]!)) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index);
  const compared = order.flatMap(({ index: first }, place) =>
    order.slice(place + 1).map(({ index: second }) => ({
      first,
      second,
      ...comparedOverProblems(results[first]!, results[second]!),
    })),
  );
  const adjusted = holm(compared.map(({ pValue }) => pValue));
  const pairs = compared.map((pair, i) => ({ ...pair, adjusted: adjusted[i]! }));
  return { order, friedman: friedman(ranks), pairs, bars: barsOf(order, pairs) };
}

/** Wilcoxon's test of the log ratios second / first. */
function comparedOverProblems(first: readonly number[], second: readonly number[]) {
  const logs = first.map((value, p) => (value === second[p] ? 0 : Math.log(second[p]!) - Math.log(value)));
  const largest = Math.max(0, ...logs.filter(Number.isFinite).map(Math.abs));
  const finite = logs.map((log) => (Number.isFinite(log) ? log : Math.sign(log) * (largest + 1)));
  const { pValue, count, rankBiserial } = signedRankTest(finite);
  return { pValue, count, effect: rankBiserial };
}

/** From the ranks of each problem: 12 / (n k (k + 1)) sum (R_j - n (k + 1) / 2)^2, over 1 - sum (t^3 - t) / (n k (k^2 - 1)). */
function friedman(ranks: readonly (readonly number[])[]): CriticalDifference['friedman'] {
  const n = ranks.length;
  const k = ranks[0]!.length;
  const sums = ranks[0]!.map((_, j) => ranks.reduce((sum, own) => sum + own[j]!, 0));
  const spread = sums.reduce((sum, own) => sum + (own - (n * (k + 1)) / 2) ** 2, 0);
  const ties = ranks.reduce((sum, own) => {
    const sizes = new Map<number, number>();
    for (const rank of own) sizes.set(rank, (sizes.get(rank) ?? 0) + 1);
    return sum + [...sizes.values()].reduce((all, t) => all + t ** 3 - t, 0);
  }, 0);
  const untied = 1 - ties / (n * k * (k * k - 1));
  if (untied <= 0) return { statistic: 0, pValue: 1 };
  const statistic = (12 * spread) / (n * k * (k + 1)) / untied;
  return { statistic, pValue: chiSquaredUpper(statistic, k - 1) };
}

/** Significance level of the bars. */
const LEVEL = 0.05;

/** The longest ranges of places without a separated pair. */
function barsOf(
  order: readonly RankedContestant[],
  pairs: readonly RankedPair[],
): CriticalDifference['bars'] {
  const separated = new Set(
    pairs.filter(({ adjusted }) => adjusted < LEVEL).map(({ first, second }) => `${first} ${second}`),
  );
  const joined = (from: number, to: number) => {
    for (let i = from; i < to; i++)
      for (let j = i + 1; j <= to; j++)
        if (separated.has(`${order[i]!.index} ${order[j]!.index}`)) return false;
    return true;
  };
  const bars: { from: number; to: number }[] = [];
  for (let from = 0; from < order.length; from++) {
    let to = from;
    while (to + 1 < order.length && joined(from, to + 1)) to++;
    if (to > from && to > (bars.at(-1)?.to ?? -1)) bars.push({ from, to });
  }
  return bars;
}
