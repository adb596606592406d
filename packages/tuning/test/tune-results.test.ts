// Results of a search on synthetic runs: ranking, cost, spread, censored comparisons.

import type { TuningCriterion } from '@gaussmark/analysis';
import { describe, expect, it } from 'vitest';
import type { Cell, CellResult, CurvePoint } from '../../cell/src/cell.js';
import type { CellOutcome } from '../../harness/src/run/cell-outcome.js';
import { cellOf, resultOf } from '../../harness/test/fixtures.js';
import type { TrialPoint } from '../src/plan-tuning.js';
import { type Contestant, compareContestants, reportContestant } from '../src/results.js';
import type { SearchedOptimizer } from '../src/space.js';
import { type EndedTrial, studyOf } from '../src/study.js';

const optimizer = (selection: string) =>
  ({ entry: { name: selection }, selection, fixed: {}, space: {} }) as unknown as SearchedOptimizer;
const sgd = optimizer('sgd');

/** A trial that ended with these validation losses, one per epoch of 10 steps and 1 second. */
function trial(
  rate: number,
  losses: readonly (number | null)[],
  status: CellResult['status'] = 'done',
): EndedTrial {
  const curve = losses.map(
    (validationLoss, i): CurvePoint => ({
      epoch: i + 1,
      iterations: 10 * (i + 1),
      seconds: i + 1,
      gradientEquivalents: 11 * (i + 1),
      trainLoss: 1,
      testLoss: null,
      validationLoss,
    }),
  );
  const cell: Cell = {
    ...cellOf('p', `sgd[learningRate=${rate}]`, 0),
    target: { goals: { testLoss: 0.5 }, stop: false },
  };
  const steps = { ...resultOf(1).steps, count: 10 * losses.length };
  const seconds = { ...resultOf(1).seconds, train: losses.length };
  const result = { ...resultOf(1), status, curve, steps, seconds };
  const point = { optimizer: sgd, values: { learningRate: rate } } as unknown as TrialPoint;
  return { cell, point, outcome: { cell, result, wallSeconds: losses.length + 2 } };
}

const order = (trials: readonly EndedTrial[], criterion: TuningCriterion) =>
  studyOf('p', sgd, trials, criterion).report.trials.map(
    ({ hyperparameters }) => hyperparameters.learningRate,
  );

describe('trials', () => {
  const trials = [
    trial(1, [0.9, null], 'diverged'),
    trial(2, [0.8, 0.7]),
    trial(3, [], 'failed'),
    trial(4, [0.4, 0.6]),
    trial(5, [0.6, 0.5]),
    trial(6, [0.45, null], 'diverged'),
  ];

  it.each<[TuningCriterion, number[]]>([
    ['final-validation-loss', [5, 4, 2, 1, 6, 3]],
    ['best-validation-loss', [4, 5, 2, 1, 6, 3]],
    // The fourth reaches 0.5 after one epoch, the fifth after two, the second never.
    ['iterations-to-target', [4, 5, 2, 1, 6, 3]],
    ['seconds-to-target', [4, 5, 2, 1, 6, 3]],
  ])('are ranked by the %s; those that went wrong are last, and kept', (criterion, expected) => {
    expect(order(trials, criterion)).toEqual(expected);
  });

  it('have values, a spread, and a cost that includes failed trials', () => {
    const { report, best } = studyOf('p', sgd, trials, 'iterations-to-target');
    expect(best).toBe(trials[3]!.point);
    expect(report.best).toBe('sgd[learningRate=4]');
    expect(report.trials.map(({ value }) => value)).toEqual([10, 20, null, null, null, null]);
    expect(report.trials[0]).toMatchObject({ finalValidationLoss: 0.6, bestValidationLoss: 0.4, steps: 20 });
    expect(report.cost).toEqual({
      trials: 6,
      steps: 100,
      seconds: 10,
      gradientEquivalents: 110,
      wallSeconds: 22,
    });
    const { quantiles, ...shares } = report.robustness;
    expect(shares).toEqual({ diverged: 2 / 6, failed: 1 / 6, missed: 1 / 6 });
    expect(quantiles.map(({ value }) => value)).toEqual([10, 15, null, null, null, null, null]);
    // The second of six is at share 1/5, so a quarter lies between it and the third.
    expect(studyOf('p', sgd, trials, 'final-validation-loss').report.robustness.quantiles[2]).toEqual({
      share: 0.25,
      value: 0.6 + 0.25 * (0.7 - 0.6),
    });
  });

  it('have no best if all failed', () => {
    const { best, report } = studyOf('p', sgd, [trials[2]!, trials[0]!], 'final-validation-loss');
    expect([best, report.best]).toEqual([undefined, null]);
    expect(report.trials.map(({ status }) => status)).toEqual(['diverged', 'failed']);
  });
});

