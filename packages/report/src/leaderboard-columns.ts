// The columns of a leaderboard, for the terminal, Markdown and the page. Bundled into the page: no module of Node here.

import type { Leaderboard, LeaderboardRow } from '@gaussmark/analysis';
import {
  formatBytes,
  formatFactor,
  formatPercent,
  formatRange,
  formatSeconds,
  formatStatuses,
  iterationWords,
  NOTHING,
} from '@gaussmark/analysis/words';
import { type ColumnOf, estimateCell, filledColumns, numberCell, textCell } from './text-table.js';

/** The columns that some row of the board fills. */
export function leaderboardColumns({ rows, held, baseline }: Leaderboard): ColumnOf<LeaderboardRow>[] {
  const unit = baseline?.optimizer ?? 'baseline';
  const columns: readonly ColumnOf<LeaderboardRow>[] = [
    {
      title: '#',
      align: 'right',
      explanation:
        'Rank by the mean test loss; below it, where the rank lies in 95 % of the resamples of the seeds',
      cell: ({ rank }) => numberCell(rank, String),
    },
    {
      title: '# 95 %',
      align: 'right',
      under: '#',
      cell: ({ rankInterval }) => textCell(rankInterval === null ? NOTHING : formatRange(rankInterval)),
    },
    {
      title: 'optimizer',
      align: 'left',
      names: true,
      explanation: 'Below each setting, how its runs ended',
      cell: ({ name }) => textCell(name),
    },
    {
      title: 'test loss',
      align: 'right',
      essential: true,
      explanation: `At the end${held.words === '' ? '' : `, ${held.words}`}: mean over seeds and its 95 % bootstrap interval`,
      cell: ({ testLoss }) => estimateCell(testLoss),
    },
    {
      title: 'train loss',
      align: 'right',
      explanation: 'Mean of the mini-batch losses of the last epoch, each before its update',
      cell: ({ trainLoss }) => estimateCell(trainLoss),
    },
    {
      title: 'accuracy %',
      align: 'right',
      cell: ({ testAccuracy }) => estimateCell(testAccuracy, formatPercent),
    },
    {
      title: 'best test loss',
      align: 'right',
      explanation: 'Least test loss of a run at any epoch, mean over seeds',
      cell: ({ bestTestLoss }) => estimateCell(bestTestLoss),
    },
    {
      title: 'epochs',
      align: 'right',
      cell: ({ epochs }) => textCell(formatRange(epochs), { key: epochs.max }),
    },
    {
      title: 'seconds',
      align: 'right',
      explanation: 'Training clock of a run, mean over seeds',
      cell: ({ trainSeconds }) => estimateCell(trainSeconds, formatSeconds),
    },
    {
      title: 'step',
      align: 'right',
      explanation: `Median time of a step; below it, over that of the fastest ${unit} setting`,
      cell: (row) => ({ ...estimateCell(row.secondsPerStep, formatSeconds), ...cautionOf(row) }),
    },
    {
      title: `× ${unit}`,
      align: 'right',
      under: 'step',
      cell: ({ relativeStep }) => estimateCell(relativeStep, formatFactor),
    },
    {
      title: 'inner/step',
      align: 'right',
      explanation: `Mean number of ${iterationWords(rows.map(({ iteration }) => iteration)).many} in a step`,
      cell: ({ innerIterations }) => estimateCell(innerIterations),
    },
    {
      title: 'memory',
      align: 'right',
      explanation: 'The most that the processes of a run took',
      cell: ({ peakBytes }) => numberCell(peakBytes, formatBytes),
    },
    {
      title: 'status',
      align: 'left',
      under: 'optimizer',
      cell: ({ statuses, outcome }) =>
        textCell(formatStatuses(statuses), outcome === 'finished' ? {} : { tone: 'bad' }),
    },
  ];
  return filledColumns(columns, rows);
}

const cautionOf = ({ distrusted, runs }: LeaderboardRow) =>
  distrusted > 0 && {
    caution: `${distrusted} of ${runs} runs were timed while others used the machine: not to be trusted`,
  };
