// Statistics behind verdicts: speedups, critical differences, power, certified targets, exchange rates, first crossings.

import { describe, expect, it } from 'vitest';
import { chiSquaredUpper } from '../src/distributions.js';
import {
  certifiedTarget,
  criticalDifference,
  exchangeRate,
  firstCrossings,
  pairsNeeded,
  speedupOver,
} from '../src/index.js';
import { noise, repeat } from './random.js';
import reference from './reference/verdicts.json' with { type: 'json' };

const MISSED = Number.POSITIVE_INFINITY;

describe('a speedup over a reference', () => {
  const at = (time: number) => ({ time, observed: time });
  const missed = (observed: number) => ({ time: null, observed });

  it('is the geometric mean over problems, with its interval on logarithms', () => {
    const { problems, mean } = speedupOver([at(8), at(9), at(10)], [at(4), at(18), at(2.5)]);
    expect(problems.map((each) => each!.value)).toEqual([2, 0.5, 4]);
    expect(mean!.value).toBeCloseTo(4 ** (1 / 3), 12);
    // Logs of 2 to the base 2: 1, -1, 2; mean 2/3, s = sqrt(7/3), t_2 = 4.302653.
    const half = (4.30265272974946 * Math.sqrt(7 / 3)) / Math.sqrt(3);
    expect(Math.log2(mean!.interval!.low)).toBeCloseTo(2 / 3 - half, 8);
    expect(Math.log2(mean!.interval!.high)).toBeCloseTo(2 / 3 + half, 8);
  });

  it('counts a missed target as just reached at the horizon, a bound in favour of who missed it', () => {
    const { problems, mean } = speedupOver(
      [at(5), missed(20), missed(30), at(40), missed(8)],
      [missed(10), at(4), missed(30), missed(10), at(16)],
    );
    expect(problems).toEqual([
      { value: 0.5, bound: 'atMost' },
      { value: 5, bound: 'atLeast' },
      null,
      { value: 1, bound: 'atMost' },
      { value: 1, bound: 'atLeast' },
    ]);
    expect(mean).toMatchObject({ count: 4, value: expect.closeTo(2.5 ** 0.25, 12) });
  });

  it('says nothing if both missed every target, and has no interval on one problem', () => {
    expect(speedupOver([missed(3)], [missed(4)])).toEqual({ problems: [null], mean: null });
    expect(speedupOver([at(3)], [at(6)]).mean).toMatchObject({ value: 0.5, interval: null });
  });

  it('rejects times that cannot be', () => {
    expect(() => speedupOver([at(0)], [at(1)])).toThrow(/above zero, got 0/);
    expect(() => speedupOver([at(1)], [])).toThrow(/got 1 and 0/);
  });
});

describe('a critical difference', () => {
  const golden = reference.criticalDifference;
  const { order, friedman, pairs, bars } = criticalDifference(golden.results);

  it('agrees with scipy in Friedman, mean ranks and signed ranks', () => {
    expect(friedman.statistic).toBeCloseTo(golden.friedman[0]!, 10);
    expect(friedman.pValue).toBeCloseTo(golden.friedman[1]!, 10);
    for (const { index, rank } of order) expect(rank).toBeCloseTo(golden.ranks[index]!, 12);
    for (const [i, j, p] of golden.pairs) {
      const pair = pairs.find(
        ({ first, second }) => (first === i && second === j) || (first === j && second === i),
      )!;
      expect(pair.pValue).toBeCloseTo(p!, 12);
    }
  });

  it('corrects Friedman for ties as scipy does', () => {
    const tied = reference.tiedFriedman;
    const own = criticalDifference(tied.results).friedman;
    expect(own.statistic).toBeCloseTo(tied.friedman[0]!, 12);
    expect(own.pValue).toBeCloseTo(tied.friedman[1]!, 12);
  });

  it('joins what Holm-corrected tests do not separate', () => {
    for (const { first, second, adjusted } of pairs) {
      const [a, b] = [first, second].map((index) => order.findIndex((each) => each.index === index));
      const joined = bars.some(({ from, to }) => from <= a! && b! <= to);
      if (adjusted < 0.05) expect(joined, `${first} ${second}`).toBe(false);
    }
    // 0 and 1 differ by 10 % under noise of 25 %; the others by a factor of three.
    expect(bars[0]).toEqual({ from: 0, to: 1 });
  });

  it('treats failures as infinitely bad, and two of them as equal', () => {
    const good = [1, 2, 1, 3, 2, 1, 2];
    const fails = [2, MISSED, 2, MISSED, 3, 2, 3];
    const alsoFails = [3, MISSED, 3, MISSED, 4, 3, 4];
    const result = criticalDifference([good, fails, alsoFails]);
    const between = (a: number, b: number) => result.pairs.find((p) => p.first === a && p.second === b)!;
    expect(between(0, 1)).toMatchObject({ count: 7, pValue: 2 ** -6, effect: 1 });
    expect(between(1, 2)).toMatchObject({ count: 5, pValue: 2 ** -4, effect: 1 });
    expect(result.order.map(({ rank }) => rank)).toEqual([1, (5 * 2 + 2 * 2.5) / 7, (5 * 3 + 2 * 2.5) / 7]);
  });

  it('separates nobody on few problems', () => {
    const rows = [1, 10, 100].map((scale) => [scale, 2 * scale, 3 * scale, scale, scale]);
    expect(criticalDifference(rows).bars).toEqual([{ from: 0, to: 2 }]);
  });

  it('names a winner in at most 5 of 100 tables of noise', () => {
    const source = noise(5);
    const wins = repeat(100, () => {
      const rows = repeat(4, () => repeat(10, () => Math.exp(source.normal())));
      return criticalDifference(rows).pairs.some(({ adjusted }) => adjusted < 0.05) ? 1 : 0;
    }).reduce<number>((sum, win) => sum + win, 0);
    expect(wins).toBeLessThanOrEqual(5);
  });

  it('rejects invalid input', () => {
    expect(() => criticalDifference([[1]])).toThrow(/contestants: expected at least 2/);
    expect(() =>
      criticalDifference([
        [1, 2],
        [1, -1],
      ]),
    ).toThrow(/contestant 1: .* got -1 on problem 1/);
    expect(() => criticalDifference([[1, 2], [1]])).toThrow(/got 2 and 1/);
  });
});

