// Bootstrap intervals over seeds: percentile and BCa.

import { type RandomGenerator, uniformInt, xoroshiro128plus } from '@gaussmark/random';
import { mean } from 'simple-statistics';
import { normalCdf, normalQuantile } from './distributions.js';
import { ascending, medianOf, quantileOfSorted } from './quantiles.js';
import {
  type Estimate,
  FEW_VALUES,
  type Interval,
  requireCount,
  requireFinite,
  requireFraction,
  requireInteger,
} from './samples.js';
import { isConstant } from './spread.js';

export interface BootstrapOptions {
  /** Confidence level. Default 0.95. */
  readonly level?: number;
  /** Resamples. Default 2000, for a Monte Carlo error of a 95 % limit of about 2 % of the interval's width. */
  readonly resamples?: number;
  /** The generator restarts from this seed for every estimate, so an estimate depends only on its values. Default 1. */
  readonly seed?: number;
}

export type BootstrapMethod = 'percentile' | 'bca';

/** The options with their defaults. @throws RangeError on a level outside (0, 1) or fewer than 100 resamples. */
export function bootstrapSettings(options: BootstrapOptions): Required<BootstrapOptions> {
  const { level = 0.95, resamples = 2000, seed = 1 } = options;
  requireFraction('level', level);
  requireInteger('resamples', resamples, 100);
  requireInteger('seed', seed, Number.MIN_SAFE_INTEGER);
  return { level, resamples, seed };
}

/**
 * The mean of `values` with a bootstrap interval (BCa by default).
 *
 * @throws RangeError if there are no values or one is not finite.
 * @example
 * bootstrapMean([0.91, 0.93, 0.92, 0.95, 0.9]) // { value: 0.922, interval: { low: 0.908, high: 0.938, ... }, ... }
 */
export function bootstrapMean(
  values: readonly number[],
  options: BootstrapOptions & { readonly method?: BootstrapMethod } = {},
): Estimate {
  requireFinite('values', values, 1);
  return bootstrap(values, (sample) => mean(sample as number[]), { method: 'bca', ...options });
}

/**
 * The median of `values` with a bootstrap interval. Percentile by default: BCa estimates its acceleration with the jackknife, and
 * the jackknife of a median does not converge (Efron and Tibshirani 1993, section 11.6).
 *
 * @throws RangeError if there are no values or one is not finite.
 */
export function bootstrapMedian(
  values: readonly number[],
  options: BootstrapOptions & { readonly method?: BootstrapMethod } = {},
): Estimate {
  requireFinite('values', values, 1);
  return bootstrap(values, medianOf, { method: 'percentile', ...options });
}

/**
 * Any statistic of independent items (numbers, pairs, runs) with a bootstrap interval: B resamples of n items, drawn with
 * replacement, have the statistics t*_1 ... t*_B.
 *
 * - `percentile`: the alpha/2 and 1 - alpha/2 quantiles of t*.
 * - `bca` (bias-corrected and accelerated): the quantiles at
 *   Phi(z0 + (z0 + z) / (1 - a (z0 + z))) for z = Phi^-1(alpha/2), Phi^-1(1 - alpha/2), where
 *   z0 = Phi^-1(share of t* below t, ties counted half) and a = sum d^3 / (6 (sum d^2)^(3/2)) over the jackknife's
 *   d_i = mean(t_(.)) - t_(i).
 *
 * Source: Efron, Better Bootstrap Confidence Intervals, JASA 82 (1987), doi:10.1080/01621459.1987.10478410.
 *
 * One item has no interval. With fewer than 5 items (or if nearly all resamples give the same statistic, so that z0 does not exist
 * and `percentile` is used), `caution` warns that the interval is weak: it cannot leave the range of the resampled statistics, and
 * with n items the extremes have a share of only n^-n.
 *
 * @throws RangeError if there are no items.
 */
