import { describe, expect, it } from 'vitest';
import { midRanks, performanceProfiles, rankOptimizers } from '../src/index.js';
import { performanceRatios, profileAt, profileScore } from '../src/profiles.js';
import { noise, repeat } from './random.js';
import reference from './reference/values.json' with { type: 'json' };

const { scores, atTwo } = reference.profiles;
const times = reference.profiles.times.map((row) => row.map((time) => time ?? Number.POSITIVE_INFINITY));

describe('performance profiles', () => {
  it('agree with AlgoPerf using trapezoids through 300,001 points', () => {
    performanceRatios(times).forEach((ratios, o) => {
      expect(profileScore(ratios)).toBeCloseTo(scores[o]!, 4);
      expect(profileAt(ratios, 2)).toBeCloseTo(atTwo[o]!, 12);
    });
  });

  it('count a target that nobody reached, with an infinite ratio that is never solved', () => {
    const ratios = performanceRatios([
      [10, Number.POSITIVE_INFINITY],
      [25, Number.POSITIVE_INFINITY],
    ]);
    expect(ratios).toEqual([
      [1, Number.POSITIVE_INFINITY],
      [2.5, Number.POSITIVE_INFINITY],
    ]);
    expect(profileScore(ratios[0]!)).toBe(0.5);
    expect(profileScore(ratios[1]!)).toBe(0.25);
    expect(profileAt(ratios[0]!, Number.POSITIVE_INFINITY)).toBe(0.5);
  });

  const source = noise(8);
  const draws = (scale: number) => repeat(6, () => repeat(7, () => scale * Math.exp(0.2 * source.normal())));
  const table = [
    { optimizer: 'fast', results: draws(10) },
    { optimizer: 'slow', results: draws(30) },
    { optimizer: 'close', results: draws(10.5) },
  ];

  it('have bands that contain the curve, and scores whose intervals separate different optimizers', () => {
    const [fast, slow, close] = performanceProfiles(table, { resamples: 300 });
    for (const { curve } of [fast!, slow!, close!]) {
      for (const { low, share, high } of curve) {
        expect(low).toBeLessThanOrEqual(share);
        expect(high).toBeGreaterThanOrEqual(share);
      }
      expect(curve.map(({ share }) => share)).toEqual(
        curve.map(({ share }) => share).toSorted((a, b) => a - b),
      );
    }
    expect(slow!.score.interval!.high).toBeLessThan(fast!.score.interval!.low);
    expect(close!.score.interval!.high).toBeGreaterThan(fast!.score.interval!.low);
    expect(slow!.curve.at(0)).toMatchObject({ ratio: 1, share: 0 });
  });

  it('reject invalid input', () => {
    expect(() => performanceRatios([[1, 0]])).toThrow(
      /times of optimizer 0: expected times above zero, or Infinity .* got 0 at index 1/,
    );
    expect(() => performanceRatios([[1, 2], [1]])).toThrow(/must have the same length, got 2 and 1/);
    expect(() => profileScore([0.5])).toThrow(/expected numbers of at least 1/);
  });

  describe('ranks', () => {
    it('are midranks, with equal infinities', () => {
      expect(midRanks([5, 1, 5, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toEqual([
        2.5, 1, 2.5, 4.5, 4.5,
      ]);
    });

    it('have intervals that separate different optimizers', () => {
      const [fast, slow, close] = rankOptimizers(table, { resamples: 500, paired: false });
      expect(slow!.rank).toMatchObject({ value: 3, interval: { low: 3, high: 3 } });
      expect(slow!.firstShare).toBe(0);
      expect(fast!.rank.interval!.high).toBeGreaterThan(close!.rank.interval!.low);
      expect(fast!.firstShare + close!.firstShare).toBeCloseTo(1, 10);
    });

    it('use pairing: a seed that shifts all optimizers does not change the order', () => {
      const shifts = repeat(5, () => 10 * source.normal());
      const shifted = [0, 1].map((better) => ({
        optimizer: `o${better}`,
        results: [shifts.map((s) => s + better)],
      }));
      expect(rankOptimizers(shifted)[0]!.rank.interval).toMatchObject({ low: 1, high: 1 });
      expect(rankOptimizers(shifted, { paired: false })[0]!.rank.interval).toMatchObject({ low: 1, high: 2 });
      expect(rankOptimizers(shifted, { better: 'higher' })[0]!.rank.value).toBe(2);
    });

    it('reject pairing with different seeds', () => {
      const uneven = [
        { optimizer: 'a', results: [[1, 2]] },
        { optimizer: 'b', results: [[1, 2, 3]] },
      ];
      expect(() => rankOptimizers(uneven, { paired: true })).toThrow(/needs the same seeds/);
      expect(rankOptimizers(uneven)[0]!.rank.method).toMatch(/over seeds/);
    });
  });
});
