// xoroshiro128+, a small and fast generator, for everything that need not match another program's stream.

import { xoroshiro128plus as pureRandXoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { JumpableRandomGenerator } from 'pure-rand/types/JumpableRandomGenerator';

/**
 * xoroshiro128+ with shifts (24, 16, 37): the low 32 bits of each 64-bit word; `jump()` moves 2^64 words ahead. The generator is
 * pure-rand's.
 *
 * Source: Blackman and Vigna, *Scrambled linear pseudorandom number generators*, arXiv 1805.01407.
 *
 * @param seed only its low 32 bits are used
 * @example
 * xoroshiro128plus(42).next(); // = -43
 */
export function xoroshiro128plus(seed: number): JumpableRandomGenerator {
  return pureRandXoroshiro128plus(seed);
}
