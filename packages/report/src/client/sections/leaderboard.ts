// The leaderboard of a problem.

import {
  formatFactor,
  formatNumber,
  formatPercent,
  formatRange,
  formatSeconds,
  formatStatuses,
} from '../../format.js';
import type { LeaderboardRow } from '../../leaderboard.js';
import type { PageProblem } from '../../page-data.js';
import type { ColoursOf } from '../chart.js';
import { element, swatch } from '../dom.js';
import { estimateCell } from '../estimate.js';
import { createTable, type TableColumn } from '../table.js';
import { scheme } from '../theme.js';

type Column = TableColumn<LeaderboardRow> & { readonly shown?: boolean };

export function leaderboard({ board, notes }: PageProblem, coloursOf: ColoursOf): HTMLElement {
  const has = (pick: (row: LeaderboardRow) => unknown) => board.rows.some((row) => pick(row) !== null);
  const columns: Column[] = [
    { title: '#', align: 'right', cell: ({ rank }) => String(rank), key: ({ rank }) => rank },
    { title: 'Optimizer', cell: (row) => nameCell(row, coloursOf), key: ({ name }) => name },
    {
      title: 'Test loss',
      explanation: 'At the last epoch: mean over seeds and its 95 % bootstrap interval',
      align: 'right',
      cell: ({ testLoss }) => estimateCell(testLoss),
      key: ({ testLoss }) => testLoss?.mean ?? null,
    },
    {
      title: 'Train loss',
      explanation: 'Mean of the mini-batch losses of the last epoch, each before its update',
      align: 'right',
      cell: ({ trainLoss }) => estimateCell(trainLoss),
      key: ({ trainLoss }) => trainLoss?.mean ?? null,
    },
    {
      title: 'Accuracy %',
      align: 'right',
      cell: ({ testAccuracy }) => estimateCell(testAccuracy, formatPercent),
      key: ({ testAccuracy }) => testAccuracy?.mean ?? null,
      shown: has(({ testAccuracy }) => testAccuracy),
    },
    {
      title: 'Best',
      explanation: 'Least test loss of a run at any epoch, mean over seeds',
      align: 'right',
      cell: ({ bestTestLoss }) => formatNumber(bestTestLoss?.mean),
      key: ({ bestTestLoss }) => bestTestLoss?.mean ?? null,
    },
    {
      title: 'Epochs',
      align: 'right',
      cell: ({ epochs }) => formatRange(epochs),
      key: ({ epochs }) => epochs.max,
    },
    {
      title: 'Seconds',
      explanation: 'Training clock of a run, mean over seeds',
      align: 'right',
      cell: ({ trainSeconds }) => formatSeconds(trainSeconds?.mean),
      key: ({ trainSeconds }) => trainSeconds?.mean ?? null,
    },
    {
      title: 'Step',
      explanation: 'Median time of a step',
      align: 'right',
      cell: ({ secondsPerStep }) => formatSeconds(secondsPerStep),
      key: ({ secondsPerStep }) => secondsPerStep,
    },
    {
      title: '× SGD',
      explanation: 'Time of a step over that of the fastest SGD setting',
      align: 'right',
      cell: ({ relativeStep }) => formatFactor(relativeStep),
      key: ({ relativeStep }) => relativeStep,
      shown: has(({ relativeStep }) => relativeStep),
    },
    {
      title: 'CG/step',
      explanation: 'Conjugate-gradient iterations of a step, mean',
      align: 'right',
      cell: ({ cgIterations }) => formatNumber(cgIterations),
      key: ({ cgIterations }) => cgIterations,
      shown: has(({ cgIterations }) => cgIterations),
    },
    { title: 'Status', cell: statusCell, key: (row) => formatStatuses(row.statuses) },
  ];
  const table = createTable(
    `Leaderboard of ${board.title}`,
    columns.filter(({ shown }) => shown !== false),
    (row) => row.outcome,
  );
  table.show(board.rows);
  return element(
    'div',
    { class: 'leaderboard' },
    table.element,
    element('ul', { class: 'notes' }, ...notes.map((note) => element('li', {}, note))),
  );
}

function nameCell({ name }: LeaderboardRow, coloursOf: ColoursOf): HTMLElement {
  const mark = swatch(coloursOf(scheme.get()).get(name) ?? '', 'dot');
  scheme.watch((value) => mark.style.setProperty('--swatch', coloursOf(value).get(name) ?? ''));
  return element('span', { class: 'name' }, mark, name);
}

function statusCell({ outcome, statuses }: LeaderboardRow): HTMLElement {
  return element(
    'span',
    { class: outcome === 'finished' ? 'status' : `status ${outcome}` },
    formatStatuses(statuses),
  );
}
