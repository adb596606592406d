// The order in which numpy's legacy generator shuffles, for splits that were published as a numpy seed.

import { mersenne } from 'pure-rand/generator/mersenne';

/**
 * `order = numpy.arange(size); numpy.random.RandomState(seed).shuffle(order)`.
 *
 * Fisher-Yates from the end; an index up to i comes from the low bits of a word of MT19937, as many as i has, drawn
 * again while it is above i (numpy's legacy masked rejection).
 *
 * @param seed an integer, 0 <= seed < 2^32.
 * @param size 0 <= size < 2^31.
 */
export function numpyShuffle(seed: number, size: number): Int32Array {
  const generator = mersenne(seed);
  const order = Int32Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const mask = 0xffffffff >>> Math.clz32(i);
    let j: number;
    do j = (generator.next() & mask) >>> 0;
    while (j > i);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
