// Second-order steps, sensitivities, trust and the packing of rows, on small examples.

import { conditionWords, groupsOf, leaderboards, secondOrderOf, timingWarnings } from '@gaussmark/analysis';
import { sensitivitiesOf, summarizeOptimizers } from '@gaussmark/analysis/sensitivity';
import { describe, expect, it } from 'vitest';
import { smallReport } from '../../analysis/test/small-report.js';
import { packRows, unpackRows } from '../src/packed-rows.js';
import { secondOrderTable } from '../src/second-order-table.js';
import { joinCell } from '../src/text-table.js';

describe('second-order steps', () => {
  const report = smallReport([
    { label: 'sgd', secondsPerStep: 0.001 },
    ...[1, 3, 5].map((n) => ({
      label: `sgn[cgIterations=${n}]`,
      secondsPerStep: 0.001 * (2 + 0.5 * n),
      cgIterations: n,
    })),
  ]);
  for (const [index, run] of report.runs.entries()) {
    if (run.cg === undefined) continue;
    run.cg.secondsPerIteration = 0.0006;
    run.curve[0]!.metrics = { cgStopReason: 0.25 * index, damping: 0.01, stepSize: 0.5 };
  }
  const { rows } = secondOrderOf(leaderboards(report)[0]!, groupsOf(report).get('boston')!);

  it('are shared out between CG and the rest, by the measured iteration and by the line', () => {
    const three = rows.find(({ name }) => name === 'sgn[cgIterations=3]')!;
    // 3 x 0.6 ms of 3.5 ms; by the line 2 + 0.5 n: 1.5 of 3.5.
    expect(three.share!.value).toBeCloseTo(1.8 / 3.5, 10);
    expect(three.shareByLine).toBeCloseTo(1.5 / 3.5, 10);
    expect(three.exhausted!.value).toBe(0.5);
    expect(three.damping).toEqual({ first: 0.01, last: 0.01 });
  });

  it('are a table of those settings only', () => {
    const { columns, rows: cells } = secondOrderTable({ problem: 'boston', title: 'Boston', rows });
    expect(columns.map(({ title }) => title)).toContain('share of step %');
    expect(cells.map((row) => joinCell(row[0]!))).toEqual([
      'sgn[cgIterations=1]',
      'sgn[cgIterations=3]',
      'sgn[cgIterations=5]',
    ]);
  });
});

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

  it('is of the hyperparameters that vary; decades get a logarithmic axis, texts get places', () => {
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

  it('joins the best setting of each value, and keeps what broke', () => {
    const [rate] = sgd!.sensitivities;
    expect(rate!.best.map(({ x, value }) => [x, value])).toEqual([
      [0.01, 3],
      [0.1, 1],
    ]);
    expect(rate!.points.map(({ x, value }) => [x, value]).at(-1)).toEqual([1, null]);
  });

  it('takes the highest where higher is better', () => {
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

  it('sums up the spread over the settings', () => {
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

describe('trust', () => {
  const conditions = { loadAverage: 2, othersBusy: 1.5, megahertz: [null, null], jobs: 1, threads: 1 };

  it('is withdrawn from runs that were disturbed, with the commonest reason', () => {
    const report = smallReport([{ label: 'a' }, { label: 'b' }, { label: 'c' }]);
    expect(timingWarnings(report)).toEqual([]);
    report.runs[0]!.conditions = { ...conditions, distrust: 'others kept 1.5 of 2 processors busy' };
    expect(timingWarnings(report)).toEqual([
      'The timings of 1 of 3 runs should not be trusted (others kept 1.5 of 2 processors busy).',
    ]);
    expect(leaderboards(report)[0]!.rows.map(({ distrusted }) => distrusted)).toEqual([1, 0, 0]);
  });

  it('says how many ran at once and how the clock was set', () => {
    const { environment, runs } = smallReport([{ label: 'a' }]);
    const shared = { ...environment, jobs: 2, frequencyGovernor: 'powersave', comparableTimings: false };
    expect(conditionWords(shared)).toEqual(['2 runs at once', 'governor powersave']);
    expect(timingWarnings({ environment: shared, runs })).toHaveLength(2);
    expect(conditionWords(environment)).toEqual([]);
  });
});

it('packed rows are the rows', () => {
  const rows = [
    { name: 'a', seed: 1, loss: null },
    { name: 'b', seed: 2, loss: 0.5, why: 'a' },
    { name: 'a', seed: 3, loss: 0, why: '' },
  ];
  expect(unpackRows(JSON.parse(JSON.stringify(packRows(rows))))).toEqual(rows);
  expect(packRows(rows).texts).toEqual(['a', 'b', '']);
});
