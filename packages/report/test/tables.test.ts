// The tables of a leaderboard and their notes.

import { contestTests, groupsOf, innerLoopsOf, type Leaderboard, leaderboards } from '@gaussmark/analysis';
import { joinCell, STARTS_WORDS } from '@gaussmark/analysis/words';
import { describe, expect, it } from 'vitest';
import { contestTestTable } from '../../analysis/src/contest-test-table.js';
import { type SmallRun, seeds, smallReport } from '../../analysis/test/small-report.js';
import { innerLoopTable } from '../src/inner-loop-table.js';
import { notesOf, summaryTable } from '../src/leaderboard-table.js';
import { timeCell } from '../src/time-cell.js';

const board = (...runs: SmallRun[]): Leaderboard => leaderboards(smallReport(runs))[0]!;

describe('the summary table', () => {
  it('has one text per column and no empty columns', () => {
    const table = summaryTable(
      board(...seeds('sgd', [0.25, 0.25, 0.25]), { label: 'worse', status: 'diverged' }),
    );
    expect(table.columns.map(({ title }) => title)).toEqual([
      '#', 'optimizer', 'test loss', 'train loss', 'best test loss', 'epochs', 'seconds', 'step', '× sgd', 'status',
    ]); // biome-ignore format: one line
    expect(table.rows.map((cells) => cells.map(joinCell))).toEqual([
      [
        '1',
        'sgd',
        '0.250 [0.250, 0.250]',
        '0.125 [0.125, 0.125]',
        '0.250',
        '2',
        '20.0 ms',
        '1.00 ms',
        '1.00×',
        '3/3 done',
      ],
      ['2', 'worse', '–', '–', '–', '1', '–', '1.00 ms', '1.00×', '1/1 diverged'],
    ]);
    expect(table.outcomes).toEqual(['finished', 'broken']);
  });
});

describe('the notes of a board', () => {
  it('give diverged runs no ranks and no means', () => {
    const diverged = { status: 'diverged', losses: [[9, null]] } as const;
    const broken = board(...seeds('sgd', [1, 1], diverged), ...seeds('sgn', [1, 1], diverged));
    expect(broken.rows.map(({ outcome }) => outcome)).toEqual(['broken', 'broken']);
    expect(broken.rows.every(({ testLoss }) => testLoss === null)).toBe(true);
    expect(notesOf(broken)).toHaveLength(1);
  });

  it('compare the work of optimizers if it differs', () => {
    const report = smallReport([...seeds('sgn', [1, 1]), ...seeds('sgd', [2, 2])]);
    for (const run of report.runs) {
      run.budget = { epochs: 2 };
      run.curve.at(-1)!.gradientEquivalents = run.optimizer === 'sgn' ? 72 : 10;
    }
    expect(notesOf(leaderboards(report)[0]!)).toContainEqual(
      expect.stringMatching(/\b10\b.*\bsgd\b.*\b72\b.*\bsgn\b/),
    );
  });

  it.each([
    [['a', 'a', 'a'], true],
    [['a', 'b', 'c'], false],
  ] as const)('of starts %j limit intervals to the batch order: %s', (hashes, expected) => {
    const report = smallReport(seeds('sgd', [1, 1, 1]));
    for (const [index, run] of report.runs.entries()) run.startHash = hashes[index]!;
    const notes = notesOf(leaderboards(report)[0]!);
    expect(notes.includes(STARTS_WORDS.shared)).toBe(expected);
  });
});

it('caps the ratio of losses near zero', () => {
  const far = leaderboards(smallReport([...seeds('sgn', [2e-4, 2e-4]), ...seeds('sgd', [0.45, 0.45])]));
  const cell = contestTestTable(contestTests(far))!.rows[0]!.find(({ key }) => Number(key) > 2000);
  expect(cell).toMatchObject({ text: '> 100', interval: '' });
});

it('times to a target show censoring and open intervals', () => {
  expect(joinCell(timeCell('seconds', { median: null, watched: 12 }))).toBe('> 12.0 s');
  expect(
    joinCell(timeCell('iterations', { median: 1200, interval: { low: 900, high: null }, watched: 2000 })),
  ).toBe('1,200 [900, ∞)');
});

it('tabulates inner loops', () => {
  const report = smallReport([
    { label: 'sgd' },
    ...[1, 3, 5].map((n) => ({ label: `sgn[cgIterations=${n}]`, innerIterations: n })),
  ]);
  for (const { innerLoop } of report.runs)
    if (innerLoop !== undefined) innerLoop.secondsPerIteration = 0.0006;
  const board = leaderboards(report)[0]!;
  const { columns, rows } = innerLoopTable(innerLoopsOf(board, groupsOf(report).get('boston')!));
  expect(columns.map(({ title }) => title)).toContain('share of step %');
  expect(rows.map((row) => joinCell(row[0]!))).toEqual([
    'sgn[cgIterations=1]',
    'sgn[cgIterations=3]',
    'sgn[cgIterations=5]',
  ]);
});
