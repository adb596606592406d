// The slope of a line through measurements, robust against outliers.

import { normalHalfWidth } from './distributions.js';
import { ascending, quantileOfSorted } from './quantiles.js';
import { type Estimate, requireFinite, requireSameLength } from './samples.js';
import { isConstant, sameToRounding } from './spread.js';
import { kendallVariance } from './trend.js';

/**
 * Theil-Sen: the median of the slopes between all n (n - 1) / 2 pairs of points with different x. Up to 29 % of the points may be
 * outliers. The interval is Sen's: order statistics of the slopes at -+ z sigma, where sigma^2 is Kendall's variance corrected for
 * ties.
 *
 * Source: Sen, JASA 63 (1968), doi:10.1080/01621459.1968.10480934.
 *
 * @throws RangeError for fewer than 3 points, equal x, different lengths, or a value that is not finite.
 */
export function theilSenSlope(x: readonly number[], y: readonly number[], level: number): Estimate {
  requireSameLength('x', x.length, 'y', y.length);
  requireFinite('x', x, 3);
  requireFinite('y', y, 3);
  if (isConstant(x)) throw new RangeError(`x: expected at least two different values, got ${x[0]} only`);
  const slopes = pairSlopes(x, y);
  const count = x.length;
  return {
    value: quantileOfSorted(slopes, 0.5),
    interval: senInterval(slopes, x, y, level),
    count,
    method: "Theil-Sen, Sen's interval",
    caution: count < 10 ? `only ${count} points: the interval uses a normal approximation` : null,
  };
}

function pairSlopes(x: readonly number[], y: readonly number[]): number[] {
  const slopes: number[] = [];
  for (let i = 0; i < x.length; i++) {
    for (let j = i + 1; j < x.length; j++) {
      if (!sameToRounding(x[i]!, x[j]!)) slopes.push((y[j]! - y[i]!) / (x[j]! - x[i]!));
    }
  }
  return ascending(slopes);
}

function senInterval(slopes: readonly number[], x: readonly number[], y: readonly number[], level: number) {
  const sigma = Math.sqrt(Math.max(0, kendallVariance(x, y)));
  const reach = normalHalfWidth(level) * sigma;
  const at = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, rank))]!;
  return {
    low: at(Math.round((slopes.length - reach) / 2) - 1),
    high: at(Math.round((slopes.length + reach) / 2)),
    level,
  };
}
