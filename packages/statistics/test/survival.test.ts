import { describe, expect, it } from 'vitest';
import {
  kaplanMeier,
  medianTime,
  successRate,
  summarizeTimesToTarget,
  type TimeToTarget,
} from '../src/index.js';
import { restrictedMeanTime } from '../src/survival.js';
import { contains, noise, repeat } from './random.js';
import reference from './reference/values.json' with { type: 'json' };

const { time, reached, steps, median, restrictedMean } = reference.survival;
const remission: readonly TimeToTarget[] = time.map((t, i) => ({ time: t, reached: reached[i]! }));

describe('Kaplan-Meier', () => {
  it('reproduces the published curve of the 6-MP trial (Freireich 1963; Kalbfleisch and Prentice 1980)', () => {
    const curve = kaplanMeier(remission);
    expect(curve.map((s) => [s.time, s.atRisk, s.reached])).toEqual([
      [6, 21, 3],
      [7, 17, 1],
      [10, 15, 1],
      [13, 12, 1],
      [16, 11, 1],
      [22, 7, 1],
      [23, 6, 1],
    ]);
    expect(curve.map((s) => s.survival.toFixed(3))).toEqual([
      '0.857',
      '0.807',
      '0.753',
      '0.690',
      '0.627',
      '0.538',
      '0.448',
    ]);
    expect(curve[0]!.standardError).toBeCloseTo(0.0764, 4);
    expect(medianTime(curve)).toBe(23);
  });

  it('agrees with lifelines: curve, limits, median, restricted mean', () => {
    const curve = kaplanMeier(remission);
    steps.forEach(([t, survival, low, high], i) => {
      expect(curve[i]!.time).toBe(t);
      expect(curve[i]!.survival).toBeCloseTo(survival!, 10);
      expect(curve[i]!.low).toBeCloseTo(low!, 8);
      expect(curve[i]!.high).toBeCloseTo(high!, 8);
    });
    expect(medianTime(curve)).toBe(median);
    for (const [horizon, mean] of restrictedMean)
      expect(restrictedMeanTime(curve, horizon!)).toBeCloseTo(mean!, 9);
  });

  it('is the empirical distribution if every run reaches the target', () => {
    const curve = kaplanMeier([3, 1, 2, 5, 4, 8, 7, 6, 10, 9].map((t) => ({ time: t, reached: true })));
    expect(curve.map((s) => Math.round(10 * s.survival))).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(medianTime(curve)).toBe(5.5);
    expect(restrictedMeanTime(curve, 20)).toBeCloseTo(5.5, 12);
  });
});

describe('the median time', () => {
  const at = (time: number, reached = true): TimeToTarget => ({ time, reached });

  it.each([
    ['one run', [at(3)], 3],
    ['the middle one of three', [at(1), at(2), at(9)], 2],
    ['half-way between the two in the middle of four', [at(1), at(2), at(4), at(9)], 3],
    ['none where the other half never got there', [at(1), at(9, false)], Number.POSITIVE_INFINITY],
    ['none where most never got there', [at(1), at(9, false), at(9, false)], Number.POSITIVE_INFINITY],
  ])('is %s', (_, runs, expected) => {
    expect(medianTime(kaplanMeier(runs))).toBe(expected);
  });
});

describe('summary of times to target', () => {
  it('keeps runs that never reach the target: the median rises, and becomes Infinity', () => {
    const arrive = [10, 12, 14].map((t): TimeToTarget => ({ time: t, reached: true }));
    const miss = (count: number) => repeat(count, (): TimeToTarget => ({ time: 100, reached: false }));
    expect(summarizeTimesToTarget(arrive).median.value).toBe(12);
    expect(summarizeTimesToTarget([...arrive, ...miss(2)]).median.value).toBe(14);
    const most = summarizeTimesToTarget([...arrive, ...miss(4)]);
    expect(most.median.value).toBe(Number.POSITIVE_INFINITY);
    expect(most.median.interval!.high).toBe(Number.POSITIVE_INFINITY);
    expect(most.median.interval!.low).toBeLessThan(100);
    expect(most.restrictedMean.value).toBeCloseTo((10 + 12 + 14 + 400) / 7, 12);
    expect(most.success.value).toBeCloseTo(3 / 7, 12);
  });

  it('covers the median of exponential times with half of the tail cut off by the budget', () => {
    const source = noise(5);
    const hits = repeat(200, () => {
      const runs = repeat(25, () => -Math.log(1 - source.uniform()));
      const seen = runs.map((t): TimeToTarget => ({ time: Math.min(t, 1.5), reached: t < 1.5 }));
      const { median: m, restrictedMean: r } = summarizeTimesToTarget(seen, { resamples: 200, horizon: 1.5 });
      return [contains(m.interval, Math.LN2), contains(r.interval, 1 - Math.exp(-1.5))] as const;
    });
    for (const which of [0, 1] as const) {
      const coverage = hits.filter((hit) => hit[which]).length / hits.length;
      expect(coverage).toBeGreaterThan(0.88);
      expect(coverage).toBeLessThan(1);
    }
  });

  it('rejects invalid input', () => {
    expect(() => kaplanMeier([{ time: Number.POSITIVE_INFINITY, reached: false }])).toThrow(
      /expected finite times above zero, got Infinity at index 0; a run that never reached/,
    );
    expect(() => summarizeTimesToTarget([{ time: 5, reached: false }], { horizon: 6 })).toThrow(
      /expected at most 5/,
    );
  });
});

describe("success rate: Wilson's interval", () => {
  // Newcombe (1998), table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%d of %d: %d to %d (published)', (successes, trials, low, high) => {
    const { interval } = successRate(successes, trials);
    expect(interval!.low).toBeCloseTo(low, 4);
    expect(interval!.high).toBeCloseTo(high, 4);
  });

  it.each(reference.proportions)('%d of %d agrees with statsmodels', (successes, trials, low, high) => {
    const { interval } = successRate(successes!, trials!);
    expect(interval!.low).toBeCloseTo(low!, 10);
    expect(interval!.high).toBeCloseTo(high!, 10);
  });

  it('rejects more successes than trials', () => {
    expect(() => successRate(6, 5)).toThrow(/expected at most the 5 trials, got 6/);
  });
});
