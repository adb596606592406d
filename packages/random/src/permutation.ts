// Fisher-Yates permutations. Python's, numpy's and ours differ only in how they draw the integers.

import type { RandomGenerator } from './mersenne-twister.js';
import { uniformInt } from './uniform.js';

/**
 * A uniformly random permutation of 0 ... size - 1, drawn with `uniformInt`.
 *
 * @example
 * permutation(5, mersenneTwister(5489)); // = [3, 1, 0, 2, 4]
 */
export function permutation(size: number, generator: RandomGenerator): Int32Array {
  const partners = new Int32Array(size);
  for (let i = size - 1; i > 0; i--) partners[i] = uniformInt(generator, i + 1);
  return exchange(identity(size), partners);
}

/** 0 ... size - 1. */
export function identity(size: number): Int32Array {
  return Int32Array.from({ length: size }, (_, i) => i);
}

/**
 * Swaps items[i] with items[partners[i]], from the last i down to 1, in place. If each partner is uniform on 0 ... i, all orders are
 * equally likely.
 *
 * Source: Durstenfeld, Algorithm 235, CACM 7 (1964), 420; Knuth, TAOCP 2, 3.4.2, algorithm P.
 */
export function exchange(items: Int32Array, partners: Int32Array): Int32Array {
  for (let i = items.length - 1; i > 0; i--) {
    const j = partners[i]!;
    const kept = items[i]!;
    items[i] = items[j]!;
    items[j] = kept;
  }
  return items;
}
