// Medians with bootstrap intervals, ratios of interleaved rounds, and the order of a round.

import { statistics } from './gaussmark.mjs';

/**
 * The median of at least one number, with the 95 % interval of a percentile bootstrap; one number has none.
 *
 * @param {readonly number[]} values
 * @returns {{ median: number, low: number | null, high: number | null }}
 */
export function medianInterval(values) {
  const { value, interval } = statistics.bootstrapMedian(values);
  return { median: value, low: interval?.low ?? null, high: interval?.high ?? null };
}

/**
 * The ratio of two peers' times. Rounds are interleaved, so both of a round saw the same machine: the ratio is the median of
 * the rounds' own, and what drifts over the rounds cancels.
 *
 * @throws RangeError if they do not have the same number of rounds
 */
export function pairedRatio(ours, theirs) {
  if (ours.length !== theirs.length) {
    throw new RangeError(`paired rounds: expected ${ours.length} of each, got ${theirs.length}`);
  }
  return medianInterval(ours.map((seconds, i) => seconds / theirs[i]));
}

/** Uniform numbers on [0, 1) from a seed: mulberry32. Every run of the command draws the same orders. */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
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
