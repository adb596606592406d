// Leaderboards on numbers computed by hand.

import { describe, expect, it } from 'vitest';
import { type Leaderboard, leaderboards } from '../src/leaderboard.js';
import { estimateMean } from '../src/statistics.js';
import { type SmallRun, seeds, smallReport } from './small-report.js';

const board = (...runs: SmallRun[]): Leaderboard => leaderboards(smallReport(runs))[0]!;
const order = ({ rows }: Leaderboard) => rows.map(({ name }) => name);

describe('estimateMean', () => {
  it('is the mean, within the bootstrap interval, within the range', () => {
    const estimate = estimateMean([1, 2, 6])!;
    expect(estimate).toMatchObject({ value: 3, count: 3 });
    expect(estimate.low).toBeGreaterThanOrEqual(1);
    expect(estimate.low).toBeLessThan(3);
    expect(estimate.high).toBeGreaterThan(3);
    expect(estimate.high).toBeLessThanOrEqual(6);
  });

  it('approaches the normal interval for many values', () => {
    // 0..99: the standard error of the mean is sqrt((100^2 - 1) / 12 / 100) = 2.8865.
    const { low, high } = estimateMean(Array.from({ length: 100 }, (_, value) => value))!;
    expect(Math.abs(low! - (49.5 - 1.96 * 2.8865))).toBeLessThan(0.4);
    expect(Math.abs(high! - (49.5 + 1.96 * 2.8865))).toBeLessThan(0.4);
  });

  it('is deterministic, without an interval for one value, and null for none', () => {
    expect(estimateMean([3, 1, 4])).toEqual(estimateMean([3, 1, 4]));
    expect(estimateMean([5])).toEqual({ value: 5, low: null, high: null, count: 1 });
    expect(estimateMean([])).toBeNull();
  });
});

describe('a row', () => {
  it('averages the last epoch over seeds, and the best epoch separately', () => {
    const [row] = board(
      {
        label: 'sgd',
        seed: 1,
        losses: [
          [4, 3],
          [2, 1],
          [1, 2],
        ],
        secondsPerStep: 0.002,
      },
      {
        label: 'sgd',
        seed: 2,
        losses: [
          [4, 3],
          [2, 2],
          [3, 4],
        ],
        secondsPerStep: 0.004,
      },
    ).rows;
    expect(row).toMatchObject({
      runs: 2,
      statuses: { done: 2 },
      epochs: { min: 3, max: 3 },
      iterations: { min: 30, max: 30 },
      trainLoss: { value: 2, count: 2 },
      testLoss: { value: 3, count: 2 },
      testAccuracy: null,
      bestTestLoss: { value: 1.5 },
      secondsPerStep: { value: 0.003, low: 0.002, high: 0.004 },
      innerIterations: null,
    });
    // 30 steps of 2 ms and of 4 ms.
    expect(row!.trainSeconds!.value).toBeCloseTo(0.09, 12);
  });

  it('leaves lost seeds out of its means, and counts them', () => {
    const [row] = board(
      { label: 'sgd', seed: 1, losses: [[1, 1]] },
      { label: 'sgd', seed: 2, status: 'diverged', losses: [[9, null]] },
    ).rows;
    expect(row).toMatchObject({
      outcome: 'finished',
      runs: 2,
      statuses: { done: 1, diverged: 1 },
      testLoss: { value: 1, count: 1 },
    });
  });

  it('of diverged runs has epochs and step times but no losses', () => {
    const [row] = board({
      label: 'sgd',
      status: 'diverged',
      losses: [
        [9, 8],
        [null, null],
      ],
      secondsPerStep: 0.005,
    }).rows;
    expect(row).toMatchObject({
      outcome: 'broken',
      testLoss: null,
      trainLoss: null,
      trainSeconds: null,
      epochs: { min: 2, max: 2 },
      secondsPerStep: { value: 0.005, low: null, high: null },
    });
  });
});

