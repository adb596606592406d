import { describe, expect, it } from 'vitest';
import { fitLine, fitLineRobust } from '../src/index.js';
import { contains, noise, repeat } from './random.js';
import reference from './reference/values.json' with { type: 'json' };

const { x, y, weights, wild, ols, wls, theilSen } = reference.lines;

describe('straight line', () => {
  it.each([
    ['ordinary', ols, {}],
    ['weighted', wls, { weights }],
  ] as const)('agrees with statsmodels: %s least squares', (_, expected, options) => {
    const fit = fitLine(x, y, options);
    [fit.intercept, fit.slope].forEach((estimate, i) => {
      expect(estimate.value).toBeCloseTo(expected.values[i]!, 10);
      expect(estimate.interval!.low).toBeCloseTo(expected.intervals[i]![0]!, 7);
      expect(estimate.interval!.high).toBeCloseTo(expected.intervals[i]![1]!, 7);
    });
    expect(fit.residualDeviation).toBeCloseTo(expected.deviation, 10);
  });

  it('agrees with scipy: Theil-Sen slope, limits and intercept, with tied x', () => {
    const { slope, intercept } = fitLineRobust(x, wild, { resamples: 200 });
    expect([slope.value, slope.interval!.low, slope.interval!.high, intercept.value]).toEqual(
      theilSen.map((v) => expect.closeTo(v, 10)),
    );
  });

  it('is unmoved by wild points where least squares is not', () => {
    const robust = fitLineRobust(x, wild, { resamples: 200 });
    expect(Math.abs(robust.slope.value - 1.6)).toBeLessThan(0.1);
    expect(contains(robust.intercept.interval, 2.1)).toBe(true);
    expect(Math.abs(fitLine(x, wild).slope.value - 1.6)).toBeGreaterThan(0.2);
  });

  it('covers the true line', () => {
    const source = noise(21);
    const n = [1, 1, 2, 2, 3, 3, 5, 5, 10, 10];
    const hits = repeat(300, () => {
      const measured = n.map((v) => 2 + 1.5 * v + 0.2 * source.normal());
      const least = fitLine(n, measured);
      const robust = fitLineRobust(n, measured, { resamples: 100 });
      return [
        contains(least.slope.interval, 1.5),
        contains(least.intercept.interval, 2),
        contains(robust.slope.interval, 1.5),
      ];
    });
    const coverage = [0, 1, 2].map((which) => hits.filter((hit) => hit[which]).length / 300);
    for (const share of coverage) {
      expect(share).toBeGreaterThan(0.9);
      expect(share).toBeLessThan(0.99);
    }
  });

  it('names what it cannot use', () => {
    expect(() => fitLine([1, 2], [1, 2])).toThrow(/x: expected at least 3 values, got 2/);
    expect(() => fitLine([1, 1, 1], [1, 2, 3])).toThrow(/at least two different values, got 1 only/);
    expect(() => fitLine([1, 2, 3], [1, 2, 3], { weights: [1, 0, 1] })).toThrow(
      /weights: expected numbers above zero/,
    );
  });
});
