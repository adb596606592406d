// Finds steps and slow drifts in a history of nightly values.

import { studentHalfWidth, studentTwoSided } from './distributions.js';
import { MAD_TO_DEVIATION, medianOf } from './quantiles.js';
import { joinRamps } from './ramps.js';
import {
  type Interval,
  requireFinite,
  requireFraction,
  requireInteger,
  requireNonNegative,
  requirePositive,
} from './samples.js';
import { type FittedSegment, indexVariation, segmentSeries } from './segmentation.js';
import { theilSenSlope } from './theil-sen.js';
import { mannKendall } from './trend.js';

export interface HistoryOptions {
  /** `log` (default): values above zero, changes are factors. `linear`: any values, changes are differences. */
  readonly scale?: 'log' | 'linear';
  /** Price of a fitted number (a level, a slope, a position) in units of the noise variance. Default 2 log n: see `detectChanges`. */
  readonly price?: number;
  /** Minimum nights between changes, and thus before a step is detected. Default 3. */
  readonly minimumLength?: number;
  /** Minimum nights in a drift. Default 14. */
  readonly minimumDrift?: number;
  /** Level of the intervals. Default 0.95. */
  readonly level?: number;
}

/** A change. `size` is after / before on the log scale, after - before on the linear one. */
export interface Change {
  /** `step`: between two nights. `drift`: over all nights from `start` to `end`. */
  readonly kind: 'step' | 'drift';
  /** Index of the first night at the new level, or of the drift. */
  readonly start: number;
  /** Index after the last night of a drift; `start` for a step. A drift that ends with the history is still in progress. */
  readonly end: number;
  /** Fitted values before and after. */
  readonly before: number;
  readonly after: number;
  readonly size: number;
  readonly interval: Interval;
  /** Two-sided, corrected for the choice of the position (step), or Mann-Kendall's, corrected for autocorrelation (drift). */
  readonly pValue: number;
}

export interface HistorySegment {
  readonly start: number;
  readonly end: number;
  readonly kind: 'level' | 'drift';
  /** Fitted values on the first and last night. */
  readonly first: number;
  readonly last: number;
}

export interface HistoryAnalysis {
  readonly changes: readonly Change[];
  readonly segments: readonly HistorySegment[];
  /** Standard deviation of the noise from night to night: relative on the log scale, absolute on the linear one. */
  readonly noise: number;
  /** Lag-1 autocorrelation of the noise, at least 0. */
  readonly autocorrelation: number;
  /**
   * Trend within the last segment (at most its last 365 nights), however weak: the Mann-Kendall p-value and the change per night (a
   * factor on the log scale). `null` below 10 nights. A small p-value is an early sign of a drift not yet detected as a change.
   */
  readonly latest: {
    readonly start: number;
    readonly perNight: number;
    readonly interval: Interval;
    readonly pValue: number;
  } | null;
}

/** Clip at this many deviations from the median of the surrounding 7 nights. */
const CLIP = 3;
const HALF_WINDOW = 3;
/** Maximum nights for the trend of the last segment: it describes the present, and the number of pairs is quadratic. */
const LATEST_NIGHTS = 365;
/** For normal values, a MAD has 37 % of the efficiency of a standard deviation: its degrees of freedom per value. */
const MAD_EFFICIENCY = 0.37;
/** Values with a smaller relative spread count as equal: rounding is not a change. */
const RESOLUTION = 1e-6;

/**
 * Finds steps and drifts in a series with one value per night, oldest first (omit nights without a value).
 *
 * 1. y = log(values), or the values themselves.
 * 2. Outliers: y is clipped to 3 sigma about the median of the surrounding 7 nights, which preserves steps. One or two bad nights
 *    are not a change.
 * 3. Noise, robust to changes: with s_k the scale of y_(i+k) - y_i, AR(1) noise has s_1^2 = 2 sigma^2 (1 - rho) and
 *    s_2^2 = 2 sigma^2 (1 - rho^2), so rho = s_2^2 / s_1^2 - 1 (kept in [0, 0.9]). Costs are in units of the long-run variance
 *    sigma^2 (1 + rho) / (1 - rho); otherwise slow waves of noise would be mistaken for steps.
 * 4. The exact optimal segmentation into levels and lines (`segmentSeries`), with a price of 2 log n per fitted number. A step has
 *    two (position and level), for which the modified BIC charges 3 log n (Zhang and Siegmund, Biometrics 63 (2007),
 *    doi:10.1111/j.1541-0420.2006.00662.x); the rest accounts for the estimated sigma, and keeps histories without changes free of
 *    false ones (measured in the tests). Finally, staircases that are really ramps are replaced (`joinRamps`).
 *
 * The price decides what counts as a change. Intervals and p-values then describe it: intervals for a position taken as known,
 * p-values corrected for the number of nights it was chosen from.
 *
 * @throws RangeError for fewer than 10 values, a value that is not finite (log scale: not above zero), or an option out of range.
 */
