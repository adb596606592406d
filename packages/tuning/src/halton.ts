// Scrambled Halton points: quasi-random, so even a few of them cover the unit cube evenly.

import { permutation, type RandomGenerator, xoroshiro128plus } from '@gaussmark/random';

/** Smaller digits are below the precision of a double near 1. */
const RESOLUTION = 2 ** -53;

/**
 * The points i = 0, 1, ... of a Halton sequence with scrambled digits. With i = sum over k of a_k b^k in a dimension's base b
 * (the d-th prime), its coordinate is
 *
 *   x = sum over k of pi_k(a_k) b^(-k-1),   pi_k a random permutation of 0 ... b - 1 per dimension and digit.
 *
 * Without scrambling, dimensions with large bases are strongly correlated over the first points. Each coordinate is uniform
 * on [0, 1). Among b^m consecutive points starting at a multiple of b^m, each interval of length b^-m holds one. The first n
 * points do not depend on the number of points: a longer search starts with the same trials.
 *
 * Source: Owen, A randomized Halton algorithm in R (2017), arXiv 1706.02808; Halton, Numerische Mathematik 2 (1960).
 */
export class ScrambledHalton {
  readonly #dimensions: readonly Dimension[];

  /** @param seed an integer, for the permutations */
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
  /** One per digit, least significant digit of the index first. */
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
  // The largest digits may round up to 1.
  return Math.min(x, 1 - RESOLUTION);
}

/** 2, 3, 5, ... by trial division. */
export function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return primes;
}
