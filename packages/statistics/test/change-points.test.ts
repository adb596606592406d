import { describe, expect, it } from 'vitest';
import { type Change, detectChanges, mannKendall, segmentSeries } from '../src/index.js';
import { contains, noise, repeat } from './random.js';
import reference from './reference/values.json' with { type: 'json' };

const { nile, levels, lines, trend, tied } = reference.histories;

/** Nightly seconds: `log` of the true value at a night, 2 % noise with autocorrelation, 3 % of the nights 10 to 40 % slow. */
function history(seed: number, nights: number, log: (night: number) => number, rho = 0): number[] {
  const { uniform, normal } = noise(seed);
  let error = 0;
  return repeat(nights, (night) => {
    error = rho * error + Math.sqrt(1 - rho ** 2) * normal();
    return 12 * Math.exp(log(night) + 0.02 * error + (uniform() < 0.03 ? 0.1 + 0.3 * uniform() : 0));
  });
}

const stepAt = (at: number, factor: number) => (night: number) => (night >= at ? Math.log(factor) : 0);
const driftOver = (from: number, to: number, factor: number) => (night: number) =>
  Math.log(factor) * Math.min(1, Math.max(0, (night - from) / (to - from)));

describe('segmentation', () => {
  const free = { minimumLength: 3, minimumLine: 5 };

  it('agrees with ruptures: levels under the same penalty', () => {
    const found = segmentSeries(levels.values, {
      ...free,
      penalty: levels.penalty,
      slopePenalty: Number.POSITIVE_INFINITY,
    });
    expect(found.map(({ end }) => end)).toEqual(levels.ends);
    expect(found.every(({ kind, first, last }) => kind === 'level' && first === last)).toBe(true);
  });

  it('agrees with ruptures: lines', () => {
    const options = { minimumLength: 5, minimumLine: 5, penalty: lines.penalty, slopePenalty: 0 };
    const found = segmentSeries(lines.values, options);
    expect(found.map(({ end }) => end)).toEqual(lines.ends);
  });

  it('rejects invalid input', () => {
    expect(() => segmentSeries([1, 2], { ...free, penalty: 1, slopePenalty: 1 })).toThrow(
      /values: expected at least 3 values, got 2/,
    );
    expect(() => segmentSeries([1, 2, 3], { ...free, penalty: -1, slopePenalty: 1 })).toThrow(
      /at least 0, got -1/,
    );
  });
});

describe('Mann-Kendall, against pymannkendall', () => {
  it('agrees, with ties', () => {
    expect(mannKendall(trend.values).statistic).toBe(trend.s);
    expect(mannKendall(trend.values).pValue).toBeCloseTo(trend.p, 12);
    expect(mannKendall(trend.values).tau).toBeCloseTo(trend.tau, 12);
    const steps = [1, 2, 3, 3, 2].flatMap((v) => repeat(5, () => v));
    expect(mannKendall(steps).statistic).toBe(tied.s);
    expect(mannKendall(steps).pValue).toBeCloseTo(tied.p, 12);
  });
});