export function detectChanges(values: readonly number[], options: HistoryOptions = {}): HistoryAnalysis {
  const { scale = 'log', minimumLength = 3, minimumDrift = 14, level = 0.95 } = options;
  requireInteger('minimumLength', minimumLength, 2);
  requireInteger('minimumDrift', minimumDrift, 3);
  requireFraction('level', level);
  (scale === 'log' ? requirePositive : requireFinite)('values', values, 10);
  const n = values.length;
  const y = scale === 'log' ? values.map(Math.log) : [...values];

  const resolution = scale === 'log' ? RESOLUTION : RESOLUTION * Math.max(...y.map(Math.abs)) || 1;
  const { deviation, autocorrelation } = noiseOf(y, resolution);
  const longRun = deviation * Math.sqrt((1 + autocorrelation) / (1 - autocorrelation));
  const clipped = clip(y, CLIP * deviation).map((v) => v / longRun);
  const { price = 2 * Math.log(n) } = options;
  requireNonNegative('price', price);
  const fitted = joinRamps(
    clipped,
    segmentSeries(clipped, {
      penalty: 2 * price,
      slopePenalty: price,
      minimumLength,
      minimumLine: minimumDrift,
    }),
    { price, minimumLength, minimumLine: minimumDrift },
  );

  const raw = scale === 'log' ? Math.exp : (v: number) => v;
  const noise: Noise = {
    longRun,
    varianceFactor: (1 + autocorrelation) / (1 - autocorrelation),
    degrees: Math.max(2, MAD_EFFICIENCY * n),
  };
  const changes = [...stepsOf(fitted, noise, level, raw), ...driftsOf(fitted, y, noise, level, raw)];
  const latestStart = fitted.at(-1)!.start;
  return {
    changes: changes.sort((a, b) => a.start - b.start),
    segments: fitted.map(({ start, end, kind, first, last }) => ({
      start,
      end,
      kind: kind === 'line' ? 'drift' : 'level',
      first: raw(first * longRun),
      last: raw(last * longRun),
    })),
    noise: scale === 'log' ? Math.expm1(deviation) : deviation,
    autocorrelation,
    latest: latestTrend(y.slice(latestStart), latestStart, noise, level, raw),
  };
}

interface Noise {
  /** Square root of the long-run variance: the unit of fitted values. */
  readonly longRun: number;
  /** Long-run variance over variance. */
  readonly varianceFactor: number;
  /** Degrees of freedom of the estimate. */
  readonly degrees: number;
}

/** Maps y back to values: exp or the identity. */
type Raw = (y: number) => number;

function stepsOf(fitted: readonly FittedSegment[], noise: Noise, level: number, raw: Raw): Change[] {
  return fitted.slice(1).flatMap((next, i): Change[] => {
    const previous = fitted[i]!;
    const deviations = Math.sqrt(endVariance(previous) + endVariance(next));
    const chance = studentTwoSided((next.first - previous.last) / deviations, noise.degrees);
    const pValue = Math.min(1, chance * (next.end - previous.start - 1));
    // A line that starts where a level ends is a bend, not a step.
    if ((previous.kind === 'line' || next.kind === 'line') && pValue > 0.01) return [];
    const sizes = describeSizes(previous.last, next.first, deviations, noise, level, raw);
    return [{ kind: 'step', start: next.start, end: next.start, ...sizes, pValue }];
  });
}