export function bootstrap<T>(
  items: readonly T[],
  statistic: (sample: readonly T[]) => number,
  options: BootstrapOptions & { readonly method?: BootstrapMethod } = {},
): Estimate {
  const settings = bootstrapSettings(options);
  const { method = 'percentile' } = options;
  requireCount('items', items.length, 1);
  const value = statistic(items);
  const words = `${method === 'bca' ? 'BCa' : 'percentile'} bootstrap, ${settings.resamples} resamples`;
  const count = items.length;
  if (count === 1)
    return { value, interval: null, count, method: words, caution: 'one value has no interval' };

  const statistics = resample(settings, (generator) => statistic(drawSample(items, generator)));
  const few = cautionOfFew(count);
  if (method === 'percentile') {
    return {
      value,
      interval: percentileInterval(statistics, settings.level),
      count,
      method: words,
      caution: few,
    };
  }
  const shares = bcaShares(value, statistics, jackknife(items, statistic), settings.level);
  if (shares === null) {
    return {
      value,
      interval: percentileInterval(statistics, settings.level),
      count,
      method: `percentile bootstrap, ${settings.resamples} resamples`,
      caution:
        few ??
        'percentile interval, since BCa does not exist for these values (no spread among the resamples)',
    };
  }
  const interval = {
    low: quantileOfSorted(statistics, shares[0]),
    high: quantileOfSorted(statistics, shares[1]),
    level: settings.level,
  };
  return { value, interval, count, method: words, caution: few };
}

/** The caution for a bootstrap over so few values; `null` from 5 on. */
export function cautionOfFew(count: number): string | null {
  return count < FEW_VALUES ? `only ${count} values: the interval is narrower than its level suggests` : null;
}

/** The statistics of `resamples` draws, ascending. */
export function resample(
  settings: Required<BootstrapOptions>,
  statistic: (generator: RandomGenerator) => number,
): readonly number[] {
  const generator = xoroshiro128plus(settings.seed);
  return ascending(Float64Array.from({ length: settings.resamples }, () => statistic(generator)));
}

/** A sample of the same size, drawn with replacement. */
export function drawSample<T>(items: readonly T[], generator: RandomGenerator): T[] {
  return items.map(() => items[uniformInt(generator, items.length)]!);
}

/** The central interval of ascending resampled statistics. */
export function percentileInterval(sorted: readonly number[], level: number): Interval {
  const tail = (1 - level) / 2;
  return { low: quantileOfSorted(sorted, tail), high: quantileOfSorted(sorted, 1 - tail), level };
}

function jackknife<T>(items: readonly T[], statistic: (sample: readonly T[]) => number): number[] {
  return items.map((_, i) => statistic(items.filter((_, j) => j !== i)));
}

/** The two quantile levels of BCa, or `null` if z0 or a does not exist. */
function bcaShares(
  value: number,
  sorted: readonly number[],
  leaveOneOut: readonly number[],
  level: number,
): readonly [number, number] | null {
  if (isConstant(sorted) || isConstant(leaveOneOut)) return null;
  const below = sorted.filter((t) => t < value).length;
  const equal = sorted.filter((t) => t === value).length;
  const bias = normalQuantile((below + equal / 2) / sorted.length);
  const center = mean(leaveOneOut as number[]);
  // Rescaled by a power of two, since cubes of small losses would underflow.
  const unit = 2 ** Math.floor(Math.log2(Math.max(...leaveOneOut.map((t) => Math.abs(center - t)))));
  const deviations = leaveOneOut.map((t) => (center - t) / unit);
  const squares = deviations.reduce((sum, d) => sum + d * d, 0);
  const acceleration = deviations.reduce((sum, d) => sum + d ** 3, 0) / (6 * squares ** 1.5);
  if (!Number.isFinite(bias) || !Number.isFinite(acceleration)) return null;
  const share = (z: number) => normalCdf(bias + (bias + z) / (1 - acceleration * (bias + z)));
  return [share(normalQuantile((1 - level) / 2)), share(normalQuantile((1 + level) / 2))];
}
