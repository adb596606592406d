// The order of the examples: a new permutation for every epoch, from the run's seed.
//
// The stream is that of Python's `random.Random(seed).shuffle`, as the authors of the SGN paper used it: with the same
// seeds a run visits the examples in the order of their archived runs, and its losses can be compared digit by digit.

import { mersenneFromState } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * The permutations of one run: the same list, shuffled again for every epoch. The same seed gives the same sequence on
 * every machine.
 *
 * `random.Random(seed).shuffle` of CPython 3.2 and later: MT19937 seeded by `init_by_array([seed])` (Matsumoto and Nishimura,
 * mt19937ar.c), and Fisher-Yates from the end, whose index below n is the top bits of a word, drawn again while it is not below n.
 */
export class Shuffle {
  private readonly generator: RandomGenerator;
  /** By position, what it changes places with. */
  private readonly partners: Int32Array;
  /** The current permutation of 0 .. size - 1; the identity at first. */
  readonly order: Int32Array;

  /** @param seed an integer, 0 <= seed < 2^32. */
  constructor(size: number, seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
      throw new RangeError(`the seed of a run is an integer from 0 to 2^32 - 1, got ${seed}`);
    }
    this.order = Int32Array.from({ length: size }, (_, i) => i);
    this.partners = new Int32Array(size);
    this.generator = mersenneFromState([0, ...seededState(seed)]);
    // pure-rand keeps words one twist ahead of mt19937ar.c: the first 624 draws twist the seeded state.
    for (let i = 0; i < STATE_SIZE; i++) this.generator.next();
  }

  /** Draws the next permutation into `order`. */
  next(): void {
    const { order: items, partners } = this;
    this.draw();
    for (let i = items.length - 1; i > 0; i--) {
      const j = partners[i]!;
      const kept = items[i]!;
      items[i] = items[j]!;
      items[j] = kept;
    }
  }

  /**
   * Draws the partner of each position i > 0, from the end: uniform on 0 ... i.
   *
   * Whether a word is taken is as good as a toss of a coin. So it is no branch, which would be foretold wrong every other
   * time, but a step of 0 or 1: a partner that is too big is overwritten by the next. 8 nanoseconds a number and not 12.
   */
  private draw(): void {
    const { partners, generator } = this;
    let i = partners.length - 1;
    while (i > 0) {
      // As long as i + 1 has so many bits, a word is cut to them.
      const shift = Math.clz32(i + 1);
      const least = Math.max(1, 2 ** (31 - shift) - 1);
      while (i >= least) {
        const j = generator.next() >>> shift;
        partners[i] = j;
        // 1 if j <= i, 0 if not: the sign of j - i - 1, for both are below 2^31.
        i -= (j - i - 1) >>> 31;
      }
    }
  }
}

const STATE_SIZE = 624;

/** `init_by_array([key])`, untwisted. */
function seededState(key: number): Int32Array {
  const state = new Int32Array(STATE_SIZE);
  state[0] = 19650218;
  for (let i = 1; i < STATE_SIZE; i++)
    state[i] = Math.imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
  let i = 1;
  const advance = (multiplier: number, addend: number, sign: number) => {
    const previous = state[i - 1]!;
    state[i] = (state[i]! ^ Math.imul(previous ^ (previous >>> 30), multiplier)) + sign * addend;
    i += 1;
    if (i === STATE_SIZE) {
      state[0] = state[STATE_SIZE - 1]!;
      i = 1;
    }
  };
  for (let k = 0; k < STATE_SIZE; k++) advance(1664525, key | 0, 1);
  for (let k = 1; k < STATE_SIZE; k++) advance(1566083941, i, -1);
  state[0] = -(2 ** 31);
  return state;
}
