// Medians, their intervals, and ratios of interleaved rounds.

import { describe, expect, it } from 'vitest';
import { median, medianInterval, pairedRatio, shuffled, uniform } from '../src/statistics.mjs';

describe('median', () => {
  it('is the middle value, or the mean of the middle two', () => {
    expect(median([5, 1, 9])).toBe(5);
    expect(median([10, 2, 4, 8])).toBe(6);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('medianInterval', () => {
  it('covers the median of the distribution in about 95 of 100 samples', () => {
    const random = uniform(7);
    const sample = () => Array.from({ length: 25 }, random);
    const intervals = Array.from({ length: 300 }, (_, i) =>
      medianInterval(sample(), { resamples: 400, seed: i }),
    );
    const covered = intervals.filter(({ low, high }) => low <= 0.5 && 0.5 <= high).length;
    expect(covered / 300).toBeGreaterThan(0.88);
    expect(covered / 300).toBeLessThan(0.995);
  });

  it('is the value itself where all are equal', () => {
    expect(medianInterval([3, 3, 3])).toEqual({ median: 3, low: 3, high: 3 });
  });
});

describe('pairedRatio', () => {
  it('cancels what slows both sides of a round', () => {
    const load = [1, 5, 2, 9, 1, 3, 7];
    const ratio = pairedRatio(
      load.map((factor) => 0.8 * factor),
      load,
    );
    expect(ratio.median).toBeCloseTo(0.8, 12);
    expect(ratio.high - ratio.low).toBeLessThan(1e-12);
  });

  it('refuses sides of different lengths', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow('expected 2 of each, got 1');
  });
});

it('shuffles to every order, the same for a seed', () => {
  const orders = new Set(
    Array.from({ length: 200 }, (_, seed) => shuffled(['a', 'b', 'c'], uniform(seed)).join('')),
  );
  expect([...orders].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  expect(shuffled([1, 2, 3, 4], uniform(3))).toEqual(shuffled([1, 2, 3, 4], uniform(3)));
});
