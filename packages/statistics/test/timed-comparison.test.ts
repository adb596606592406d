import { describe, expect, it } from 'vitest';
import { compareTimed, noiseFloor, type TimedPairs } from '../src/index.js';
import { contains, noise, repeat } from './random.js';

interface Machine {
  /** Deviation of a single timing, relative. */
  readonly deviation: number;
  /** Deviation between two processes that run the same code. */
  readonly betweenProcesses?: number;
  /** Lag-1 autocorrelation of additional noise in the candidate. */
  readonly rho?: number;
}

/**
 * Timings as on a shared machine: slow waves of 10 % (AR(1), 0.95) that affect both sides, noise in each timing, and one timing in
 * 20 up to 65 % too long.
 */
function measure(seed: number, pairs: number, ratio: number, machine: Machine): TimedPairs {
  const { uniform, normal } = noise(seed);
  const { deviation, betweenProcesses = 0, rho = 0 } = machine;
  const offset = Math.log(ratio) + betweenProcesses * normal();
  const timing = (wave: number, extra: number) =>
    Math.exp(0.1 * wave + extra + deviation * normal() + (uniform() < 0.05 ? 0.5 * uniform() : 0));
  let [wave, slow] = [0, 0];
  const measured = repeat(pairs, () => {
    wave = 0.95 * wave + Math.sqrt(1 - 0.95 ** 2) * normal();
    slow = rho * slow + Math.sqrt(1 - rho ** 2) * normal();
    return [timing(wave, 0), timing(wave, offset + (rho > 0 ? deviation * slow : 0))] as const;
  });
  return { baseline: measured.map(([b]) => b), candidate: measured.map(([, c]) => c) };
}

/** Share of each decision over 300 comparisons. */
function decisions(pairs: number, ratio: number, machine: Machine, options = {}) {
  const made = repeat(300, (i) => compareTimed(measure(1000 + i, pairs, ratio, machine), options).decision);
  const share = (decision: string) => made.filter((d) => d === decision).length / made.length;
  return {
    slower: share('slower'),
    faster: share('faster'),
    same: share('same'),
    undecided: share('undecided'),
  };
}

const office = { deviation: 0.04 };

describe('timed comparison', () => {
  it('raises no false alarm for equal code, and reports it as the same', () => {
    const { slower, faster, same } = decisions(60, 1, office);
    expect(slower + faster).toBe(0);
    expect(same).toBeGreaterThan(0.97);
  });

  it('keeps its level at the margin, the worst case: at most 2.5 % are reported as slower', () => {
    // Three standard errors above 2.5 % of 300.
    expect(decisions(30, 1.05, office).slower).toBeLessThan(0.052);
    expect(decisions(30, 1 / 1.05, office).faster).toBeLessThan(0.052);
  });

  it('roughly keeps its level when noise is correlated in time', () => {
    // Really 5 %: the autocorrelation of 60 values is itself uncertain.
    expect(decisions(60, 1.05, { deviation: 0.04, rho: 0.5 }).slower).toBeLessThan(0.08);
  });

  it('detects a slowdown of 10 % in at least 9 of 10 comparisons, and as often a speedup', () => {
    const slowdown = decisions(40, 1.1, office);
    expect(slowdown.slower).toBeGreaterThan(0.9);
    expect(slowdown.faster + slowdown.same).toBe(0);
    expect(decisions(40, 1 / 1.1, office).faster).toBeGreaterThan(0.9);
  });

  it('predicts how many more pairs it needs, correctly at least half of the time', () => {
    const noisy = { deviation: 0.08 };
    const undecided = repeat(60, (i) => [i, compareTimed(measure(i, 20, 1.1, noisy))] as const).filter(
      ([, { morePairs, decision }]) => decision === 'undecided' && morePairs !== null && morePairs < 300,
    );
    expect(undecided.length).toBeGreaterThan(20);
    const decided = undecided.filter(
      ([i, { morePairs }]) => compareTimed(measure(i, 20 + morePairs!, 1.1, noisy)).decision === 'slower',
    );
    expect(decided.length / undecided.length).toBeGreaterThan(0.5);
  });

  it('does not decide from five pairs: it requests a sixth', () => {
    const pairs = { baseline: [1, 1, 1, 1, 1], candidate: [2, 2, 2, 2, 2] };
    expect(compareTimed(pairs)).toMatchObject({ decision: 'undecided', morePairs: 1 });
    // Two looks, at 97.5 % each, need one more pair.
    expect(compareTimed(pairs, { looks: 2 })).toMatchObject({ decision: 'undecided', morePairs: 2 });
    expect(compareTimed({ baseline: [1], candidate: [1] }).ratio.interval).toBeNull();
    const six = { baseline: [...pairs.baseline, 1], candidate: [...pairs.candidate, 2] };
    expect(compareTimed(six)).toMatchObject({ decision: 'slower', morePairs: 0 });
  });

  it('widens the interval with the number of looks', () => {
    const pairs = measure(1, 40, 1.02, office);
    const width = (looks: number) => {
      const { interval } = compareTimed(pairs, { looks }).ratio;
      return interval!.high - interval!.low;
    };
    expect(width(4)).toBeGreaterThan(width(1));
  });

  it('covers the true ratio', () => {
    const hits = repeat(300, (i) => contains(compareTimed(measure(i, 25, 1.2, office)).ratio.interval, 1.2));
    expect(hits.filter(Boolean).length / 300).toBeGreaterThan(0.915);
  });

  it('rejects invalid input', () => {
    expect(() => compareTimed({ baseline: [1, 0], candidate: [1, 1] })).toThrow(
      /baseline: expected numbers above zero/,
    );
    expect(() => compareTimed({ baseline: [1], candidate: [1] }, { threshold: 0 })).toThrow(
      /threshold and floor: /,
    );
  });
});

describe('noise floor', () => {
  const machine = { deviation: 0.03, betweenProcesses: 0.02 };

  it('bounds the next comparison of equal code with its probability', () => {
    const within = repeat(200, (i) => {
      const { relative } = noiseFloor(repeat(5, (k) => measure(10_000 + 6 * i + k, 15, 1, machine)));
      const next = compareTimed(measure(10_005 + 6 * i, 15, 1, machine)).ratio.value;
      return Math.abs(Math.log(next)) <= Math.log1p(relative);
    });
    const share = within.filter(Boolean).length / 200;
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(0.99);
  });

  it('raises the margin, so that differences between processes are not reported as regressions', () => {
    const floor = noiseFloor(repeat(10, (k) => measure(500 + k, 30, 1, machine))).relative;
    expect(floor).toBeGreaterThan(0.03);
    expect(floor).toBeLessThan(0.08);
    // With a threshold of 1 % alone, every fourth comparison of equal code would fail.
    const careless = decisions(60, 1, machine, { threshold: 0.01 });
    const careful = decisions(60, 1, machine, { threshold: 0.01, floor });
    expect(careless.slower + careless.faster).toBeGreaterThan(0.2);
    expect(careful.slower + careful.faster).toBeLessThan(0.03);
  });

  it('is zero on a machine without noise, and needs three comparisons', () => {
    const still = { baseline: [1, 2], candidate: [1, 2] };
    expect(noiseFloor([still, still, still]).relative).toBe(0);
    expect(() => noiseFloor([still, still])).toThrow(/A\/A comparisons: expected at least 3 values, got 2/);
  });
});