function driftsOf(
  fitted: readonly FittedSegment[],
  y: readonly number[],
  noise: Noise,
  level: number,
  raw: Raw,
): Change[] {
  return fitted
    .filter(({ kind }) => kind === 'line')
    .map(({ start, end, first, last }): Change => {
      const m = end - start;
      const deviations = (m - 1) / Math.sqrt(indexVariation(m));
      const sizes = describeSizes(first, last, deviations, noise, level, raw);
      return {
        kind: 'drift',
        start,
        end,
        ...sizes,
        pValue: mannKendall(y.slice(start, end), noise.varianceFactor).pValue,
      };
    });
}

/** The change between two fitted values, whose difference has a standard error of `deviations`. */
function describeSizes(
  from: number,
  to: number,
  deviations: number,
  { longRun, degrees }: Noise,
  level: number,
  raw: Raw,
): Pick<Change, 'before' | 'after' | 'size' | 'interval'> {
  const half = studentHalfWidth(level, degrees) * deviations * longRun;
  const center = (to - from) * longRun;
  return {
    before: raw(from * longRun),
    after: raw(to * longRun),
    size: raw(center),
    interval: { low: raw(center - half), high: raw(center + half), level },
  };
}

/**
 * The scale from a MAD, the estimator least inflated by outliers. The autocorrelation from Huber's scale of values with clipped
 * outliers, which uses nine tenths of their information: a MAD, which uses 37 %, occasionally gives 0.4 for 200 nights of white
 * noise.
 */
function noiseOf(
  y: readonly number[],
  smallest: number,
): { readonly deviation: number; readonly autocorrelation: number } {
  const one = MAD_TO_DEVIATION * medianOf(differences(y, 1).map(Math.abs));
  if (one <= smallest) return { deviation: smallest, autocorrelation: 0 };
  const clipped = clip(y, (CLIP * one) / Math.SQRT2);
  const [first, second] = [huberScale(differences(clipped, 1)), huberScale(differences(clipped, 2))];
  const autocorrelation = Math.min(0.9, Math.max(0, (second / first) ** 2 - 1));
  return { deviation: Math.max(smallest, one / Math.sqrt(2 * (1 - autocorrelation))), autocorrelation };
}

const differences = (y: readonly number[], lag: number): number[] => y.slice(lag).map((v, i) => v - y[i]!);

const HUBER_REACH = 2;
/** E min(Z^2, 4) for a standard normal Z. */
const HUBER_MEAN = 0.9205369;

/** The s with mean min((d / s)^2, 4) = E min(Z^2, 4): Huber's proposal 2 about zero (Annals of Mathematical Statistics 35 (1964)). */
function huberScale(values: readonly number[]): number {
  let scale = MAD_TO_DEVIATION * medianOf(values.map(Math.abs));
  for (let round = 0; round < 30 && scale > 0; round++) {
    const bounded = values.map((d) => Math.min((d / scale) ** 2, HUBER_REACH ** 2));
    const mean = bounded.reduce((sum, v) => sum + v, 0) / bounded.length;
    scale *= Math.sqrt(mean / HUBER_MEAN);
  }
  return scale;
}

function clip(y: readonly number[], reach: number): number[] {
  return y.map((v, i) => {
    const center = medianOf(y.slice(Math.max(0, i - HALF_WINDOW), i + HALF_WINDOW + 1));
    return Math.min(center + reach, Math.max(center - reach, v));
  });
}

/** Variance of the fitted value at either end of a segment, in units of the noise variance. */
function endVariance({ start, end, kind }: FittedSegment): number {
  const m = end - start;
  return 1 / m + (kind === 'line' ? ((m - 1) / 2) ** 2 / indexVariation(m) : 0);
}

function latestTrend(
  segment: readonly number[],
  segmentStart: number,
  noise: Noise,
  level: number,
  raw: Raw,
): HistoryAnalysis['latest'] {
  const y = segment.slice(-LATEST_NIGHTS);
  if (y.length < 10) return null;
  const slope = theilSenSlope(
    y.map((_, i) => i),
    y,
    level,
  );
  const interval = { low: raw(slope.interval!.low), high: raw(slope.interval!.high), level };
  const start = segmentStart + segment.length - y.length;
  return { start, perNight: raw(slope.value), interval, pValue: mannKendall(y, noise.varianceFactor).pValue };
}
