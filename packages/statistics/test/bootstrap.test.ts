import { sampleCorrelation } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { bootstrap, bootstrapMean, bootstrapMedian, geometricMean } from '../src/index.js';
import { contains, noise, repeat } from './random.js';
import reference from './reference/values.json' with { type: 'json' };

const { enumerated, skewedMean, lawSchool } = reference.bootstrap;

/** The distance of an interval from the reference, in widths of the reference. */
function distance(interval: { low: number; high: number } | null, [low, high]: readonly number[]): number {
  return Math.max(Math.abs(interval!.low - low!), Math.abs(interval!.high - high!)) / (high! - low!);
}

describe('bootstrap', () => {
  it('agrees with the enumeration of all 5^5 resamples', () => {
    const options = { resamples: 50_000, method: 'percentile' } as const;
    expect(distance(bootstrapMean(enumerated.values, options).interval, enumerated.mean)).toBeLessThan(0.02);
    // The median of 5 has only 5 possible values: the quantiles match exactly.
    expect(distance(bootstrapMedian(enumerated.values, options).interval, enumerated.median)).toBe(0);
  });

  it.each(['percentile', 'bca'] as const)(
    'agrees with scipy on the mean of a skewed sample: %s',
    (method) => {
      const { interval } = bootstrapMean(skewedMean.values, { resamples: 20_000, method });
      expect(distance(interval, skewedMean[method])).toBeLessThan(0.03);
    },
  );

  it.each(['percentile', 'bca'] as const)(
    'agrees with scipy on pairs: law school correlation, %s',
    (method) => {
      const students = lawSchool.lsat.map((lsat, i) => [lsat, lawSchool.gpa[i]!] as const);
      const correlation = (sample: readonly (readonly [number, number])[]) =>
        sampleCorrelation(
          sample.map(([x]) => x),
          sample.map(([, y]) => y),
        );
      const { value, interval } = bootstrap(students, correlation, { resamples: 20_000, method });
      // Efron and Tibshirani (1993), section 3.1, print 0.776.
      expect(value).toBeCloseTo(0.776, 3);
      expect(distance(interval, lawSchool[method])).toBeLessThan(0.03);
    },
  );

  it('depends only on its values and its seed', () => {
    const values = [3, 1, 4, 1, 5, 9];
    expect(bootstrapMean(values)).toEqual(bootstrapMean(values));
    expect(bootstrapMean(values, { seed: 2 }).interval).not.toEqual(bootstrapMean(values).interval);
  });

  it('warns that few values give a weak interval, and one value none', () => {
    expect(bootstrapMean([1, 2, 3, 4]).caution).toMatch(/only 4 values/);
    expect(bootstrapMean([1, 2, 3, 4, 5]).caution).toBeNull();
    expect(bootstrapMean([7])).toMatchObject({
      value: 7,
      interval: null,
      caution: 'one value has no interval',
    });
    expect(bootstrapMean([2, 2, 2, 2, 2])).toMatchObject({
      interval: { low: 2, high: 2 },
      caution: expect.stringContaining('no spread'),
    });
  });

  it('has the right coverage: 95 % intervals of the mean of 20 exponential values, 400 times', () => {
    const source = noise(11);
    const samples = repeat(400, () => repeat(20, () => -Math.log(1 - source.uniform())));
    const covered = (method: 'percentile' | 'bca') =>
      samples.filter((s) => contains(bootstrapMean(s, { method, resamples: 500 }).interval, 1)).length / 400;
    // Skewness and 20 values cost some coverage; 0.95 -+ 4 standard errors would be 0.906 to 0.994.
    expect(covered('percentile')).toBeGreaterThan(0.87);
    expect(covered('bca')).toBeGreaterThan(0.89);
    expect(covered('bca')).toBeLessThan(0.985);
  });

  it('rejects invalid input', () => {
    expect(() => bootstrapMean([])).toThrow(new RangeError('values: expected at least 1 value, got 0'));
    expect(() => bootstrapMean([1, Number.NaN])).toThrow(/expected finite numbers, got NaN at index 1/);
    expect(() => bootstrapMean([1, 2], { level: 95 })).toThrow(/level: expected a number between 0 and 1/);
    expect(() => bootstrapMean([1, 2], { resamples: 10 })).toThrow(
      /resamples: expected an integer of at least 100/,
    );
  });
});

describe('geometric mean, against scipy', () => {
  const { ratios, value, low, high } = reference.geometric;

  it("has Student's interval on the logarithms", () => {
    const estimate = geometricMean(ratios);
    expect(estimate.value).toBeCloseTo(value, 12);
    expect(estimate.interval!.low).toBeCloseTo(low, 7);
    expect(estimate.interval!.high).toBeCloseTo(high, 7);
  });

  it('inverts with its ratios', () => {
    const turned = geometricMean(ratios.map((r) => 1 / r));
    expect(turned.value * geometricMean(ratios).value).toBeCloseTo(1, 12);
    expect(turned.interval!.low * geometricMean(ratios).interval!.high).toBeCloseTo(1, 12);
  });

  it('has a narrower bootstrap interval inside it for few values', () => {
    const { interval } = geometricMean(ratios, { method: 'bca' });
    expect(interval!.low).toBeGreaterThan(low);
    expect(interval!.high).toBeLessThan(high);
  });

  it('rejects zero', () => {
    expect(() => geometricMean([1, 0])).toThrow(/expected numbers above zero, got 0 at index 1/);
  });
});
