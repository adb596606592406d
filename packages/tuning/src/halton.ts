// Scrambled Halton points: quasi-random, so that a few of them already lie evenly in the unit cube.

import { permutation, type RandomGenerator, xoroshiro128plus } from '@gaussmark/random';

/** Digits beyond this are below what a double near 1 can hold. */
const RESOLUTION = 2 ** -53;

/**
 * The points i = 0, 1, ... of a Halton sequence whose digits are scrambled. With i = sum over k of a_k b^k in the base b of a
 * dimension (the d-th prime), its coordinate is
 *
 *   x = sum over k of pi_k(a_k) b^(-k-1),   pi_k a random permutation of 0 ... b - 1, one for each dimension and digit.
 *
 * Without scrambling, dimensions of large bases are strongly correlated over the first points. Each coordinate is uniform on
 * [0, 1), and among any b^m consecutive points that begin at a multiple of b^m, each interval of length b^-m has one. The
 * first n points do not depend on how many follow: a longer search begins with the same trials.
 *
 * Source: Owen, A randomized Halton algorithm in R (2017), arXiv 1706.02808; Halton, Numerische Mathematik 2 (1960).
 */
export class ScrambledHalton {
  readonly #dimensions: readonly Dimension[];

  /** @param seed an integer: of the permutations. */
  constructor(dimensions: number, seed: number) {
    const generator = xoroshiro128plus(seed);
    this.#dimensions = firstPrimes(dimensions).map((base) => scramble(base, generator));
  }

  /** The i-th point, each coordinate in [0, 1). */
  point(index: number): number[] {
    return this.#dimensions.map((dimension) => coordinate(index, dimension));
  }
}

interface Dimension {
  readonly base: number;
  /** One for each digit, least significant of the index first. */
  readonly permutations: readonly Int32Array[];
}

function scramble(base: number, generator: RandomGenerator): Dimension {
  const permutations: Int32Array[] = [];
  for (let weight = 1; weight > RESOLUTION; weight /= base) permutations.push(permutation(base, generator));
  return { base, permutations };
}

function coordinate(index: number, { base, permutations }: Dimension): number {
  let rest = index;
  let weight = 1 / base;
  let x = 0;
  for (const permuted of permutations) {
    x += permuted[rest % base]! * weight;
    rest = Math.floor(rest / base);
    weight /= base;
  }
  // All digits at their largest may round up to 1.
  return Math.min(x, 1 - RESOLUTION);
}

/** 2, 3, 5, ... by trial division. */
export function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return primes;
}
