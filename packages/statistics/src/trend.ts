// The Mann-Kendall test for a monotone trend.

import { normalTwoSided } from './distributions.js';
import { requireFinite } from './samples.js';
import { isConstant } from './spread.js';

export interface TrendTest {
  /** Number of rising pairs minus number of falling pairs. */
  readonly statistic: number;
  /** Kendall's tau-a, from -1 (always falling) to 1 (always rising). */
  readonly tau: number;
  /** Two-sided. */
  readonly pValue: number;
}

/**
 * Mann-Kendall: S = sum over i < j of sign(y_j - y_i), compared with a normal of variance
 * (n (n - 1)(2n + 5) - sum of t (t - 1)(2t + 5) over ties) / 18, with continuity correction.
 *
 * Positive autocorrelation looks like a trend; `varianceFactor` (1 + 2 sum of autocorrelations; (1 + rho) / (1 - rho) for AR(1))
 * widens the normal accordingly. Sources: Mann, Econometrica 13 (1945), doi:10.2307/1907187; Yue and Wang, Water Resources
 * Management 18 (2004), doi:10.1023/B:WARM.0000043140.61082.60.
 *
 * @throws RangeError for fewer than 3 values or a value that is not finite.
 */
export function mannKendall(values: readonly number[], varianceFactor = 1): TrendTest {
  requireFinite('values', values, 3);
  const n = values.length;
  let statistic = 0;
  // Differences due to rounding are not a trend.
  if (isConstant(values)) return { statistic, tau: 0, pValue: 1 };
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) statistic += Math.sign(values[j]! - values[i]!);
  const deviation = Math.sqrt(kendallVariance(values) * varianceFactor);
  const z = statistic === 0 || deviation === 0 ? 0 : (statistic - Math.sign(statistic)) / deviation;
  return { statistic, tau: (2 * statistic) / (n * (n - 1)), pValue: normalTwoSided(z) };
}

/** Variance of Kendall's S: (n (n - 1)(2n + 5) - sum of t (t - 1)(2t + 5) over the ties of each list) / 18. */
export function kendallVariance(values: readonly number[], ...others: (readonly number[])[]): number {
  const term = (size: number) => size * (size - 1) * (2 * size + 5);
  const ties = [values, ...others].flatMap(tieSizes).reduce((sum, t) => sum + term(t), 0);
  return (term(values.length) - ties) / 18;
}

/** The number of occurrences of each value. */
function tieSizes(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}
