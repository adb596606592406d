import { describe, expect, it } from 'vitest';
import { theilSenSlope } from '../src/theil-sen.js';
import { contains, noise, repeat } from './random.js';
import reference from './reference/values.json' with { type: 'json' };

const { x, wild, theilSen } = reference.lines;

describe('the slope of Theil and Sen', () => {
  it('agrees with scipy, with tied x', () => {
    const { value, interval } = theilSenSlope(x, wild, 0.95);
    expect([value, interval!.low, interval!.high]).toEqual(theilSen.map((v) => expect.closeTo(v, 10)));
  });

  it('is robust against outliers', () => {
    expect(Math.abs(theilSenSlope(x, wild, 0.95).value - 1.6)).toBeLessThan(0.1);
  });

  it('covers the true slope', () => {
    const source = noise(21);
    const n = [1, 1, 2, 2, 3, 3, 5, 5, 10, 10];
    const hits = repeat(300, () => {
      const measured = n.map((v) => 2 + 1.5 * v + 0.2 * source.normal());
      return contains(theilSenSlope(n, measured, 0.95).interval, 1.5);
    });
    const coverage = hits.filter(Boolean).length / 300;
    expect(coverage).toBeGreaterThan(0.9);
    expect(coverage).toBeLessThan(0.99);
  });

  it('rejects invalid input', () => {
    expect(() => theilSenSlope([1, 2], [1, 2], 0.95)).toThrow(/x: expected at least 3 values, got 2/);
    expect(() => theilSenSlope([1, 1, 1], [1, 2, 3], 0.95)).toThrow(
      /at least two different values, got 1 only/,
    );
  });
});
