import { describe, expect, it } from 'vitest';
import { RandomState } from '../src/index.js';
import expected from './numpy-random-state.expected.json' with { type: 'json' };
import { ulpsBetween } from './ulps.js';

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);

// Values printed by numpy itself.
describe('RandomState', () => {
  it.each(expected.streams)('draws numpy’s uniform doubles, bit for bit (seed $seed)', (stream) => {
    const random = new RandomState(stream.seed);
    expect(draw(8, () => random.randomSample())).toEqual(stream.randomSample);
    const ranged = new RandomState(stream.seed);
    expect(draw(5, () => ranged.uniform(-3, 0.5))).toEqual(stream.uniform);
  });

  it.each(expected.streams)('draws numpy’s normal doubles to 3 ulp (seed $seed)', (stream) => {
    const random = new RandomState(stream.seed);
    for (const value of stream.standardNormal) {
      expect(ulpsBetween(random.standardNormal(), value)).toBeLessThanOrEqual(3n);
    }
  });

  it('keeps the second normal of a pair across uniform draws', () => {
    const random = new RandomState(expected.mixed.seed);
    for (const [i, name] of expected.mixed.draws.entries()) {
      const value = name === 'standardNormal' ? random.standardNormal() : random.randomSample();
      expect(ulpsBetween(value, expected.mixed.values[i]!)).toBeLessThanOrEqual(3n);
    }
  });

  it.each(expected.permutations)('orders $size rows as numpy does (seed $seed)', ({ seed, size, order }) => {
    expect([...new RandomState(seed).permutation(size)]).toEqual(order);
  });

  it.each([-1, 2 ** 32, 1.5, Number.NaN])('rejects the seed %s, like numpy', (seed) => {
    expect(() => new RandomState(seed)).toThrow(`from 0 to 2^32 - 1, got ${seed}`);
  });
});
