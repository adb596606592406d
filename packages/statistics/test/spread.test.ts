// Values that are constant up to rounding have no spread, in every statistic.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bootstrapMean,
  comparePaired,
  differenceOf,
  isConstant,
  mannKendall,
  sameToRounding,
  spreadOf,
} from '../src/index.js';
import { theilSenSlope } from '../src/theil-sen.js';

/** 0.3 and 0.1 + 0.2, alternating. */
const THIRDS = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 0.3 : 0.1 + 0.2));

describe('a spread', () => {
  it('is that of the population', () => {
    expect(spreadOf([1, 2, 3, 4])).toMatchObject({ mean: 2.5, deviation: Math.sqrt(1.25) });
    expect(spreadOf([-3, 3])).toMatchObject({ mean: 0, deviation: 3 });
  });

  it('is zero for equal values whose mean is off by rounding', () => {
    const column = new Array<number>(1000).fill(0.1);
    // The plain sum is off in the thirteenth digit, and so would be the deviation.
    expect(column.reduce((sum, x) => sum + x, 0) / 1000).not.toBe(0.1);
    expect(spreadOf(column).deviation).toBe(0);
  });

  it.each([
    ['thirds', THIRDS],
    ['sums in several orders', [0.1 + 0.7 + 0.2, 0.2 + 0.1 + 0.7, 0.7 + 0.2 + 0.1, 1]],
    ['large numbers', [1e15 + 0.125, 1e15, 1e15 - 0.125]],
    ['tiny numbers', [1e-300, 1e-300 * (1 + 2 ** -51)]],
    ['zeros', [0, -0, 0]],
    ['one value', [42]],
  ])('is zero for %s', (_, values) => {
    expect(spreadOf(values).deviation).toBe(0);
    expect(isConstant(values)).toBe(true);
  });

  it.each([
    ['milliseconds of a time stamp', Array.from({ length: 500 }, (_, i) => 1.7e9 + i / 1000)],
    ['numbers whose squares underflow', [1e-200, 2e-200, 3e-200]],
    ['numbers whose squares overflow', [1e200, 2e200, 3e200]],
    ['numbers whose sum overflows', [1.7e308, 1.6e308, 1.5e308]],
    ['one that differs in the tenth digit', [...new Array<number>(99).fill(1), 1 + 1e-9]],
  ])('is above zero for %s', (_, values) => {
    const { mean, deviation } = spreadOf(values);
    expect(deviation).toBeGreaterThan(0);
    expect(Number.isFinite(deviation)).toBe(true);
    expect(mean).toBeGreaterThanOrEqual(Math.min(...values));
    expect(mean).toBeLessThanOrEqual(Math.max(...values));
    expect(isConstant(values)).toBe(false);
  });

  it('does not depend on the unit, to the bit for powers of two', () => {
    const numbers = fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 64);
    const values = fc.array(numbers, { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.integer({ min: -300, max: 300 }), (column, power) => {
        const scaled = spreadOf(column.map((x) => x * 2 ** power));
        const plain = spreadOf(column);
        expect(scaled.deviation).toBe(plain.deviation * 2 ** power);
        expect(scaled.mean).toBe(plain.mean * 2 ** power);
      }),
    );
  });

  it('compares infinite values by equality', () => {
    const infinity = Number.POSITIVE_INFINITY;
    expect(isConstant([infinity, infinity])).toBe(true);
    expect(isConstant([1, infinity])).toBe(false);
    expect(sameToRounding(infinity, infinity)).toBe(true);
    expect(sameToRounding(1e308, infinity)).toBe(false);
  });
});

describe('values that are equal up to rounding', () => {
  it('do not differ, in a pair', () => {
    expect(differenceOf(0.3, 0.1 + 0.2)).toBe(0);
    expect(differenceOf(0.3, 0.3001)).toBeCloseTo(1e-4, 12);
    const a = [0.3, 0.6, 0.9, 1.2, 1.5, 1.8, 2.1];
    const noisy = a.map((x) => x * (1 + 2 ** -52));
    expect(noisy).not.toEqual(a);
    const { difference, ratio, effect, test } = comparePaired(a, noisy);
    expect(difference).toMatchObject({ value: 0, interval: { low: 0, high: 0 } });
    expect(ratio).toMatchObject({ value: 1, interval: { low: 1, high: 1 } });
    expect(effect).toBe(0);
    expect(test.pValue).toBe(1);
  });

  it('have no trend', () => {
    const rising = Array.from({ length: 12 }, (_, i) => 1 + i * 2 ** -52);
    expect(mannKendall(rising)).toEqual({ statistic: 0, tau: 0, pValue: 1 });
    expect(mannKendall(rising.map((x, i) => x + i)).pValue).toBeLessThan(1e-4);
  });

  it('do not determine a line', () => {
    const y = THIRDS.map((_, i) => i);
    expect(() => theilSenSlope(THIRDS, y, 0.95)).toThrow(/two different values/);
  });

  it('have an interval of almost no width, and a caution that it is not BCa', () => {
    const { interval, method, caution } = bootstrapMean(THIRDS);
    expect(interval!.high - interval!.low).toBeLessThan(1e-15);
    expect(method).toMatch(/^percentile/);
    expect(caution).toMatch(/no spread/);
  });
});

describe('numbers of any size', () => {
  it('have a ratio even if the quotient overflows', () => {
    const { ratio } = comparePaired([1e-200, 2e-200, 3e-200], [1e200, 2e200, 3e200]);
    expect(ratio!.value).toBe(Number.POSITIVE_INFINITY);
    const { difference } = comparePaired([1e-300, 2e-300], [1e300, 2e300]);
    expect(difference.value).toBeGreaterThan(1e300);
  });

  it('have a BCa interval that scales with the unit', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const plain = bootstrapMean(values);
    const small = bootstrapMean(values.map((x) => x * 2 ** -400));
    expect(small.method).toBe(plain.method);
    expect(small.interval!.low).toBe(plain.interval!.low * 2 ** -400);
    expect(small.interval!.high).toBe(plain.interval!.high * 2 ** -400);
  });
});
