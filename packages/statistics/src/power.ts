// Power: how many pairs would separate two contestants at the effect seen.

import { mean, sampleStandardDeviation } from 'simple-statistics';
import { normalQuantile } from './distributions.js';
import { requireFinite, requireFraction } from './samples.js';

/** More pairs than anybody will run. */
const MOST = 10_000;

/**
 * The number of pairs with which a two-sided paired test at level `alpha` finds the effect seen in `differences` with probability
 * `power`:
 *
 *   n = ((z_(1 - alpha / 2) + z_power) / d)^2 + z_(1 - alpha / 2)^2 / 2,   d = mean / standard deviation,
 *
 * Guenther's approximation of the noncentral t distribution, within one pair of it for n of at least 6. The effect seen is an
 * estimate: with few pairs the answer is an order of magnitude.
 *
 * Source: Guenther, The American Statistician 35 (1981), doi:10.1080/00031305.1981.10479363.
 *
 * @returns null for fewer than two differences, no effect, or more than 10,000 pairs; 2 at least
 * @throws RangeError if a difference is not finite, or a level is not between 0 and 1.
 * @example
 * pairsNeeded([0.5, 1.5, -1, 1, 2, -0.5, 1, -0.5]) // = 38
 */
export function pairsNeeded(
  differences: readonly number[],
  { alpha = 0.05, power = 0.8 }: { readonly alpha?: number; readonly power?: number } = {},
): number | null {
  requireFraction('alpha', alpha);
  requireFraction('power', power);
  if (differences.length < 2) return null;
  requireFinite('differences', differences, 2);
  const effect = Math.abs(mean(differences as number[]));
  if (effect === 0) return null;
  const z = normalQuantile(1 - alpha / 2);
  const deviations = sampleStandardDeviation(differences as number[]) / effect;
  const pairs = Math.ceil(((z + normalQuantile(power)) * deviations) ** 2 + z ** 2 / 2);
  return pairs > MOST ? null : Math.max(2, pairs);
}
