import { describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile, studentHalfWidth, studentTwoSided } from '../src/distributions.js';
import { medianOf, quantileOfSorted } from '../src/quantiles.js';
import reference from './reference/values.json' with { type: 'json' };

const { cdf, quantile, student, halfWidth } = reference.distributions;

describe('distributions, against scipy', () => {
  it.each(cdf)('P(Z <= %d) = %d', (z, p) => {
    expect(Math.abs(normalCdf(z!) - p!)).toBeLessThan(1e-15);
  });

  it.each(quantile)('the %d quantile is %d', (p, z) => {
    expect(normalQuantile(p!)).toBeCloseTo(z!, 9);
  });

  it.each(student)('P(|T| >= |%d|) with %d degrees is %d', (t, degrees, p) => {
    expect(studentTwoSided(t!, degrees!) / p!).toBeCloseTo(1, 7);
  });

  it.each(halfWidth)('level %d with %d degrees reaches %d', (level, degrees, t) => {
    expect(studentHalfWidth(level!, degrees!) / t!).toBeCloseTo(1, 6);
  });
});

describe('quantiles', () => {
  it('interpolate between order statistics, and are defined next to Infinity', () => {
    expect(quantileOfSorted([1, 2, 4, 8], 0.25)).toBe(1.75);
    expect(medianOf([3, Number.POSITIVE_INFINITY, 1])).toBe(3);
    expect(medianOf([1, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
    expect(medianOf([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });
});
