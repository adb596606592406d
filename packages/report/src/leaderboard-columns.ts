// The columns of a leaderboard, for the terminal, Markdown and the page. Bundled for browsers: no Node modules.

import type { Leaderboard, LeaderboardRow } from '@gaussmark/analysis';
import {
  type ColumnOf,
  estimateCell,
  filledColumns,
  formatBytes,
  formatFactor,
  formatPercent,
  formatRange,
  formatSeconds,
  formatStatuses,
  iterationWords,
  NOTHING,
  nameColumn,
  numberCell,
  numberColumn,
  textCell,
  textColumn,
} from '@gaussmark/analysis/words';

/** The columns that at least one row fills. */
export function leaderboardColumns({ rows, held, baseline }: Leaderboard): ColumnOf<LeaderboardRow>[] {
  const unit = baseline?.optimizer ?? 'baseline';
  const columns: readonly ColumnOf<LeaderboardRow>[] = [
    numberColumn(
      '#',
      ({ rank }) => numberCell(rank, String),
      'Rank by mean test loss; below it, the range of the rank in 95 % of seed resamples',
    ),
    numberColumn(
      '# 95 %',
      ({ rankInterval }) => (rankInterval === null ? NOTHING : formatRange(rankInterval)),
      '',
      { under: '#' },
    ),
    nameColumn('optimizer', ({ name }) => name, 'Each setting, and how its runs ended'),
    numberColumn(
      'test loss',
      ({ testLoss }) => estimateCell(testLoss),
      `Final test loss${held.words === '' ? '' : `, ${held.words}`}: mean over seeds with 95 % bootstrap interval`,
      { essential: true },
    ),
    numberColumn(
      'train loss',
      ({ trainLoss }) => estimateCell(trainLoss),
      'Mean of the last epoch’s mini-batch losses, each before its update',
    ),
    numberColumn('accuracy %', ({ testAccuracy }) => estimateCell(testAccuracy, formatPercent)),
    numberColumn(
      'best test loss',
      ({ bestTestLoss }) => estimateCell(bestTestLoss),
      'Lowest test loss of a run at any epoch, mean over seeds',
    ),
    numberColumn('epochs', ({ epochs }) => textCell(formatRange(epochs), { key: epochs.max })),
    numberColumn(
      'seconds',
      ({ trainSeconds }) => estimateCell(trainSeconds, formatSeconds),
      'Training clock of a run, mean over seeds',
    ),
    numberColumn(
      'step',
      (row) => ({ ...estimateCell(row.secondsPerStep, formatSeconds), ...cautionOf(row) }),
      `Median time of a step; below it, relative to the fastest ${unit} setting`,
    ),
    numberColumn(`× ${unit}`, ({ relativeStep }) => estimateCell(relativeStep, formatFactor), '', {
      under: 'step',
    }),
    numberColumn(
      'inner/step',
      ({ innerIterations }) => estimateCell(innerIterations),
      `Mean number of ${iterationWords(rows.map(({ iteration }) => iteration)).many} in a step`,
    ),
    numberColumn(
      'memory',
      ({ peakBytes }) => numberCell(peakBytes, formatBytes),
      'Peak memory of the processes of a run',
    ),
    textColumn(
      'status',
      ({ statuses, outcome }) =>
        textCell(formatStatuses(statuses), outcome === 'finished' ? {} : { tone: 'bad' }),
      '',
      { under: 'optimizer' },
    ),
  ];
  return filledColumns(columns, rows);
}

const cautionOf = ({ distrusted, runs }: LeaderboardRow) =>
  distrusted > 0 && {
    caution: `${distrusted} of ${runs} runs have timings that cannot be trusted`,
  };
