// The tables of a hyperparameter search: results, censored times, comparisons.

import type { Tuning, TuningComparison, TuningContestant, TuningStudy } from '@gaussmark/analysis';
import { expect, it } from 'vitest';
import { tunedProblems, tuningTables } from '../src/tuning-table.js';

const estimate = (value: number | null, low: number | null = null, high: number | null = null) => ({
  value,
  low,
  high,
  method: 'made up',
});

const study: TuningStudy = {
  problem: 'p',
  optimizer: 'sgd',
  selection: 'sgd[momentum=0]',
  space: { learningRate: { scale: 'log', low: 0.01, high: 1 } },
  trainSize: 900,
  validationSize: 100,
  trials: [],
  best: 'sgd[learningRate=0.3]',
  cost: { trials: 8, steps: 800, seconds: 12, gradientEquivalents: 1234.5, wallSeconds: 20 },
  robustness: {
    quantiles: [
      { share: 0, value: 0.1 },
      { share: 0.5, value: 0.25 },
      { share: 0.9, value: null },
    ],
    diverged: 0.25,
    failed: 0,
    missed: 0,
  },
};

const contestant = (track: 'tuned' | 'untuned', median: number | null): TuningContestant => {
  const times = { median: estimate(median, median, null), restrictedMean: estimate(40), horizon: 50 };
  return {
    problem: 'p',
    optimizer: 'sgd',
    selection: 'sgd',
    track,
    label: 'sgd',
    seeds: [1, 2, 3, 4],
    diverged: 1,
    failed: 0,
    testLoss: estimate(0.2, 0.1, 0.3),
    target: { reached: estimate(0.5), iterations: times, seconds: times, gradientEquivalents: times },
  };
};

const comparison = (changes: Partial<TuningComparison>): TuningComparison => ({
  problem: 'p',
  measure: 'testLoss',
  a: { selection: 'sgd', track: 'tuned', label: 'sgd' },
  b: { selection: 'sgn', track: 'untuned', label: 'sgn' },
  pairs: 8,
  leftOut: 0,
  meanA: 2,
  meanB: 1,
  difference: estimate(-1, -2, -0.5),
  ratio: estimate(0.5, 0.25, 0.75),
  effect: -1,
  test: 'made up',
  pValue: 0.001,
  adjustedPValue: 0.04,
  ...changes,
});

const tuning: Tuning = {
  search: 'quasi-random',
  trialsAsked: 8,
  seed: 0,
  validationShare: 0.1,
  criterion: 'final-validation-loss',
  studies: [study],
  contestants: [contestant('tuned', 30), contestant('untuned', null)],
  comparisons: [
    comparison({}),
    comparison({ measure: 'iterations', adjustedPValue: 0.004 }),
    comparison({
      measure: 'seconds',
      horizon: 5,
      meanA: 5,
      meanB: 5 * (1 - 2 ** -52),
      ratio: estimate(1, 1, 1),
    }),
    comparison({ measure: 'gradientEquivalents', horizon: 5, meanA: 5, meanB: 4, adjustedPValue: 0.2 }),
  ],
};

/** One row: its texts by column title. */
function texts(table: ReturnType<typeof tuningTables>[number], row: number): Record<string, string> {
  const { columns, rows } = table;
  return Object.fromEntries(
    columns.map(({ title }, i) => [title, `${rows[row]![i]!.text} ${rows[row]![i]!.interval}`.trim()]),
  );
}

it('show the best trial, the spread of trials and their cost', () => {
  const [search] = tuningTables(tuning, 'p');
  expect(search!.title).toMatch(/\b900\b.*\b100\b/);
  // More than a tenth of the trials has no value: 'worst 10 %' is empty.
  expect(texts(search!, 0)).toEqual({
    optimizer: 'sgd[momentum=0]',
    'best trial': 'sgd[learningRate=0.3]',
    'validation loss': '0.100',
    median: '0.250',
    diverged: '2/8',
    'search took': '12.0 s',
    gradients: '1,235',
  });
});

it('show how far runs went that never reached the target', () => {
  const [, results] = tuningTables(tuning, 'p');
  expect(texts(results!, 0)).toMatchObject({
    optimizer: 'sgd tuned',
    'test loss': '0.200 [0.100, 0.300]',
    finished: '3/4',
    reached: '2/4',
    iterations: '30 [30, ∞]',
  });
  expect(texts(results!, 1)).toMatchObject({ iterations: '> 50', time: '> 50.0 s' });
});

it('mark ratios by their separation, and show none if neither reached the target', () => {
  const [, , comparisons] = tuningTables(tuning, 'p');
  expect(texts(comparisons!, 0)).toEqual({
    'ratio of': 'sgn untuned / sgd tuned',
    'test loss': '0.500 * [0.250, 0.750]',
    iterations: '0.500 * [0.250, 0.750]',
    gradients: '0.500 ~ [0.250, 0.750]',
  });
});

it('show only the pairs with the lowest test loss where there are many', () => {
  const losses = [5, 3, 1, 2, 4, 6, 7, 8, 9, 10, 11, 12];
  const side = (loss: number) => ({
    track: 'tuned' as const,
    selection: `sgd[learningRate=${loss}]`,
    label: '',
  });
  const every = losses.flatMap((meanA, i) =>
    losses.slice(i + 1).map((meanB) => comparison({ a: side(meanA), b: side(meanB), meanA, meanB })),
  );
  const [, , comparisons] = tuningTables({ ...tuning, comparisons: every }, 'p');
  expect(every).toHaveLength(66);
  expect(comparisons!.rows).toHaveLength(11);
  for (const [pair] of comparisons!.rows) expect(pair!.text).toContain('learningRate=1]');
  expect(comparisons!.notes[0]).toContain('66');
});

it('cover one problem; those of a report leave out the searches', () => {
  expect(tuningTables(tuning, 'q')).toEqual([]);
  const problems = [{ name: 'p', title: 'P' }, { name: 'q' }] as unknown as Parameters<
    typeof tunedProblems
  >[0]['problems'];
  const [only, ...others] = tunedProblems({ problems, tuning: [tuning] });
  expect([only!.title, only!.tables.map(({ kind }) => kind), others]).toEqual([
    'P',
    ['results', 'comparisons'],
    [],
  ]);
});
