// Times to target as a table of texts.

import {
  type Leaderboard,
  type LeaderboardRow,
  MOST_TIME_RESAMPLES,
  type ProblemTarget,
  type TimesToTarget,
} from '@gaussmark/analysis';
import { CLOCK_WORDS, CLOCKS, endWords, NOTHING, targetSentence } from '@gaussmark/analysis/words';
import { type ColumnOf, type NotedTable, textCell, textTable } from './text-table.js';
import { timeCell } from './time-cell.js';

/** A row of a leaderboard with its way to the target. */
interface TimedRow {
  readonly row: LeaderboardRow;
  readonly times: TimesToTarget;
}

const COLUMNS: readonly ColumnOf<TimedRow>[] = [
  { title: 'optimizer', align: 'left', names: true, cell: ({ row }) => textCell(row.name) },
  {
    title: 'reached',
    align: 'right',
    explanation: 'Seeds that reached the target, and the 95 % (Wilson) interval of their share in %',
    cell: ({ times: { reached, runs, success } }) =>
      textCell(`${reached} of ${runs}`, {
        interval:
          runs === 1 || success.low === null || success.high === null
            ? ''
            : `[${Math.round(100 * success.low)}, ${Math.round(100 * success.high)}] %`,
        key: reached / runs,
      }),
  },
  ...CLOCKS.map(
    (clock): ColumnOf<TimedRow> => ({
      title: CLOCK_WORDS[clock],
      align: 'right',
      explanation:
        'Median over seeds (Kaplan-Meier) and its 95 % interval; > where half of the seeds or more never got there',
      // Of runs that broke on the way, "> 12 s" would say that they might still get there.
      cell: ({ row, times: { reached, times } }) =>
        row.outcome === 'broken' && reached === 0 ? textCell(NOTHING) : timeCell(clock, times[clock]),
    }),
  ),
  {
    title: 'end',
    align: 'left',
    explanation: 'How the runs ended, where none finished',
    cell: ({ row }) => textCell(row.outcome === 'finished' ? NOTHING : endWords(row)),
  },
];

/** The times to target of a problem; null without a target. */
export function targetTable(board: Leaderboard): NotedTable | null {
  const { times, target, rows } = board;
  if (target === null || times.length === 0) return null;
  const byName = new Map(rows.map((row) => [row.name, row]));
  return {
    title: 'Time to target',
    ...textTable(
      COLUMNS,
      times.map((each) => ({ row: byName.get(each.name)!, times: each })),
    ),
    notes: notesOf(board, target),
  };
}

function notesOf({ times, rows, resamples }: Leaderboard, target: ProblemTarget): string[] {
  return [
    targetSentence(target),
    `Medians over seeds by Kaplan and Meier: a seed that never reached the target counts as still on its way when it ended, one that broke as if it had been given as long as the others. Reached means: where runs are evaluated. 95 % percentile-bootstrap intervals of redrawn seeds (${Math.min(resamples, MOST_TIME_RESAMPLES)} resamples).`,
    ...(times.length < rows.length ? [`The first ${times.length} of ${rows.length} rows are timed.`] : []),
  ];
}
