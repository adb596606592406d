// The generators against other implementations, and the numbers derived from their words.

import { describe, expect, it } from 'vitest';
import {
  mersenneTwister,
  mulberry32,
  permutation,
  signedUniforms,
  uniformDouble,
  uniformInt,
  xoroshiro128plus,
} from '../src/index.js';

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);

/** xoroshiro128+ as Blackman and Vigna write it, in 64-bit words. */
function referenceXoroshiro(seed: number): () => number {
  const rotated = (x: bigint, k: bigint) => BigInt.asUintN(64, (x << k) | (x >> (64n - k)));
  let s0 = (0xffffffffn << 32n) | BigInt(~seed >>> 0);
  let s1 = BigInt(seed >>> 0) << 32n;
  return () => {
    const word = s0 + s1;
    const mixed = s0 ^ s1;
    s0 = rotated(s0, 24n) ^ mixed ^ BigInt.asUintN(64, mixed << 16n);
    s1 = rotated(mixed, 37n);
    return Number(BigInt.asIntN(32, word));
  };
}

describe('generators', () => {
  it('mersenneTwister draws the 10000th word that ISO C++ specifies for mt19937', () => {
    const generator = mersenneTwister(5489);
    const words = draw(10_000, () => generator.next() >>> 0);
    expect(words[0]).toBe(3499211612);
    expect(words[9999]).toBe(4123659995);
  });

  it.each([1, 7, 2 ** 31, 2 ** 32 - 1])(
    'xoroshiro128plus draws the low halves of 64-bit words (seed %i)',
    (seed) => {
      const generator = xoroshiro128plus(seed);
      expect(draw(1000, () => generator.next())).toEqual(draw(1000, referenceXoroshiro(seed)));
    },
  );

  it('mulberry32 keeps its stream', () => {
    expect(draw(4, mulberry32(7))).toEqual([
      0.011704753153026104, 0.06195825757458806, 0.97690763277933, 0.6990287057124078,
    ]);
  });

  it.each([-1, 2 ** 32, 1.5, Number.NaN])('mersenneTwister rejects the seed %s', (seed) => {
    expect(() => mersenneTwister(seed)).toThrow(RangeError);
  });
});

describe('numbers derived from words', () => {
  const words = () => {
    const generator = xoroshiro128plus(7);
    return draw(6, () => generator.next());
  };

  it('signedUniforms divides each by 2^31', () => {
    expect([...signedUniforms(xoroshiro128plus(7), 6)]).toEqual(words().map((word) => word / 2 ** 31));
  });

  it('uniformDouble uses the low bits of two', () => {
    const generator = xoroshiro128plus(7);
    const [a, b] = words().map((word) => word >>> 0);
    expect(uniformDouble(generator)).toBe(((a! % 2 ** 26) * 2 ** 27 + (b! % 2 ** 27)) / 2 ** 53);
  });

  it('uniformInt and permutation keep their streams', () => {
    const generator = xoroshiro128plus(7);
    expect(draw(4, () => uniformInt(generator, 1000))).toEqual([640, 630, 975, 679]);
    expect([...permutation(10, xoroshiro128plus(7))]).toEqual([4, 3, 2, 8, 6, 5, 1, 7, 9, 0]);
  });
});
