// Times to target as a table.

import {
  type Leaderboard,
  type LeaderboardRow,
  MOST_TIME_RESAMPLES,
  type ProblemTarget,
  type TimesToTarget,
} from '@gaussmark/analysis';
import {
  CLOCK_WORDS,
  CLOCKS,
  type ColumnOf,
  endWords,
  NOTHING,
  type NotedTable,
  nameColumn,
  numberColumn,
  targetSentence,
  textCell,
  textColumn,
  textTable,
} from '@gaussmark/analysis/words';
import { timeCell } from './time-cell.js';

/** A row of a leaderboard with its times to target. */
interface TimedRow {
  readonly row: LeaderboardRow;
  readonly times: TimesToTarget;
}

const COLUMNS: readonly ColumnOf<TimedRow>[] = [
  nameColumn('optimizer', ({ row }) => row.name),
  numberColumn(
    'reached',
    ({ times: { reached, runs, success } }) =>
      textCell(`${reached} of ${runs}`, {
        interval:
          runs === 1 || success.low === null || success.high === null
            ? ''
            : `[${Math.round(100 * success.low)}, ${Math.round(100 * success.high)}] %`,
        key: reached / runs,
      }),
    'Seeds that reached the target, with the 95 % Wilson interval of their share',
  ),
  ...CLOCKS.map(
    (clock): ColumnOf<TimedRow> =>
      numberColumn(
        CLOCK_WORDS[clock],
        ({ row, times: { reached, times } }) =>
          row.outcome === 'broken' && reached === 0 ? textCell(NOTHING) : timeCell(clock, times[clock]),
        'Kaplan-Meier median over seeds with 95 % interval; > if at least half of the seeds never reached the target',
      ),
  ),
  textColumn(
    'end',
    ({ row }) => (row.outcome === 'finished' ? NOTHING : endWords(row)),
    'How the runs ended if none finished',
  ),
];

/** @returns null without a target */
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
    `Kaplan-Meier medians over seeds: a seed that never reached the target is censored where it ended; one that broke counts as if it had run as long as the others. Targets are checked at evaluations only. 95 % percentile-bootstrap intervals (${Math.min(resamples, MOST_TIME_RESAMPLES)} resamples of the seeds).`,
    ...(times.length < rows.length
      ? [`Only the first ${times.length} of ${rows.length} rows are timed.`]
      : []),
  ];
}
