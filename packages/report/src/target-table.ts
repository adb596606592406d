// Times to target as a table of texts.

import { CLOCK_WORDS, CLOCKS } from './clock.js';
import { type Leaderboard, MOST_TIME_RESAMPLES } from './leaderboard.js';
import { targetSentence, timeCell } from './target-format.js';
import type { TimesToTarget } from './targets.js';
import { type ColumnOf, type TextTable, textCell, textTable } from './text-table.js';

const COLUMNS: readonly ColumnOf<TimesToTarget>[] = [
  { title: 'optimizer', align: 'left', cell: ({ name }) => textCell(name) },
  {
    title: 'reached',
    align: 'right',
    explanation: 'Seeds that reached the target, and the 95 % (Wilson) interval of their share in %',
    cell: ({ reached, runs, success: { low, high } }) => ({
      text: `${reached} of ${runs}`,
      interval:
        runs === 1 || low === null || high === null
          ? ''
          : `[${Math.round(100 * low)}, ${Math.round(100 * high)}] %`,
      key: reached / runs,
    }),
  },
  ...CLOCKS.map(
    (clock): ColumnOf<TimesToTarget> => ({
      title: CLOCK_WORDS[clock],
      align: 'right',
      explanation:
        'Median over seeds (Kaplan-Meier) and its 95 % interval; > where half of the seeds never got there',
      cell: ({ times }) => timeCell(clock, times[clock]),
    }),
  ),
];

/** The times to target of a problem; null without a target. */
export function targetTable({ times, target }: Leaderboard): TextTable | null {
  return target === null || times.length === 0 ? null : textTable(COLUMNS, times);
}

/** What the target is, and how to read the times. */
export function targetNotes({ target, times, rows, resamples }: Leaderboard): string[] {
  if (target === null) return [];
  return [
    targetSentence(target),
    `Medians over seeds by Kaplan and Meier: a seed that never reached the target counts as still on its way when it ended, one that broke as if it had been given as long as the others. Reached means: where runs are evaluated. 95 % percentile-bootstrap intervals of redrawn seeds (${Math.min(resamples, MOST_TIME_RESAMPLES)} resamples).`,
    ...(times.length < rows.length ? [`The first ${times.length} of ${rows.length} rows are timed.`] : []),
  ];
}
