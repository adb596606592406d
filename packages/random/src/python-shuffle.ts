// Python's `random.Random(seed).shuffle`, applied repeatedly to one list.

import { mersenneTwisterByArray, type RandomGenerator } from './mersenne-twister.js';
import { exchange, identity } from './permutation.js';

/**
 * Successive permutations of 0 ... size - 1: each `next()` shuffles the previous result, like repeated calls of
 * `random.Random(seed).shuffle(items)` in Python.
 *
 * Source: CPython 3.2 and later, Lib/random.py: MT19937 seeded by `init_by_array([seed])`, and a Fisher-Yates shuffle whose integer
 * below n is the top bits of a word, as many as n has, redrawn while it is not below n.
 *
 * @example
 * const shuffle = new PythonShuffle(10, 1);
 * shuffle.next();
 * shuffle.order; // = [6, 8, 9, 7, 5, 3, 0, 4, 1, 2]
 */
export class PythonShuffle {
  private readonly generator: RandomGenerator;
  private readonly partners: Int32Array;
  /** The current permutation, initially the identity. `next()` overwrites it. */
  readonly order: Int32Array;

  /**
   * @param size 0 <= size < 2^31
   * @param seed an integer, 0 <= seed < 2^32
   * @throws RangeError for any other seed
   */
  constructor(size: number, seed: number) {
    this.order = identity(size);
    this.partners = new Int32Array(size);
    this.generator = mersenneTwisterByArray(seed);
  }

  /** Draws the next permutation into `order`. */
  next(): void {
    this.drawPartners();
    exchange(this.order, this.partners);
  }

  /**
   * Draws the partner of each position i > 0, from the last, uniform on 0 ... i.
   *
   * Accepting a word is almost a coin toss, so a branch would be mispredicted half the time. Instead, the position moves by 0 or 1, and
   * the next word overwrites a rejected one: 8 ns per number instead of 12.
   */
  private drawPartners(): void {
    const { partners, generator } = this;
    let i = partners.length - 1;
    while (i > 0) {
      // For every i down to `least`, i + 1 has the same number of bits.
      const shift = Math.clz32(i + 1);
      const least = Math.max(1, 2 ** (31 - shift) - 1);
      while (i >= least) {
        const j = generator.next() >>> shift;
        partners[i] = j;
        // 1 if j <= i, otherwise 0: the sign bit of j - i - 1, since both are below 2^31.
        i -= (j - i - 1) >>> 31;
      }
    }
  }
}
