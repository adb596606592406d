// Success rates with Wilson's interval.

import { normalHalfWidth } from './distributions.js';
import { type Estimate, requireFraction, requireInteger } from './samples.js';

/**
 * The share of `successes` in `trials` with Wilson's score interval, for z = Phi^-1((1 + level) / 2), p = successes / n:
 *
 *   (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
 *
 * It stays inside [0, 1], and is informative for 0 of n and n of n. Source: Wilson, JASA 22 (1927),
 * doi:10.1080/01621459.1927.10502953; compared by Newcombe, Statistics in Medicine 17 (1998) 857-872.
 *
 * @throws RangeError unless 0 <= successes <= trials, both integers, and trials >= 1.
 * @example
 * successRate(4, 5) // { value: 0.8, interval: { low: 0.376, high: 0.964, level: 0.95 }, ... }
 */
export function successRate(successes: number, trials: number, level = 0.95): Estimate {
  requireFraction('level', level);
  requireInteger('trials', trials, 1);
  requireInteger('successes', successes, 0);
  if (successes > trials)
    throw new RangeError(`successes: expected at most the ${trials} trials, got ${successes}`);
  const z = normalHalfWidth(level);
  const share = successes / trials;
  const scale = 1 + z ** 2 / trials;
  const center = (share + z ** 2 / (2 * trials)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2))) / scale;
  return {
    value: share,
    // The limits at 0 and n are exact; rounding would leave 1e-17 there.
    interval: {
      low: successes === 0 ? 0 : center - half,
      high: successes === trials ? 1 : center + half,
      level,
    },
    count: trials,
    method: 'Wilson score interval',
    caution: null,
  };
}
