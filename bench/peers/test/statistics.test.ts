// Medians, their intervals, and ratios of interleaved rounds.

import { describe, expect, it } from 'vitest';
import { medianInterval, pairedRatio } from '../src/statistics.mjs';

describe('medianInterval', () => {
  it('holds the median between its limits', () => {
    const { median, low, high } = medianInterval([5, 1, 9, 4, 7, 3, 8]);
    expect(median).toBe(5);
    expect(low).toBeGreaterThanOrEqual(1);
    expect(low).toBeLessThan(5);
    expect(high).toBeGreaterThan(5);
    expect(high).toBeLessThanOrEqual(9);
  });

  it('has no limits for one value', () => {
    expect(medianInterval([3])).toEqual({ median: 3, low: null, high: null });
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
    expect(ratio.high! - ratio.low!).toBeLessThan(1e-12);
  });

  it('refuses sides of different lengths', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow('expected 2 of each, got 1');
  });
});
