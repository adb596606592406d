// How results depend on hyperparameters, on small examples.

import { describe, expect, it } from 'vitest';
import { leaderboards } from '../src/leaderboard.js';
import { sensitivitiesOf, summarizeOptimizers } from '../src/sensitivity.js';
import { smallReport } from './small-report.js';

describe('sensitivity', () => {
  const report = smallReport(
    [
      [0.01, 'constant', 3],
      [0.1, 'constant', 1],
      [0.1, 'cosine', 2],
      [1, 'constant', null],
    ].map(([learningRate, schedule, loss]) => ({
      label: `sgd[learningRate=${learningRate},schedule=${schedule}]`,
      hyperparameters: { learningRate: learningRate as number, schedule: schedule as string, momentum: 0 },
      status: loss === null ? ('diverged' as const) : ('done' as const),
      losses: [[1, loss as number | null]] as const,
    })),
  );
  const [sgd] = summarizeOptimizers(leaderboards(report));

  it('covers hyperparameters that vary, with a logarithmic axis for decades and indices for texts', () => {
    expect(sgd!.varied).toEqual([
      { name: 'learningRate', values: [0.01, 0.1, 1] },
      { name: 'schedule', values: ['constant', 'cosine'] },
    ]);
    expect(sgd!.fixed).toEqual([{ name: 'momentum', values: [0] }]);
    const [rate, schedule] = sgd!.sensitivities;
    expect([rate!.log, rate!.categories]).toEqual([true, null]);
    expect([schedule!.log, schedule!.categories]).toEqual([false, ['constant', 'cosine']]);
    expect(schedule!.points.map(({ x }) => x)).toEqual([0, 0, 0, 1]);
  });

  it('joins the best setting of each value, and keeps broken ones', () => {
    const [rate] = sgd!.sensitivities;
    expect(rate!.best.map(({ x, value }) => [x, value])).toEqual([
      [0.01, 3],
      [0.1, 1],
    ]);
    expect(rate!.points.map(({ x, value }) => [x, value]).at(-1)).toEqual([1, null]);
  });

  it('takes the highest if higher is better', () => {
    const trials = [0.9, 0.95].map((value, index) => ({
      name: `t${index}`,
      hyperparameters: { a: 1, b: index },
      value,
      low: null,
      high: null,
    }));
    const where = { problem: 'p', title: 'P', quantity: 'accuracy' };
    const [plot] = sensitivitiesOf(
      [...trials, { ...trials[1]!, hyperparameters: { a: 1, b: 0 } }],
      where,
      'higher',
    );
    expect(plot!.best.map(({ value }) => value)).toEqual([0.95, 0.95]);
  });

  it('summarizes the spread over settings', () => {
    expect(sgd!.robustness).toEqual([
      {
        problem: 'boston',
        title: 'boston',
        settings: 4,
        lost: 1,
        losses: { best: 1, median: 2, worst: 3 },
        withinTwice: 2,
      },
    ]);
  });
});