describe('the ranking', () => {
  it('is by final test loss; lost seeds, interruptions and divergence come after, in this order', () => {
    const ranked = board(
      { label: 'diverged', status: 'diverged', losses: [[0.1, 0.01]] },
      { label: 'cancelled', status: 'cancelled', losses: [[0.1, 0.01]] },
      ...seeds('partly', [0.01]),
      { label: 'partly', seed: 2, status: 'diverged', losses: [] },
      ...seeds('worse', [3, 3]),
      ...seeds('better', [2, 3]),
      { label: 'at-budget', status: 'budget', losses: [[1, 2.9]] },
    );
    expect(order(ranked)).toEqual(['better', 'at-budget', 'worse', 'partly', 'cancelled', 'diverged']);
    expect(ranked.rows.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('breaks ties by train loss, then by name in natural order', () => {
    const runs: SmallRun[] = [
      { label: 'sgn[cgIterations=10]', losses: [[1, 1]] },
      { label: 'sgn[cgIterations=3]', losses: [[1, 1]] },
      { label: 'sgd', losses: [[0.5, 1]] },
    ];
    expect(order(board(...runs))).toEqual(['sgd', 'sgn[cgIterations=3]', 'sgn[cgIterations=10]']);
  });
});

describe('names', () => {
  it('distinguish groups that share a label but not engine or hyperparameters', () => {
    const named = board(
      { label: 'sgd', engine: 'onnxruntime', hyperparameters: { momentum: 0 }, losses: [[1, 1]] },
      { label: 'sgd', engine: 'onnxruntime', hyperparameters: { momentum: 0.9 }, losses: [[1, 2]] },
      { label: 'sgd', engine: 'tfjs', hyperparameters: { momentum: 0 }, losses: [[1, 3]] },
    );
    expect(order(named)).toEqual([
      'sgd {engine=onnxruntime, momentum=0}',
      'sgd {engine=onnxruntime, momentum=0.9}',
    ]);
  });

  it('do not depend on the order of the keys of the hyperparameters', () => {
    const same = board(
      { label: 'sgd', seed: 1, hyperparameters: { a: 1, b: 2 } },
      { label: 'sgd', seed: 2, hyperparameters: { b: 2, a: 1 } },
    );
    expect(same.rows.map(({ name, runs }) => [name, runs])).toEqual([['sgd', 2]]);
  });
});

describe('the cost of a step', () => {
  const costs = board(
    { label: 'sgd[learningRate=0.1]', secondsPerStep: 0.002 },
    { label: 'sgd[learningRate=1]', secondsPerStep: 0.001, status: 'diverged' },
    { label: 'sgd[learningRate=0.5]', secondsPerStep: 0.004 },
    ...[1, 3, 5].map((n) => ({
      label: `sgn[cgIterations=${n}]`,
      secondsPerStep: 0.002 * (1.3 + 0.7 * n),
      innerIterations: n,
    })),
  );
  const row = (name: string) => costs.rows.find((one) => one.name === name)!;

  it('is relative to the fastest unbroken step of the baseline', () => {
    expect(costs.baseline).toEqual({
      name: 'sgd[learningRate=0.1]',
      optimizer: 'sgd',
      secondsPerStep: 0.002,
    });
    expect(row('sgd[learningRate=0.5]').relativeStep!.value).toBe(2);
    expect(row('sgn[cgIterations=3]').relativeStep!.value).toBeCloseTo(3.4, 12);
  });

  it('is a line in the number of inner iterations', () => {
    expect(costs.costModels).toHaveLength(1);
    expect(costs.costModels[0]).toMatchObject({ optimizer: 'sgn', rows: 3 });
    expect(costs.costModels[0]!.base).toBeCloseTo(1.3, 10);
    expect(costs.costModels[0]!.perIteration).toBeCloseTo(0.7, 10);
  });

  it("is in units of the report's baseline, or of the first optimizer without an inner loop", () => {
    const report = smallReport([
      { label: 'sgn', innerIterations: 3 },
      { label: 'adam', secondsPerStep: 0.0005 },
    ]);
    const stepOfSgn = (baseline?: string) =>
      leaderboards(baseline === undefined ? report : { ...report, baseline })[0]!.rows.find(
        ({ name }) => name === 'sgn',
      )!.relativeStep?.value;
    expect(stepOfSgn()).toBe(2);
    expect(stepOfSgn('sgn')).toBe(1);
    expect(stepOfSgn('sgd')).toBeUndefined();
  });
});

describe('the contest', () => {
  it('is between the best rows of the optimizers, judged by the one rule', () => {
    const { contest } = board(
      ...seeds('sgn[cgIterations=3]', [0.11, 0.1, 0.12]),
      ...seeds('sgn[cgIterations=5]', [0.21, 0.2, 0.22]),
      ...seeds('sgd', [0.3, 0.4, 0.35]),
    );
    expect(contest.entries.map(({ row }) => row.name)).toEqual(['sgn[cgIterations=3]', 'sgd']);
    expect(contest.verdict).toBe('leading');
    // Three pairs, all won: p = 2 / 2^3.
    expect(contest.evidence).toEqual({
      intervalsApart: true,
      effect: 1,
      pairs: 3,
      adjusted: 0.25,
      comparisons: 1,
      // Differences 0.19, 0.3, 0.23: s / mean = 0.232.
      needed: 3,
    });
  });

  it('is open if intervals touch or with two seeds, and absent if one optimizer finished', () => {
    const rival = seeds('sgn', [0.1, 0.5, 0.3]);
    expect(board(...rival, ...seeds('sgd', [0.4, 0.6, 0.5])).contest.verdict).toBe('open');
    expect(board(...seeds('sgn', [0.1, 0.1]), ...seeds('sgd', [9, 9])).contest.verdict).toBe('open');
    expect(board(...rival, { label: 'sgd', status: 'diverged' }).contest).toMatchObject({
      verdict: 'only',
      evidence: null,
      reachedByBoth: null,
    });
  });

  it('times each to the largest final loss of the runner-up', () => {
    const { contest } = board(
      {
        label: 'sgn',
        seed: 1,
        losses: [
          [5, 5],
          [1, 0.9],
          [1, 0.1],
        ],
        secondsPerStep: 0.01,
      },
      {
        label: 'sgn',
        seed: 2,
        losses: [
          [5, 0.8],
          [1, 0.9],
          [1, 0.1],
        ],
        secondsPerStep: 0.01,
      },
      {
        label: 'sgd',
        seed: 1,
        losses: [
          [5, 5],
          [5, 4],
          [5, 1],
        ],
        secondsPerStep: 0.001,
      },
      {
        label: 'sgd',
        seed: 2,
        losses: [
          [5, 5],
          [5, 0.7],
          [5, 0.6],
        ],
        secondsPerStep: 0.001,
      },
    );
    expect(contest.reachedByBoth).toBe(1);
    const [sgn, sgd] = contest.entries;
    // Seeds reach 1 after 10 and 20 steps of 10 ms.
    expect(sgn!.reached).toMatchObject({ reached: 2, runs: 2, times: { iterations: { median: 15 } } });
    expect(sgn!.reached!.times.seconds!.median).toBeCloseTo(0.15, 12);
    // After 20 and 30 steps of 1 ms.
    expect(sgd!.reached).toMatchObject({ reached: 2, runs: 2, times: { iterations: { median: 25 } } });
    expect(sgd!.reached!.times.seconds!.median).toBeCloseTo(0.025, 12);
  });
});
