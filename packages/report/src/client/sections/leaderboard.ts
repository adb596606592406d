// The leaderboard of a problem.

import type { LeaderboardRow } from '@gaussmark/analysis';
import {
  formatBytes,
  formatFactor,
  formatPercent,
  formatRange,
  formatSeconds,
  formatStatuses,
  NOTHING,
} from '@gaussmark/analysis/words';
import type { PageProblem } from '../../page-data.js';
import { doubtMark, element } from '../dom.js';
import { estimateCell } from '../estimate.js';
import type { ColoursOf } from '../palette.js';
import { createTable, type TableColumn } from '../table.js';
import { colouredName, notesList } from '../text-table.js';

/** Rows shown at once. */
const PAGE_SIZE = 20;

type Column = TableColumn<LeaderboardRow> & { readonly shown?: boolean };

export function leaderboard({ board, notes }: PageProblem, coloursOf: ColoursOf): HTMLElement {
  const has = (pick: (row: LeaderboardRow) => unknown) => board.rows.some((row) => pick(row) !== null);
  const columns: Column[] = [
    {
      title: '#',
      explanation:
        'Rank by the mean test loss; below it, where the rank lies in 95 % of the resamples of the seeds',
      align: 'right',
      cell: rankCell,
      key: ({ rank }) => rank,
      shown: has(({ rank }) => rank),
    },
    {
      title: 'Optimizer',
      explanation: 'Below each setting, how its runs ended',
      cell: (row) => element('div', {}, colouredName(row.name, coloursOf), statusLine(row)),
      key: ({ name }) => name,
    },
    {
      title: 'Test loss',
      explanation: `At the end${board.held.words === '' ? '' : `, ${board.held.words}`}: mean over seeds and its 95 % bootstrap interval`,
      align: 'right',
      cell: ({ testLoss }) => estimateCell(testLoss),
      key: ({ testLoss }) => testLoss?.value ?? null,
    },
    {
      title: 'Train loss',
      explanation: 'Mean of the mini-batch losses of the last epoch, each before its update',
      align: 'right',
      cell: ({ trainLoss }) => estimateCell(trainLoss),
      key: ({ trainLoss }) => trainLoss?.value ?? null,
    },
    {
      title: 'Accuracy %',
      align: 'right',
      cell: ({ testAccuracy }) => estimateCell(testAccuracy, formatPercent),
      key: ({ testAccuracy }) => testAccuracy?.value ?? null,
      shown: has(({ testAccuracy }) => testAccuracy),
    },
    {
      title: 'Best',
      explanation: 'Least test loss of a run at any epoch, mean over seeds',
      align: 'right',
      cell: ({ bestTestLoss }) => estimateCell(bestTestLoss),
      key: ({ bestTestLoss }) => bestTestLoss?.value ?? null,
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
      cell: ({ trainSeconds }) => estimateCell(trainSeconds, formatSeconds),
      key: ({ trainSeconds }) => trainSeconds?.value ?? null,
    },
    {
      title: 'Step',
      explanation: `Median time of a step${has(({ relativeStep }) => relativeStep) ? '; below it, over that of the fastest SGD setting' : ''}`,
      align: 'right',
      cell: stepCell,
      key: ({ secondsPerStep }) => secondsPerStep?.value ?? null,
    },
    {
      title: 'CG/step',
      explanation: 'Conjugate-gradient iterations of a step, mean',
      align: 'right',
      cell: ({ cgIterations }) => estimateCell(cgIterations),
      key: ({ cgIterations }) => cgIterations?.value ?? null,
      shown: has(({ cgIterations }) => cgIterations),
    },
    {
      title: 'Memory',
      explanation: 'The most that the processes of a run took',
      align: 'right',
      cell: ({ peakBytes }) => (peakBytes === null ? NOTHING : formatBytes(peakBytes)),
      key: ({ peakBytes }) => peakBytes,
      shown: has(({ peakBytes }) => peakBytes),
    },
  ];
  const table = createTable(
    `Leaderboard of ${board.title}`,
    columns.filter(({ shown }) => shown !== false),
    { classOf: (row) => row.outcome, pageSize: PAGE_SIZE },
  );
  table.show(board.rows);
  return element('div', { class: 'leaderboard' }, table.element, notesList(notes));
}

/** The rank, and below it the interval of the ranks where it says more. */
function rankCell({ rank, rankInterval }: LeaderboardRow): string | Node {
  if (rank === null) return NOTHING;
  if (rankInterval === null || (rankInterval.min === rank && rankInterval.max === rank)) return String(rank);
  return element(
    'span',
    { class: 'estimate' },
    String(rank),
    element('span', { class: 'interval' }, formatRange(rankInterval)),
  );
}

/** The time of a step, absolute and relative, with a mark where it should not be trusted. */
function stepCell({ secondsPerStep, relativeStep, distrusted, runs }: LeaderboardRow): string | Node {
  const time = estimateCell(secondsPerStep, formatSeconds);
  const cell =
    relativeStep === null
      ? time
      : element(
          'span',
          {},
          time,
          element('span', { class: 'interval' }, `${formatFactor(relativeStep.value)} SGD`),
        );
  if (distrusted === 0) return cell;
  const text = `${distrusted} of ${runs} runs were timed while others used the machine: not to be trusted`;
  return element('span', { class: 'doubtful', title: text }, doubtMark(text), cell);
}

/** With the name, since it must not scroll out of sight. */
function statusLine({ outcome, statuses }: LeaderboardRow): HTMLElement {
  return element(
    'div',
    { class: outcome === 'finished' ? 'status' : `status ${outcome}` },
    formatStatuses(statuses),
  );
}
