// Wilcoxon's signed-rank test, and the Hodges-Lehmann estimate with its interval.

import { normalHalfWidth, normalTwoSided } from './distributions.js';
import { ascending, quantileOfSorted } from './quantiles.js';
import { midRanks } from './ranks.js';
import { type Estimate, requireFinite, requireFraction } from './samples.js';

/** Up to this many nonzero differences the null distribution is exact; beyond, a normal approximation is within 1e-3. */
const EXACT_UP_TO = 200;

export interface SignedRankTest {
  /** Sum of the ranks of the positive differences. */
  readonly statistic: number;
  /** Two-sided p-value of "the differences are symmetric about zero". */
  readonly pValue: number;
  /** Number of differences used: zeros are dropped (Wilcoxon's rule). */
  readonly count: number;
  /** (W+ - W-) / (W+ + W-), from -1 to 1: the matched-pairs rank-biserial correlation. 0 if every difference is zero. */
  readonly rankBiserial: number;
  readonly exact: boolean;
}

/**
 * Wilcoxon's signed-rank test, two-sided. W+ is compared with its distribution when every sign is a fair coin: exact (even with ties,
 * using the tied ranks) for up to 200 differences, else a normal with mean sum(r) / 2 and variance sum(r^2) / 4.
 * p = 2 min(P(W <= w), P(W >= w)), at most 1.
 *
 * Sources: Wilcoxon, Biometrics Bulletin 1 (1945), doi:10.2307/3001968; rank-biserial: Kerby, Comprehensive Psychology 3
 * (2014), doi:10.2466/11.IT.3.1.
 *
 * @throws RangeError if there are no differences or one is not finite.
 */
export function signedRankTest(differences: readonly number[]): SignedRankTest {
  requireFinite('differences', differences, 1);
  const nonzero = differences.filter((d) => d !== 0);
  if (nonzero.length === 0) return { statistic: 0, pValue: 1, count: 0, rankBiserial: 0, exact: true };
  const ranks = midRanks(nonzero.map(Math.abs));
  const total = ranks.reduce((sum, r) => sum + r, 0);
  const statistic = ranks.reduce((sum, r, i) => sum + (nonzero[i]! > 0 ? r : 0), 0);
  const exact = nonzero.length <= EXACT_UP_TO;
  const pValue = exact
    ? exactTwoSided(ranks, statistic)
    : normalTwoSidedOfRanks(ranks, statistic - total / 2);
  return { statistic, pValue, count: nonzero.length, rankBiserial: (2 * statistic - total) / total, exact };
}

/**
 * The Hodges-Lehmann estimate of the center of `differences`: the median of the Walsh averages (d_i + d_j) / 2, i <= j.
 * Its interval contains what the signed-rank test does not reject, and ends at Walsh averages: [W_(k), W_(N+1-k)] with
 * N = n (n + 1) / 2 and the largest k whose exact confidence 1 - 2 P(W+ < k) is at least `level`. It is valid for any symmetric
 * distribution; the center of an asymmetric one is a pseudo-median.
 *
 * 95 % needs 6 values; with fewer, the interval is the whole range, and `level` states its actual confidence (5 values: 93.75 %).
 * The estimate is more robust than a mean (breakdown point 29 %), with 95 % of its efficiency for normal values.
 *
 * Source: Hodges and Lehmann, Annals of Mathematical Statistics 34 (1963), doi:10.1214/aoms/1177704172; Hollander, Wolfe
 * and Chicken, Nonparametric Statistical Methods, 3rd ed. (2014), sections 3.2 and 3.3.
 *
 * @throws RangeError if there are no differences or one is not finite.
 */
export function hodgesLehmann(differences: readonly number[], level = 0.95): Estimate {
  requireFinite('differences', differences, 1);
  requireFraction('level', level);
  const count = differences.length;
  const walsh = walshAverages(differences);
  const value = quantileOfSorted(walsh, 0.5);
  const method = 'Hodges-Lehmann, signed-rank interval';
  if (count === 1) return { value, interval: null, count, method, caution: 'one value has no interval' };
  const { rank, confidence } = intervalRank(count, level);
  const interval = { low: walsh[rank - 1]!, high: walsh[walsh.length - rank]!, level: confidence };
  const caution =
    confidence < level
      ? `only ${count} values: the widest possible interval has confidence ${(100 * confidence).toFixed(1)} %, not ${100 * level} %`
      : null;
  return { value, interval, count, method, caution };
}

function walshAverages(values: readonly number[]): number[] {
  const averages = new Float64Array((values.length * (values.length + 1)) / 2);
  let next = 0;
  for (let i = 0; i < values.length; i++) {
    for (let j = i; j < values.length; j++) averages[next++] = (values[i]! + values[j]!) / 2;
  }
  return ascending(averages);
}

/** The rank k (from 1) of the Walsh average that ends the interval, and its confidence. */
function intervalRank(count: number, level: number): { readonly rank: number; readonly confidence: number } {
  if (count > EXACT_UP_TO) {
    const mean = (count * (count + 1)) / 4;
    const deviation = Math.sqrt((count * (count + 1) * (2 * count + 1)) / 24);
    return { rank: Math.max(1, Math.floor(mean - normalHalfWidth(level) * deviation)), confidence: level };
  }
  const shares = nullDistribution(Array.from({ length: count }, (_, i) => i + 1));
  // shares is indexed by 2 W+, since ranks may be halves; here only even entries are nonzero.
  let rank = 1;
  let tail = shares[0]!;
  while (tail + shares[2 * rank]! <= (1 - level) / 2) tail += shares[2 * rank++]!;
  return { rank, confidence: 1 - 2 * tail };
}

/** P(2 W+ = s) for s = 0, 1, ...: each rank is added with probability 1/2. Ranks are multiples of 1/2. */
function nullDistribution(ranks: readonly number[]): Float64Array {
  const doubled = ranks.map((rank) => Math.round(2 * rank));
  const shares = new Float64Array(doubled.reduce((sum, r) => sum + r, 0) + 1);
  shares[0] = 1;
  let reach = 0;
  for (const rank of doubled) {
    reach += rank;
    for (let s = reach; s >= 0; s--) shares[s] = (shares[s]! + (s >= rank ? shares[s - rank]! : 0)) / 2;
  }
  return shares;
}

function exactTwoSided(ranks: readonly number[], statistic: number): number {
  const shares = nullDistribution(ranks);
  // The distribution is symmetric, so the upper tail is read from the lower end, where sums are exact.
  const doubled = Math.round(2 * statistic);
  const lower = Math.min(doubled, shares.length - 1 - doubled);
  let tail = 0;
  for (let s = 0; s <= lower; s++) tail += shares[s]!;
  return Math.min(1, 2 * tail);
}

function normalTwoSidedOfRanks(ranks: readonly number[], deviation: number): number {
  return normalTwoSided(deviation / Math.sqrt(ranks.reduce((sum, r) => sum + r * r, 0) / 4));
}
