// Estimates over seeds: means and medians with bootstrap intervals.

import {
  type BootstrapMethod,
  bootstrap,
  bootstrapMean,
  bootstrapMedian,
  type Estimate as StatisticalEstimate,
} from '@gaussmark/statistics';
import { median } from 'simple-statistics';

/** A number over runs and its 95 % bootstrap interval. */
export interface Estimate {
  readonly value: number;
  /** Lower limit; null for a single run. */
  readonly low: number | null;
  /** Upper limit; null for a single run. */
  readonly high: number | null;
  /** Number of runs. */
  readonly count: number;
}

/** Extremes over runs. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Every estimate restarts the generator from this seed, so it depends only on its values. */
export const BOOTSTRAP_SEED = 1;

/** Resamples per interval in a report of up to 500 runs. */
export const BOOTSTRAP_RESAMPLES = 2000;
const FEWEST_RESAMPLES = 200;
/** Most runs times resamples of a report: about a second on one core. */
const RESAMPLING_BUDGET = 1_000_000;

/**
 * Resamples per interval in a report of `runs` runs: 2000 up to 500 runs, then fewer (in hundreds, at least 200), so that a
 * report of 10,000 runs takes seconds. The Monte Carlo error of a 95 % limit is about 2 % of the interval's width with 2000
 * resamples, 7 % with 200.
 */
export function resamplesFor(runs: number): number {
  const affordable = 100 * Math.floor(RESAMPLING_BUDGET / Math.max(1, runs) / 100);
  return Math.min(BOOTSTRAP_RESAMPLES, Math.max(FEWEST_RESAMPLES, affordable));
}

/**
 * Fewest runs for a bias-corrected and accelerated (BCa) interval of a mean; with fewer it is the percentile interval. BCa
 * estimates its correction from the skewness of the values, which three or four of them do not show.
 */
export const FEWEST_FOR_BCA = 5;

const methodFor = (count: number): BootstrapMethod => (count >= FEWEST_FOR_BCA ? 'bca' : 'percentile');

/** The mean of `values` with its interval; null if there are none. All values must be finite. */
export function estimateMean(
  values: readonly number[],
  resamples: number = BOOTSTRAP_RESAMPLES,
): Estimate | null {
  if (values.length === 0) return null;
  const method = methodFor(values.length);
  return withoutWords(bootstrapMean(values, { resamples, seed: BOOTSTRAP_SEED, method }));
}

/** The median of `values` with its percentile interval; null if there are none. All values must be finite. */
export function estimateMedian(
  values: readonly number[],
  resamples: number = BOOTSTRAP_RESAMPLES,
): Estimate | null {
  if (values.length === 0) return null;
  return withoutWords(bootstrapMedian(values, { resamples, seed: BOOTSTRAP_SEED }));
}

/**
 * The ratio of two medians, median(a) / median(b), with its percentile interval. If the lengths are equal, `a[i]` and `b[i]` belong
 * to one seed and are resampled together, so a seed's effect on both cancels.
 *
 * @returns null if a side is empty or the median of `b` is not positive; no interval if the lengths differ
 */
export function estimateRatio(
  a: readonly number[],
  b: readonly number[],
  resamples: number = BOOTSTRAP_RESAMPLES,
): Estimate | null {
  if (a.length === 0 || b.length === 0) return null;
  const value = median(a) / median(b);
  if (!(value >= 0 && Number.isFinite(value))) return null;
  if (a.length !== b.length) return { value, low: null, high: null, count: a.length };
  const pairs = a.map((of, index) => ({ of, over: b[index]! }));
  return withoutWords(
    bootstrap(
      pairs,
      (sample) => median(sample.map(({ of }) => of)) / median(sample.map(({ over }) => over)),
      {
        resamples,
        seed: BOOTSTRAP_SEED,
      },
    ),
  );
}

function withoutWords({ value, interval, count }: StatisticalEstimate): Estimate {
  return { value, low: interval?.low ?? null, high: interval?.high ?? null, count };
}

/** How the intervals of a report are computed, in words. */
export function intervalWords(resamples: number): string {
  return `95 % bootstrap intervals over seeds (${resamples} resamples, seeded; BCa from ${FEWEST_FOR_BCA} seeds up; percentile with fewer, which is narrower than its level says)`;
}