describe('change points', () => {
  it("finds the step in the Nile's flow after 1898 (Cobb 1978)", () => {
    const { changes } = detectChanges(nile);
    expect(changes).toHaveLength(1);
    const [step] = changes;
    expect(step).toMatchObject({ kind: 'step', start: 1899 - 1871 });
    // Means before and after are 1098 and 850; the levels here are of logarithms, outliers clipped.
    expect(Math.abs(step!.before / 1098 - 1)).toBeLessThan(0.02);
    expect(Math.abs(step!.after / 850 - 1)).toBeLessThan(0.02);
    expect(step!.pValue).toBeLessThan(0.001);
  });

  it.each([
    ['white noise', 0],
    ['autocorrelated noise', 0.3],
  ])('has few false alarms over 200 nights without a change: %s', (_, rho) => {
    const alarms = repeat(100, (seed) => detectChanges(history(seed, 200, () => 0, rho)).changes.length > 0);
    expect(alarms.filter(Boolean).length).toBeLessThanOrEqual(6);
  });

  it('finds steps of 10 % on the exact night, in the middle and five nights ago', () => {
    for (const at of [60, 195]) {
      const found = repeat(50, (seed) => detectChanges(history(seed, 200, stepAt(at, 1.1))).changes).filter(
        (changes) => changes.some(({ kind, start }) => kind === 'step' && Math.abs(start - at) <= 1),
      );
      expect(found.length).toBeGreaterThanOrEqual(43);
    }
  });

  it('describes a step: values before and after, a ratio with coverage', () => {
    const steps = repeat(100, (seed) => detectChanges(history(seed, 200, stepAt(120, 0.9))).changes[0]!);
    expect(steps.every(({ before, after, size }) => Math.abs(after / before / size - 1) < 1e-9)).toBe(true);
    expect(steps.filter(({ interval }) => contains(interval, 0.9)).length).toBeGreaterThanOrEqual(88);
    expect(Math.max(...steps.map(({ pValue }) => pValue))).toBeLessThan(0.01);
  });

  it('reports a slow drift with its span and size, and that it is still in progress', () => {
    const drifts = repeat(40, (seed) => detectChanges(history(seed, 200, driftOver(100, 199, 1.15))).changes);
    const found = drifts.filter((changes) =>
      changes.some(({ kind, end }) => kind === 'drift' && end === 200),
    );
    expect(found.length).toBeGreaterThanOrEqual(36);
    const sizes = found.map((changes) => changes.find(({ kind }) => kind === 'drift')!);
    expect(sizes.filter(({ interval }) => contains(interval, 1.15)).length).toBeGreaterThanOrEqual(30);
    expect(sizes.every(({ pValue }) => pValue < 0.01)).toBe(true);
  });

  it('finds the planted changes in 200 nights: three steps and a drift, 30 times', () => {
    // 10 % slower on night 40, 8 % faster on night 90, a drift of 12 % over nights 110 to 160, 7 % faster on night 180.
    const planted = (night: number) =>
      stepAt(40, 1.1)(night) +
      stepAt(90, 0.92)(night) +
      driftOver(110, 160, 1.12)(night) +
      stepAt(180, 0.93)(night);
    const isDrift = ({ kind, start, end }: Change) =>
      kind === 'drift' && Math.min(end, 160) - Math.max(start, 110) >= 25;
    const isStep = (at: number) => (change: Change) =>
      change.kind === 'step' && Math.abs(change.start - at) <= 2;
    const targets = [isStep(40), isStep(90), isDrift, isStep(180)];
    let [found, wrong] = [0, 0];
    for (let seed = 0; seed < 30; seed++) {
      const { changes } = detectChanges(history(300 + seed, 200, planted));
      const hits = targets.filter((target) => changes.some(target)).length;
      found += hits;
      wrong += changes.length - hits;
    }
    expect(found).toBeGreaterThanOrEqual(0.9 * 4 * 30);
    expect(wrong).toBeLessThanOrEqual(12);
  });

  it('reports two steps up as two steps, not as a drift', () => {
    const twice = (night: number) => stepAt(70, 1.08)(night) + stepAt(130, 1.08)(night);
    const kinds = repeat(40, (seed) =>
      detectChanges(history(seed, 200, twice))
        .changes.map(({ kind }) => kind)
        .join(),
    );
    expect(kinds.filter((k) => k === 'step,step').length).toBeGreaterThanOrEqual(37);
  });

  it('ignores two bad nights, but not a new level of four', () => {
    const spiked = (from: number, to: number) =>
      history(77, 60, () => 0).map((v, night) => (night >= from && night < to ? 3 * v : v));
    expect(detectChanges(spiked(30, 32)).changes).toEqual([]);
    expect(detectChanges(spiked(56, 60)).changes).toMatchObject([{ kind: 'step', start: 56 }]);
  });

  it('works without noise: counts that change once or never', () => {
    const counts = repeat(40, (night) => (night < 25 ? 300 : 310));
    const { changes } = detectChanges(counts);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ kind: 'step', start: 25 });
    expect(changes[0]!.size).toBeCloseTo(310 / 300, 9);
    expect(detectChanges(repeat(40, () => 300)).changes).toEqual([]);
    expect(
      detectChanges(
        repeat(40, () => 0),
        { scale: 'linear' },
      ).changes,
    ).toEqual([]);
  });

  it('does not depend on the unit, and accepts values of any sign on the linear scale', () => {
    const seconds = history(5, 120, stepAt(70, 1.2));
    const [a, b] = [detectChanges(seconds), detectChanges(seconds.map((s) => 1e6 * s))];
    expect(b.changes.map(({ start }) => start)).toEqual(a.changes.map(({ start }) => start));
    expect(b.changes[0]!.size).toBeCloseTo(a.changes[0]!.size, 9);
    const linear = detectChanges(
      seconds.map((s) => 1e-9 * (s - 13)),
      { scale: 'linear' },
    );
    expect(linear.changes[0]).toMatchObject({ kind: 'step', start: 70 });
    expect(linear.changes[0]!.size).toBeCloseTo(2.4e-9, 10);
  });

  it('estimates the noise and its autocorrelation', () => {
    const { noise: white, autocorrelation: none } = detectChanges(history(1, 800, stepAt(300, 1.3)));
    expect(white).toBeGreaterThan(0.017);
    expect(white).toBeLessThan(0.024);
    expect(none).toBeLessThan(0.2);
    expect(detectChanges(history(2, 800, () => 0, 0.6)).autocorrelation).toBeGreaterThan(0.4);
  });

  it('reports a trend too weak for a change as an early sign', () => {
    const { latest, changes } = detectChanges(history(9, 60, driftOver(0, 59, 1.03)));
    expect(changes).toEqual([]);
    expect(latest!.pValue).toBeLessThan(0.05);
    expect(contains(latest!.interval, 1.03 ** (1 / 59))).toBe(true);
  });

  it('rejects invalid input', () => {
    expect(() => detectChanges(repeat(9, () => 1))).toThrow(/values: expected at least 10 values, got 9/);
    expect(() => detectChanges([...repeat(10, () => 1), 0])).toThrow(/above zero, got 0 at index 10/);
    expect(() =>
      detectChanges(
        repeat(10, () => 1),
        { price: Number.NaN },
      ),
    ).toThrow(/price: expected a finite number/);
  });
});