/** A final run whose test loss falls to 0.5 at `reached` steps, or never does within `steps`. */
function final(
  seed: number,
  reached: number | null,
  steps = 100,
  status: CellResult['status'] = 'done',
): CellOutcome {
  const cell: Cell = { ...cellOf('p', 'x', seed), target: { goals: { testLoss: 0.5 }, stop: false } };
  const at = (iterations: number, testLoss: number): CurvePoint => ({
    epoch: iterations / 10,
    iterations,
    seconds: iterations / 100,
    gradientEquivalents: 2 * iterations,
    trainLoss: 1,
    testLoss,
  });
  const curve = [...(reached === null ? [] : [at(reached, 0.5)]), at(steps, reached === null ? 0.8 : 0.4)];
  return { cell, result: { ...resultOf(1), status, curve } };
}

const contestant = (selection: string, track: Contestant['track'], outcomes: CellOutcome[]): Contestant => ({
  problem: 'p',
  optimizer: optimizer(selection),
  track,
  outcomes,
});
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

describe('final runs', () => {
  it('are summarized, censoring those that never reached the target', () => {
    const runs = [20, 30, null, 50].map((reached, i) => final(i + 1, reached));
    const { testLoss, target, seeds } = reportContestant(contestant('sgd', 'tuned', runs));
    expect(seeds).toEqual([1, 2, 3, 4]);
    expect(testLoss!.value).toBeCloseTo((3 * 0.4 + 0.8) / 4);
    expect(target!.reached.value).toBe(0.75);
    // S falls to 3/4, 1/2, 1/4 at 20, 30, 50: its median is the middle of 30 and 50, the area to 100 is 20 + 7.5 + 10 + 12.5.
    expect(target!.iterations).toMatchObject({
      median: { value: 40 },
      restrictedMean: { value: 50 },
      horizon: 100,
    });
    expect(target!.seconds.median.value).toBeCloseTo(0.4);
  });

  it('have no median if most never reached the target; a diverged run never does', () => {
    const runs = [final(1, 20), final(2, null), final(3, null, 10, 'diverged')];
    const { target, diverged, testLoss } = reportContestant(contestant('sgd', 'tuned', runs));
    expect(target!.iterations.median.value).toBeNull();
    // The diverged run counts as the whole horizon, not the ten steps that it ran.
    expect(target!.iterations.restrictedMean.value).toBeCloseTo((20 + 100 + 100) / 3);
    expect(diverged).toBe(1);
    expect(testLoss!.value).toBeCloseTo(0.6);
  });

  it('are compared by min(time, horizon), paired by seed', () => {
    const slow = contestant(
      'sgd',
      'untuned',
      SEEDS.map((seed) => final(seed, seed === 8 ? null : 40 + seed)),
    );
    // The budget ended it after 60 steps; one run never reached the target.
    const fast = contestant(
      'sgn',
      'untuned',
      SEEDS.map((seed) => final(seed, seed === 1 ? null : 20, 60)),
    );
    const found = compareContestants([slow, fast]).find(({ measure }) => measure === 'iterations')!;
    expect(found).toMatchObject({ pairs: 8, leftOut: 0, horizon: 60 });
    // min(t, 60): 41 ... 47, 60 against 60, 20, ..., 20.
    expect(found.meanA).toBeCloseTo((7 * 44 + 60) / 8);
    expect(found.meanB).toBeCloseTo((60 + 7 * 20) / 8);
    expect(found.ratio!.value).toBeGreaterThan(0.4);
    expect(found.ratio!.value).toBeLessThan(0.5);
    // By ranks, one difference of 19 against 22, ..., 27, 40.
    expect(found.effect).toBeCloseTo(-(36 - 2) / 36);
  });

  it("have Holm's correction over the pairs of a measure, and no comparison with themselves", () => {
    const runs = SEEDS.map((seed) => final(seed, 50 + seed));
    const tuned = contestant('sgd', 'tuned', runs);
    const same = contestant('sgd', 'untuned', runs);
    const faster = contestant(
      'sgn',
      'tuned',
      SEEDS.map((seed) => final(seed, 20 + seed)),
    );
    const found = compareContestants([tuned, same, faster]).filter(({ measure }) => measure === 'iterations');
    expect(found.map(({ a, b }) => [a.track, b.track])).toEqual([
      ['tuned', 'tuned'],
      ['untuned', 'tuned'],
    ]);
    // Eight pairs with the same sign: two of 2^8 patterns of signs; twice that for two comparisons.
    for (const { pValue, adjustedPValue, difference } of found) {
      expect(pValue).toBeCloseTo(2 / 256);
      expect(adjustedPValue).toBeCloseTo(4 / 256);
      expect(difference).toMatchObject({ value: -30, low: -30, high: -30 });
    }
  });

  it('leave failed seeds out of the comparison of losses, and count them', () => {
    const a = contestant(
      'sgd',
      'tuned',
      SEEDS.map((seed) => final(seed, 50)),
    );
    const b = contestant(
      'sgn',
      'tuned',
      SEEDS.map((seed) => (seed === 3 ? final(seed, null, 10, 'diverged') : final(seed, 20))),
    );
    const byMeasure = Object.fromEntries(compareContestants([a, b]).map((each) => [each.measure, each]));
    expect(byMeasure.testLoss).toMatchObject({ pairs: 7, leftOut: 1 });
    expect(byMeasure.iterations).toMatchObject({ pairs: 8, leftOut: 0, horizon: 100 });
  });
});
