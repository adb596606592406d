import { describe, expect, it } from 'vitest';
import { comparePaired, hodgesLehmann, holm, signedRankTest } from '../src/index.js';
import { cliffsDelta, signFlipTest } from '../src/paired.js';
import { contains, noise, repeat } from './random.js';
import reference from './reference/values.json' with { type: 'json' };

const { depression, darwin, long, tied, big, cliff } = reference.paired;

describe('paired comparison', () => {
  it('reproduces the published result on the depression data (Hollander and Wolfe 1973, section 3.1)', () => {
    const { difference, test, effect, ratio } = comparePaired(depression.x, depression.y);
    // Two-sided p = 0.039 and center -0.46, limits -0.786 and -0.010 at 96.1 %.
    expect(signedRankTest(depression.y.map((y, i) => y - depression.x[i]!))).toMatchObject({
      statistic: 5,
      exact: true,
    });
    expect(difference.value).toBeCloseTo(-0.46, 10);
    expect(difference.interval!.low).toBeCloseTo(-0.786, 10);
    expect(difference.interval!.high).toBeCloseTo(-0.01, 10);
    expect(difference.interval!.level).toBeCloseTo(0.961, 3);
    expect(effect).toBeCloseTo((5 - 40) / 45, 12);
    expect(test.method).toBe('sign-flip permutation test of the mean');
    expect(test.pValue).toBeCloseTo(depression.flips, 12);
    expect(ratio!.value).toBeLessThan(1);
  });

  it("counts Fisher's 863 of 32,768 patterns each way (Darwin's maize; Fisher 1935, section 21)", () => {
    expect(signFlipTest(darwin.differences)).toBe((2 * 863) / 32768);
    expect(signFlipTest(darwin.differences)).toBeCloseTo(darwin.flips, 12);
  });

  it('agrees with scipy: signed ranks, exactly, with ties, and by the normal', () => {
    const depressionDifferences = depression.y.map((y, i) => y - depression.x[i]!);
    expect(signedRankTest(depressionDifferences).pValue).toBeCloseTo(depression.pValue, 12);
    expect(signedRankTest(long.differences).pValue).toBeCloseTo(long.pValue, 10);
    expect(signedRankTest(tied.differences).pValue).toBeCloseTo(tied.pValue, 12);
    expect(signedRankTest(big.differences)).toMatchObject({ exact: false });
    expect(signedRankTest(big.differences).pValue).toBeCloseTo(big.pValue, 10);
  });

  it('agrees with an independent count: Hodges-Lehmann limits and their level', () => {
    const { value, interval } = hodgesLehmann(long.differences);
    expect(value).toBeCloseTo(long.hodgesLehmann.value, 12);
    expect(interval!.low).toBeCloseTo(long.hodgesLehmann.low, 12);
    expect(interval!.high).toBeCloseTo(long.hodgesLehmann.high, 12);
    expect(interval!.level).toBeCloseTo(long.hodgesLehmann.level, 10);
  });

  it('is antisymmetric in its arguments', () => {
    const one = comparePaired(depression.x, depression.y);
    const other = comparePaired(depression.y, depression.x);
    expect(other.difference.value).toBeCloseTo(-one.difference.value, 12);
    expect(other.ratio!.value * one.ratio!.value).toBeCloseTo(1, 12);
    expect(other.effect).toBeCloseTo(-one.effect, 12);
    expect(other.test.pValue).toBeCloseTo(one.test.pValue, 12);
  });

  it('states the limits of five pairs', () => {
    const { test, difference } = comparePaired([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]);
    expect(test).toMatchObject({ pValue: 0.0625, smallestPValue: 0.0625 });
    expect(difference.interval!.level).toBe(0.9375);
    expect(difference.caution).toMatch(/only 5 values.*93\.8 %/);
  });

  it('uses ranks for more than 16 pairs, and gives no ratio for different signs', () => {
    const zeros = long.differences.map(() => 0);
    const { test, ratio } = comparePaired(zeros, long.differences);
    expect(test.method).toBe('Wilcoxon signed-rank test');
    expect(test.pValue).toBeCloseTo(long.pValue, 10);
    expect(ratio).toBeNull();
  });

  it('keeps its level and coverage with heavy tails', () => {
    const source = noise(3);
    const trials = repeat(500, () => {
      const differences = repeat(9, () => source.normal() / Math.abs(source.normal()));
      return [
        signFlipTest(differences) <= 0.05,
        signedRankTest(differences).pValue <= 0.05,
        !contains(hodgesLehmann(differences).interval, 0),
      ];
    });
    // 500 trials at 5 %: three standard errors above are 7.9 %.
    for (const which of [0, 1, 2]) expect(trials.filter((t) => t[which]).length / 500).toBeLessThan(0.079);
  });

  it('rejects invalid input', () => {
    expect(() => comparePaired([1], [1, 2])).toThrow(/a and b must have the same length, got 1 and 2/);
    expect(() => comparePaired([1, 2], [1, Number.POSITIVE_INFINITY])).toThrow(
      /b: expected finite numbers, got Infinity at index 1/,
    );
    expect(() => signFlipTest(repeat(25, () => 1))).toThrow(/at most 24/);
  });
});

describe("Cliff's delta", () => {
  it('agrees with the U statistic of scipy, and counts Infinity as worse', () => {
    expect(cliffsDelta(cliff.a, cliff.b)).toBeCloseTo(cliff.delta, 12);
    expect(cliffsDelta([1, 2], [Number.POSITIVE_INFINITY, 2])).toBe(0.75);
  });
});

describe('multiple comparisons', () => {
  const { pValues, holm: expectedHolm } = reference.multiplicity;

  it('agree with statsmodels, in the order given', () => {
    holm(pValues).forEach((p, i) => {
      expect(p).toBeCloseTo(expectedHolm[i]!, 12);
    });
  });

  it('reject 3 of the published p-values (Benjamini and Hochberg 1995, section 4.1)', () => {
    expect(holm(pValues).filter((p) => p <= 0.05)).toHaveLength(3);
  });

  it('rejects invalid input', () => {
    expect(() => holm([0.5, 1.5])).toThrow(/expected numbers from 0 to 1, got 1.5 at index 1/);
    expect(holm([])).toEqual([]);
  });
});
