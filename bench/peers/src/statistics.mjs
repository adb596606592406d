// Medians, and their intervals by bootstrap.

/** The median of at least one number; the mean of the middle two of an even count. */
export function median(values) {
  if (values.length === 0) throw new RangeError('the median of no values');
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Uniform numbers on [0, 1) from a seed: mulberry32. A report's intervals are the same whenever they are computed again. */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The median, with the percentile bootstrap's interval (Efron and Tibshirani, 1993, ch. 13).
 *
 * @param {ArrayLike<number>} values at least one
 * @param {{ level?: number, resamples?: number, seed?: number }} [options] level of the interval, 0.95
 * @returns {{ median: number, low: number, high: number }}
 */
export function medianInterval(values, { level = 0.95, resamples = 2000, seed = 1 } = {}) {
  const random = uniform(seed);
  const draw = () =>
    Array.from({ length: values.length }, () => values[Math.floor(random() * values.length)]);
  const medians = Float64Array.from({ length: resamples }, () => median(draw())).sort();
  const at = (share) => medians[Math.min(resamples - 1, Math.max(0, Math.round(share * (resamples - 1))))];
  return { median: median(values), low: at((1 - level) / 2), high: at((1 + level) / 2) };
}

/**
 * The ratio of two peers' times. Rounds are interleaved, so both of a round saw the same machine: the ratio is the median of
 * the rounds' own, and what drifts over the rounds cancels.
 *
 * @throws RangeError if they do not have the same number of rounds
 */
export function pairedRatio(ours, theirs, options) {
  if (ours.length !== theirs.length) {
    throw new RangeError(`paired rounds: expected ${ours.length} of each, got ${theirs.length}`);
  }
  return medianInterval(
    Array.from(ours, (seconds, i) => seconds / theirs[i]),
    options,
  );
}

/** Uniform permutation of a list (Fisher and Yates), as a new list. */
export function shuffled(items, random) {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}
