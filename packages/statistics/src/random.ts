// Seeded randomness: the same seed gives the same resamples on every machine.

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Draws an integer of 0 to `count - 1`, each equally likely. */
export type DrawIndex = (count: number) => number;

/** A generator (xoroshiro128+, unbiased bounded integers) started from `seed`, any integer. */
export function indexSource(seed: number): DrawIndex {
  const generator = xoroshiro128plus(seed);
  return (count) => uniformInt(generator, 0, count - 1);
}
