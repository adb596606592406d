// A straight line y = a + b x through measurements: weighted least squares, or Theil-Sen against outliers.

import {
  type BootstrapOptions,
  bootstrapSettings,
  drawSample,
  percentileInterval,
  resample,
} from './bootstrap.js';
import { normalHalfWidth, studentHalfWidth } from './distributions.js';
import { ascending, medianOf, quantileOfSorted, robustDeviation } from './quantiles.js';
import { type Estimate, requireFinite, requirePositive, requireSameLength } from './samples.js';
import { isConstant, sameToRounding } from './spread.js';
import { kendallVariance } from './trend.js';

export interface LineFit {
  /** a, in the units of y. */
  readonly intercept: Estimate;
  /** b, in units of y per unit of x. */
  readonly slope: Estimate;
  /** Standard deviation of the residuals about the line, in the units of y (of unit-weight ones, if weighted). */
  readonly residualDeviation: number;
  readonly count: number;
}

/**
 * Least squares, weighted if `weights` (proportional to 1 / variance of y_i) are given: minimizes sum w_i (y_i - a - b x_i)^2.
 *
 *   b = S_xy / S_xx, a = ybar - b xbar, s^2 = sum w r^2 / (n - 2),
 *   Var b = s^2 / S_xx, Var a = s^2 (1 / W + xbar^2 / S_xx),
 *
 * with weighted means and sums and W = sum w. Intervals: Student's t, n - 2 degrees. The fit of "a step with n CG
 * iterations takes a + b n" measured in SGD steps has x = n, y = seconds per step / seconds per SGD step.
 *
 * @throws RangeError if there are fewer than 3 points, all x are equal, the lengths differ, or a value is not finite
 *   (a weight: not above zero).
 */
export function fitLine(
  x: readonly number[],
  y: readonly number[],
  options: { readonly weights?: readonly number[]; readonly level?: number } = {},
): LineFit {
  requirePoints(x, y);
  const { level } = bootstrapSettings(options);
  const weights = options.weights ?? x.map(() => 1);
  requireSameLength('x', x.length, 'weights', weights.length);
  requirePositive('weights', weights, 3);

  const weighted = (of: (i: number) => number) => weights.reduce((sum, w, i) => sum + w * of(i), 0);
  const total = weighted(() => 1);
  const xMean = weighted((i) => x[i]!) / total;
  const yMean = weighted((i) => y[i]!) / total;
  const sxx = weighted((i) => (x[i]! - xMean) ** 2);
  const slope = weighted((i) => (x[i]! - xMean) * (y[i]! - yMean)) / sxx;
  const intercept = yMean - slope * xMean;
  const degrees = x.length - 2;
  const variance = weighted((i) => (y[i]! - yMean - slope * (x[i]! - xMean)) ** 2) / degrees;
  const t = studentHalfWidth(level, degrees);
  const estimate = (value: number, deviation: number): Estimate => ({
    value,
    interval: { low: value - t * deviation, high: value + t * deviation, level },
    count: x.length,
    method: `${options.weights ? 'weighted ' : ''}least squares, Student's t with ${degrees} degrees of freedom`,
    caution: null,
  });
  return {
    intercept: estimate(intercept, Math.sqrt(variance * (1 / total + xMean ** 2 / sxx))),
    slope: estimate(slope, Math.sqrt(variance / sxx)),
    residualDeviation: Math.sqrt(variance),
    count: x.length,
  };
}

/**
 * Theil-Sen: b is the median of the slopes between all pairs of points with different x, a the median of y - b x. Up to
 * 29 % of the points may be wild. The slope's interval is Sen's: order statistics of the slopes at -+ z sigma, with sigma^2
 * Kendall's variance corrected for ties. The intercept's is a percentile bootstrap of the points.
 *
 * Source: Sen, JASA 63 (1968), doi:10.1080/01621459.1968.10480934.
 *
 * @throws RangeError if there are fewer than 3 points, all x are equal, the lengths differ, or a value is not finite.
 */
export function fitLineRobust(
  x: readonly number[],
  y: readonly number[],
  options: BootstrapOptions = {},
): LineFit {
  requirePoints(x, y);
  const settings = bootstrapSettings(options);
  const slope = theilSenSlope(x, y, settings.level);
  const intercept = medianOf(y.map((value, i) => value - slope.value * x[i]!));
  const residuals = y.map((value, i) => value - intercept - slope.value * x[i]!);
  const count = x.length;
  const points = x.map((_, i) => i);
  const intercepts = resample(settings, (generator) => {
    let drawn = drawSample(points, generator);
    // Points with a single x have no slope: drawn again. With two distinct x this ends soon.
    while (drawn.every((i) => sameToRounding(x[i]!, x[drawn[0]!]!))) drawn = drawSample(points, generator);
    const b = quantileOfSorted(
      pairSlopes(
        drawn.map((i) => x[i]!),
        drawn.map((i) => y[i]!),
      ),
      0.5,
    );
    return medianOf(drawn.map((i) => y[i]! - b * x[i]!));
  });
  return {
    slope,
    intercept: {
      value: intercept,
      interval: percentileInterval(intercepts, settings.level),
      count,
      method: `Theil-Sen, percentile bootstrap, ${settings.resamples} resamples`,
      caution: count < 10 ? `only ${count} points: the interval is narrower than its level says` : null,
    },
    residualDeviation: robustDeviation(residuals),
    count,
  };
}

/** The slope of `fitLineRobust` alone. n (n - 1) / 2 slopes are sorted. */
export function theilSenSlope(x: readonly number[], y: readonly number[], level: number): Estimate {
  requirePoints(x, y);
  const slopes = pairSlopes(x, y);
  const count = x.length;
  return {
    value: quantileOfSorted(slopes, 0.5),
    interval: senInterval(slopes, x, y, level),
    count,
    method: "Theil-Sen, Sen's interval",
    caution: count < 10 ? `only ${count} points: the interval rests on a normal approximation` : null,
  };
}

function requirePoints(x: readonly number[], y: readonly number[]): void {
  requireSameLength('x', x.length, 'y', y.length);
  requireFinite('x', x, 3);
  requireFinite('y', y, 3);
  if (isConstant(x)) throw new RangeError(`x: expected at least two different values, got ${x[0]} only`);
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