describe('power', () => {
  it('needs as many pairs as the noncentral t distribution, within one', () => {
    for (const [differences, alpha, power, needed] of reference.power as [
      number[],
      number,
      number,
      number,
    ][]) {
      const own = pairsNeeded(differences, { alpha, power })!;
      expect(Math.abs(own - needed), `${own} ${needed}`).toBeLessThanOrEqual(1);
    }
  });

  it('is out of reach without an effect', () => {
    expect(pairsNeeded([1, -1])).toBeNull();
    expect(pairsNeeded([1])).toBeNull();
    expect(pairsNeeded([1, -1, 0.001])).toBeNull();
    expect(pairsNeeded([1, 1])).toBe(2);
    expect(pairsNeeded([0.5, 1.5, -1, 1, 2, -0.5, 1, -0.5])).toBe(38);
  });
});

describe('a certified target', () => {
  it('follows (target - mean) sqrt(n) >= z sigma with a declared sigma', () => {
    const losses = [3.276, 3.279, 3.277, 3.278];
    // (3.28 - 3.2775) sqrt(4) / 0.001 = 5; z(0.999) = 3.0902.
    expect(certifiedTarget(losses, 3.28, { sigma: 0.001 })).toMatchObject({
      certified: true,
      statistic: expect.closeTo(5, 9),
      critical: expect.closeTo(3.090232, 6),
    });
    expect(certifiedTarget(losses, 3.279, { sigma: 0.001 }).certified).toBe(false);
    expect(certifiedTarget(losses, 3.27, { sigma: 0.001 }).certified).toBe(false);
    expect(certifiedTarget([1], 1.5, { sigma: 0.1 }).certified).toBe(true);
  });

  it('agrees with a one-sided t test otherwise', () => {
    for (const { losses, target, statistic, pValue } of reference.certified) {
      const own = certifiedTarget(losses, target);
      expect(own.statistic).toBeCloseTo(statistic, 6);
      expect(own.pValue).toBeCloseTo(pValue, 9);
      expect(own.certified).toBe(pValue <= 0.001);
    }
  });

  it('rejects what it cannot judge', () => {
    expect(() => certifiedTarget([1], 2)).toThrow(/losses: expected at least 2/);
    expect(() => certifiedTarget([1, 2], 2, { sigma: 0 })).toThrow(/sigma: .* got 0/);
    expect(certifiedTarget([1, 1], 2)).toMatchObject({ certified: true, pValue: 0 });
    expect(certifiedTarget([1, 1], 1)).toMatchObject({ certified: false, pValue: 1 });
  });
});

describe('an exchange rate', () => {
  it('is measured at the end of the curve', () => {
    expect(exchangeRate([0, 80, 90, 100], [9, 1.2, 1.1, 1], 0.04)).toEqual({
      slope: expect.closeTo(-0.01, 12),
      points: 3,
      worth: { steps: 4, share: 0.04 },
    });
  });

  it('has no worth where the curve does not fall', () => {
    expect(exchangeRate([1, 2, 3], [3, 1, 1.5], 0.1)).toMatchObject({ points: 2, worth: null });
  });

  it('rejects curves that go back', () => {
    expect(() => exchangeRate([2, 1], [1, 1], 0)).toThrow(/steps: .* got 1 after 2/);
  });
});

describe('first crossings', () => {
  it('come before that of the mean curve under noise', () => {
    // Means: 3, 2.5, 1.5.
    expect(
      firstCrossings(
        [10, 20, 30],
        [
          [3, 1, 2],
          [3, 4, 1],
        ],
        2,
      ),
    ).toEqual({
      ofMean: 30,
      meanOfFirst: 25,
      bias: expect.closeTo(-1 / 6, 12),
    });
  });

  it('agree without noise', () => {
    expect(
      firstCrossings(
        [1, 2],
        [
          [3, 1],
          [3, 1],
        ],
        1,
      ),
    ).toEqual({ ofMean: 2, meanOfFirst: 2, bias: 0 });
  });

  it('are unknown if a curve never crosses', () => {
    expect(
      firstCrossings(
        [1, 2],
        [
          [1, 0],
          [5, 5],
        ],
        2,
      ),
    ).toEqual({ ofMean: null, meanOfFirst: null, bias: null });
  });
});

it('has the tail of chi-squared', () => {
  for (const [x, degrees, p] of reference.chiSquared)
    expect(chiSquaredUpper(x!, degrees!)).toBeCloseTo(p!, 12);
});
