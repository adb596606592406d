// The certified target: whether the mean of n seeds beats a target, at a step count declared beforehand.

import { mean, sampleStandardDeviation } from 'simple-statistics';
import { normalCdf, normalQuantile, studentQuantile, studentUpper } from './distributions.js';
import { requireFinite, requireFraction } from './samples.js';

export interface CertifiedTarget {
  readonly certified: boolean;
  readonly count: number;
  readonly mean: number;
  /** Declared, or estimated from the values. */
  readonly sigma: number;
  /** (target - mean) sqrt(n) / sigma. */
  readonly statistic: number;
  /** What the statistic must reach: z, or Student's t if sigma is estimated. */
  readonly critical: number;
  /** One-sided p-value of "the expected loss is not below the target". */
  readonly pValue: number;
}

/**
 * The test of modded-nanogpt's optimizer track: a claim "reaches the target in S steps" holds if
 *
 *   (target - mean) sqrt(n) >= z sigma,   one-sided, p < 0.001,
 *
 * over the final losses of all n seeds that ran for the S steps declared beforehand. No run may stop at a lucky evaluation, and none
 * may be left out. `sigma` is the standard deviation over seeds, declared from earlier runs; without it, that of these values is used,
 * with Student's t for z.
 *
 * @param losses final losses, lower is better
 * @throws RangeError if there are no losses (without `sigma`, fewer than two), one is not finite, or `sigma` is not above zero.
 * @example
 * certifiedTarget([3.276, 3.279, 3.277, 3.278], 3.28, { sigma: 0.001 }).certified // = true
 * certifiedTarget([3.276, 3.279, 3.277, 3.278], 3.28).certified // = false
 */
export function certifiedTarget(
  losses: readonly number[],
  target: number,
  { sigma, level = 0.001 }: { readonly sigma?: number; readonly level?: number } = {},
): CertifiedTarget {
  requireFinite('losses', losses, sigma === undefined ? 2 : 1);
  requireFinite('target', [target], 1);
  requireFraction('level', level);
  if (sigma !== undefined && !(sigma > 0 && sigma < Number.POSITIVE_INFINITY))
    throw new RangeError(`sigma: expected a finite number above zero, got ${sigma}`);
  const count = losses.length;
  const center = mean(losses as number[]);
  const deviation = sigma ?? sampleStandardDeviation(losses as number[]);
  const distance = (target - center) * Math.sqrt(count);
  const statistic =
    deviation > 0 ? distance / deviation : distance > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const critical = sigma === undefined ? studentQuantile(1 - level, count - 1) : normalQuantile(1 - level);
  const pValue =
    statistic === Number.POSITIVE_INFINITY
      ? 0
      : statistic === Number.NEGATIVE_INFINITY
        ? 1
        : sigma === undefined
          ? studentUpper(statistic, count - 1)
          : normalCdf(-statistic);
  return {
    certified: statistic >= critical,
    count,
    mean: center,
    sigma: deviation,
    statistic,
    critical,
    pValue,
  };
}
