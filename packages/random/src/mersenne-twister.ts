// MT19937, the Mersenne Twister, with both of its seedings.
//
// Source: Matsumoto and Nishimura, ACM TOMACS 8 (1998), 3-30; mt19937ar.c (2002). The generator itself is pure-rand's.

import { mersenne, mersenneFromState } from 'pure-rand/generator/mersenne';
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** A stream of 32-bit words: `next()` draws one, as a signed integer; `clone()` copies the stream. */
export type { RandomGenerator };

/**
 * MT19937 seeded by `init_genrand(seed)`, like numpy. `jump()` moves far ahead, to a stream that does not overlap.
 *
 * @throws RangeError unless `seed` is an integer from 0 to 2^32 - 1
 * @example
 * mersenneTwister(5489).next() >>> 0; // = 3499211612
 */
export function mersenneTwister(seed: number): JumpableRandomGenerator {
  requireSeed(seed);
  return mersenne(seed);
}

/**
 * MT19937 seeded by `init_by_array([seed])`, like Python.
 *
 * @throws RangeError unless `seed` is an integer from 0 to 2^32 - 1
 */
export function mersenneTwisterByArray(seed: number): RandomGenerator {
  requireSeed(seed);
  const generator = mersenneFromState([0, ...stateByArray(seed)]);
  // pure-rand keeps words one twist ahead of mt19937ar.c: the first 624 draws twist the seeded state.
  for (let i = 0; i < STATE_SIZE; i++) generator.next();
  return generator;
}

function requireSeed(seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`seed of MT19937: expected an integer from 0 to 2^32 - 1, got ${seed}`);
  }
}

const STATE_SIZE = 624;

/** The state after `init_by_array([key])`, before its first twist. */
function stateByArray(key: number): Int32Array {
  const state = new Int32Array(STATE_SIZE);
  state[0] = 19650218;
  for (let i = 1; i < STATE_SIZE; i++)
    state[i] = Math.imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
  let i = 1;
  const advance = (multiplier: number, addend: number) => {
    const previous = state[i - 1]!;
    state[i] = (state[i]! ^ Math.imul(previous ^ (previous >>> 30), multiplier)) + addend;
    i += 1;
    if (i === STATE_SIZE) {
      state[0] = state[STATE_SIZE - 1]!;
      i = 1;
    }
  };
  for (let k = 0; k < STATE_SIZE; k++) advance(1664525, key | 0);
  for (let k = 1; k < STATE_SIZE; k++) advance(1566083941, -i);
  state[0] = -(2 ** 31);
  return state;
}
