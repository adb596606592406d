// Compares timings: slower, faster, same or undecided.

import { logRatios, type TimedPairs } from './noise-floor.js';
import { ratioFromLogs } from './paired.js';
import { type Estimate, requireFraction, requireInteger, requireNonNegative } from './samples.js';
import { hodgesLehmann } from './signed-rank.js';
import { isConstant } from './spread.js';

export type TimedDecision = 'slower' | 'faster' | 'same' | 'undecided';

export interface TimedOptions {
  /** Smallest relative change that matters: 0.05 is 5 %. Default 0.05. */
  readonly threshold?: number;
  /** The machine's noise floor, relative (see `noiseFloor`). Default 0: not measured. */
  readonly floor?: number;
  /** Confidence level of the interval. Default 0.95. */
  readonly level?: number;
  /**
   * How often the comparison may be evaluated while samples are added. Stopping at the first look that decides increases the error,
   * so each look gets an equal share of 1 - level (Bonferroni). Default 1.
   */
  readonly looks?: number;
}

export interface TimedComparison {
  readonly decision: TimedDecision;
  /** candidate / baseline: 1.1 is 10 % slower. */
  readonly ratio: Estimate;
  /** max(threshold, floor): changes up to a factor 1 + margin either way count as none. */
  readonly margin: number;
  readonly pairs: number;
  /** Lag-1 autocorrelation of the log ratios if it is significant (the interval is widened for it), else 0. */
  readonly autocorrelation: number;
  /** Pairs to add until a decision is likely; 0 if decided, `null` if more than 10,000: too close to the margin. */
  readonly morePairs: number | null;
}

const MOST_PAIRS = 10_000;

/**
 * Compares interleaved timings. On d_i = log(candidate_i / baseline_i), in which slow phases of the machine cancel, it computes the
 * Hodges-Lehmann center with its signed-rank interval. With L = log(1 + max(threshold, floor)):
 *
 *   slower     the interval lies above L              same       it lies within (-L, L)
 *   faster     it lies below -L                       undecided  otherwise
 *
 * So "slower" is wrong for code within the margin with probability at most (1 - level) / 2, for any distribution of the noise, and
 * "same" is a positive finding (an equivalence test: Schuirmann 1987, doi:10.1007/BF01068419).
 *
 * If the d_i are correlated in time (rho > 1.645 / sqrt(n)), the interval is widened by sqrt((1 + rho) / (1 - rho)), as for an AR(1)
 * series. Widths shrink as 1 / sqrt(n): an interval of half-width h whose center is at distance g from the nearest limit needs about
 * n (h / g)^2 pairs in total.
 *
 * @throws RangeError if there are no pairs, the lengths differ, a time is not finite and above zero, or an option is out of range.
 */
export function compareTimed(pairs: TimedPairs, options: TimedOptions = {}): TimedComparison {
  const { threshold = 0.05, floor = 0, level = 0.95, looks = 1 } = options;
  requireNonNegative('threshold', threshold);
  requireNonNegative('floor', floor);
  requireFraction('level', level);
  requireInteger('looks', looks, 1);
  const margin = Math.max(threshold, floor);
  if (margin === 0)
    throw new RangeError('threshold and floor: at least one must be above 0, since timings are never equal');

  const differences = logRatios(pairs);
  const perLook = 1 - (1 - level) / looks;
  const autocorrelation = significantAutocorrelation(differences);
  const center = widened(
    hodgesLehmann(differences, perLook),
    Math.sqrt((1 + autocorrelation) / (1 - autocorrelation)),
  );
  const common = { ratio: ratioFromLogs(center), margin, pairs: differences.length, autocorrelation };
  // The widest signed-rank interval has confidence 1 - 2^(1 - n).
  const fewest = Math.ceil(1 - Math.log2(1 - perLook));
  if (center.interval === null || differences.length < fewest) {
    return { ...common, decision: 'undecided', morePairs: fewest - differences.length };
  }
  const { low, high } = center.interval;
  const border = Math.log1p(margin);
  if (low > border) return { ...common, decision: 'slower', morePairs: 0 };
  if (high < -border) return { ...common, decision: 'faster', morePairs: 0 };
  if (low > -border && high < border) return { ...common, decision: 'same', morePairs: 0 };
  const gap = Math.abs(Math.abs(center.value) - border);
  const needed = Math.ceil(differences.length * ((high - low) / 2 / gap) ** 2) - differences.length;
  return { ...common, decision: 'undecided', morePairs: needed <= MOST_PAIRS ? Math.max(1, needed) : null };
}

function significantAutocorrelation(values: readonly number[]): number {
  if (isConstant(values)) return 0;
  const center = values.reduce((sum, v) => sum + v, 0) / values.length;
  let lagged = 0;
  let square = 0;
  values.forEach((v, i) => {
    square += (v - center) ** 2;
    if (i > 0) lagged += (v - center) * (values[i - 1]! - center);
  });
  const rho = lagged / square;
  return rho > 1.645 / Math.sqrt(values.length) ? Math.min(rho, 0.95) : 0;
}

function widened(estimate: Estimate, factor: number): Estimate {
  if (estimate.interval === null || factor === 1) return estimate;
  const { low, high, level } = estimate.interval;
  const around = (limit: number) => estimate.value + factor * (limit - estimate.value);
  return {
    ...estimate,
    interval: { low: around(low), high: around(high), level },
    method: `${estimate.method}, widened for autocorrelation`,
  };
}
