// Compares two optimizers on the same seeds or problems: difference, ratio, effect size, test.

import { type Estimate, requireFinite, requireFraction, requireSameLength } from './samples.js';
import { hodgesLehmann, signedRankTest } from './signed-rank.js';
import { differenceOf, sameToRounding } from './spread.js';

/** Up to this many pairs, all patterns of signs are tried (65,536); beyond it, Wilcoxon's test is used. */
const SIGN_FLIPS_UP_TO = 16;

export interface PairedTest {
  readonly method: 'sign-flip permutation test of the mean' | 'Wilcoxon signed-rank test';
  /** Two-sided. */
  readonly pValue: number;
  /** The smallest p-value possible with this many nonzero differences: 2^(1 - n). Above 0.05, no result can be significant. */
  readonly smallestPValue: number;
}

export interface PairedComparison {
  readonly count: number;
  /** Hodges-Lehmann center of b - a, in the units of the values. */
  readonly difference: Estimate;
  /** exp of the Hodges-Lehmann center of log b - log a; `null` unless all values are above zero. */
  readonly ratio: Estimate | null;
  /** Matched-pairs rank-biserial correlation of b - a: 1 if every b is above its a, -1 if every b is below. */
  readonly effect: number;
  readonly test: PairedTest;
}

/**
 * Compares `b` with `a`, where `a[i]` and `b[i]` share a seed or a problem.
 *
 * Size: the Hodges-Lehmann estimate with its exact interval, as a difference and as a ratio. It is preferred to Cliff's delta because
 * it has meaningful units, and because Cliff's delta compares every a with every b, which discards the pairing (`cliffsDelta` is for
 * independent samples). The unit-free measure is the matched-pairs rank-biserial correlation, the paired counterpart of Cliff's
 * delta.
 *
 * Test: for up to 16 pairs, the exact sign-flip permutation test of the mean difference (uses sizes, needs no ranks); for more,
 * Wilcoxon's signed-rank test. For several comparisons, correct the p-values with `holm`.
 *
 * Values that are equal up to rounding count as equal; otherwise two formulations of one method could differ significantly.
 *
 * @throws RangeError if the lengths differ, there are no pairs, or a value is not finite (compare censored times with
 *   `summarizeTimesToTarget`, or use the horizon for both runs of the pair).
 */
export function comparePaired(a: readonly number[], b: readonly number[], level = 0.95): PairedComparison {
  requireSameLength('a', a.length, 'b', b.length);
  requireFinite('a', a, 1);
  requireFinite('b', b, 1);
  requireFraction('level', level);
  const differences = b.map((value, i) => differenceOf(a[i]!, value));
  const positive = [...a, ...b].every((value) => value > 0);
  const ranked = signedRankTest(differences);
  const small = differences.length <= SIGN_FLIPS_UP_TO;
  return {
    count: a.length,
    difference: hodgesLehmann(differences, level),
    ratio: positive
      ? ratioFromLogs(
          hodgesLehmann(
            b.map((value, i) => logRatio(a[i]!, value)),
            level,
          ),
        )
      : null,
    effect: ranked.rankBiserial,
    test: {
      method: small ? 'sign-flip permutation test of the mean' : 'Wilcoxon signed-rank test',
      pValue: small ? signFlipTest(differences) : ranked.pValue,
      smallestPValue: Math.min(1, 2 ** (1 - ranked.count)),
    },
  };
}

/** log(b / a) for positive numbers, even if the quotient overflows; zero if they are equal up to rounding. */
function logRatio(a: number, b: number): number {
  if (sameToRounding(a, b)) return 0;
  const log = Math.log(b / a);
  return Number.isFinite(log) ? log : Math.log(b) - Math.log(a);
}

/** Converts an estimate of a log ratio to one of the ratio. */
export function ratioFromLogs(logs: Estimate): Estimate {
  const { interval } = logs;
  return {
    ...logs,
    value: Math.exp(logs.value),
    interval: interval && {
      low: Math.exp(interval.low),
      high: Math.exp(interval.high),
      level: interval.level,
    },
  };
}

/**
 * The exact sign-flip (one-sample permutation) test that the differences are symmetric about zero: the share of the 2^n
 * patterns of signs for which |sum of s_i d_i| is at least |sum of d_i|. Two-sided.
 *
 * Source: Fisher, The Design of Experiments (1935), section 21.
 *
 * @throws RangeError if there are no differences, more than 24 (16 million patterns), or one is not finite.
 */
export function signFlipTest(differences: readonly number[]): number {
  requireFinite('differences', differences, 1);
  const sizes = differences.filter((d) => d !== 0).map(Math.abs);
  if (sizes.length > 24) {
    throw new RangeError(
      `differences: expected at most 24 that are not zero, got ${sizes.length}; use signedRankTest`,
    );
  }
  const total = sizes.reduce((sum, d) => sum + d, 0);
  // Patterns whose sums are equal up to rounding count as equal.
  const observed = Math.abs(differences.reduce((sum, d) => sum + d, 0)) - 1e-12 * total;
  // A Gray code flips one sign per pattern. The last sign stays +; the other half is the mirror image.
  const signs = sizes.map(() => 1);
  const patterns = 2 ** Math.max(0, sizes.length - 1);
  let sum = total;
  let extreme = 0;
  for (let pattern = 0; ; ) {
    if (Math.abs(sum) >= observed) extreme++;
    if (++pattern >= patterns) break;
    const flip = 31 - Math.clz32(pattern & -pattern);
    sum -= 2 * signs[flip]! * sizes[flip]!;
    signs[flip] = -signs[flip]!;
  }
  return extreme / patterns;
}

/**
 * Cliff's delta of two independent samples: P(b > a) - P(b < a) over all pairs, from -1 to 1. According to Romano et al. (2006),
 * absolute values below 0.147 are negligible, below 0.33 small, below 0.474 medium. Infinity is allowed.
 *
 * Source: Cliff, Psychological Bulletin 114 (1993), doi:10.1037/0033-2909.114.3.494.
 *
 * @throws RangeError if a sample is empty or contains NaN.
 */
export function cliffsDelta(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0)
    throw new RangeError(`Cliff's delta: expected two samples, got ${a.length} and ${b.length} values`);
  if (a.some(Number.isNaN) || b.some(Number.isNaN))
    throw new RangeError("Cliff's delta: expected numbers, got NaN");
  let balance = 0;
  for (const x of a) for (const y of b) balance += y > x ? 1 : y < x ? -1 : 0;
  return balance / (a.length * b.length);
}
