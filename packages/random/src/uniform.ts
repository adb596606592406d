// Uniform numbers from a generator's words.

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt as uniformIntBetween } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from './mersenne-twister.js';

/**
 * A uniform integer from 0 to `count` - 1: a word modulo `count`, redrawn above the largest multiple of `count`, so that all integers
 * are equally likely. pure-rand's `uniformInt`.
 *
 * @param count 1 <= count <= 2^32
 * @example
 * uniformInt(mersenneTwister(5489), 6); // = 0
 */
export function uniformInt(generator: RandomGenerator, count: number): number {
  return uniformIntBetween(generator, 0, count - 1);
}

/**
 * A uniform double in [0, 1), a multiple of 2^-53: the low 26 bits of a word, then the low 27 of the next. pure-rand's
 * `uniformFloat64`; numpy's `RandomState.randomSample` takes the high bits.
 *
 * @example
 * uniformDouble(mersenneTwister(5489)); // = 0.142316
 */
export function uniformDouble(generator: RandomGenerator): number {
  return uniformFloat64(generator);
}

/**
 * `length` uniform doubles in [-1, 1), multiples of 2^-31, one word each.
 *
 * @example
 * signedUniforms(mersenneTwister(5489), 2); // = [-0.370553, 0.270954]
 */
export function signedUniforms(generator: RandomGenerator, length: number): Float64Array {
  return Float64Array.from({ length }, () => generator.next() / 2 ** 31);
}
