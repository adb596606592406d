// The order of the examples: a new permutation for every epoch, from the run's seed.

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** The same seed gives the same sequence of permutations on every machine. */
export class Shuffle {
  readonly #generator;
  /** The current permutation of 0 .. size - 1. */
  readonly order: Int32Array;

  constructor(size: number, seed: number) {
    this.#generator = xoroshiro128plus(seed);
    this.order = Int32Array.from({ length: size }, (_, i) => i);
  }

  /** Draws the next permutation into `order` (Fisher-Yates). */
  next(): void {
    const { order } = this;
    for (let i = order.length - 1; i > 0; i--) {
      const j = uniformInt(this.#generator, 0, i);
      const swapped = order[i]!;
      order[i] = order[j]!;
      order[j] = swapped;
    }
  }
}
