// Medians with bootstrap intervals, and ratios of interleaved rounds.

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
