// A leaderboard as a table of texts with its verdict and its notes, for the terminal and Markdown.

import { intervalWords, type Leaderboard, type Outcome } from '@gaussmark/analysis';
import {
  formatCount,
  formatNumber,
  formatSeconds,
  iterationWords,
  STARTS_WORDS,
  UNEQUAL,
  verdictOf,
} from '@gaussmark/analysis/words';
import { leaderboardColumns } from './leaderboard-columns.js';
import { type NotedTable, textTable, withoutIntervals } from './text-table.js';

export interface SummaryTable extends NotedTable {
  readonly problem: string;
  /** Who wins, in a sentence. */
  readonly verdict: string;
  /** How the runs of each row ended, for printers that colour rows. Rows are in order, the best first. */
  readonly outcomes: readonly Outcome[];
}

/** Columns, and intervals, that only pages have room for. */
const ROOMY_COLUMNS: readonly string[] = ['# 95 %', 'memory'];
const ROOMY_INTERVALS: readonly string[] = ['best test loss', 'seconds', 'step', 'inner/step'];

/**
 * The leaderboard of one problem as texts.
 *
 * @param detailed with the interval of every number, the ranks' and the memory: for pages, where there is room.
 */
export function summaryTable(board: Leaderboard, { detailed = false } = {}): SummaryTable {
  const columns = leaderboardColumns(board).filter(({ title }) => detailed || !ROOMY_COLUMNS.includes(title));
  const table = textTable(columns, board.rows);
  const roomy = table.columns.filter(({ title, under }) => ROOMY_INTERVALS.includes(under ?? title));
  return {
    ...(detailed ? table : roomy.map(({ title }) => title).reduce(withoutIntervals, table)),
    problem: board.problem,
    title: board.title,
    verdict: verdictOf(board),
    outcomes: board.rows.map(({ outcome }) => outcome),
    notes: notesOf(board),
  };
}

/** Rows that a note names. */
const MOST_NAMED = 6;

/** How to read the numbers of a board, and what its steps cost. */
export function notesOf(board: Leaderboard): string[] {
  const { rows, held, starts } = board;
  const seeds = Math.max(0, ...rows.map((row) => row.runs));
  const partial = rows.some((row) => row.outcome === 'finished' && row.testLoss?.count !== row.runs);
  const repeats = rows.reduce((sum, row) => sum + row.repeats, 0);
  const order = orderWords(board);
  if (rows.every(({ outcome }) => outcome === 'broken')) {
    return rows.length === 0 ? [] : ['None finished: not ranked.'];
  }
  return [
    ...(seeds > 1
      ? [`Means over ${seeds} seeds at the end${order}; ${intervalWords(board.resamples)}.`]
      : [`One seed per row, values at the end${order}.`]),
    ...(STARTS_WORDS[starts] === '' ? [] : [STARTS_WORDS[starts]]),
    ...(held.fair ? [] : unequalWork(board)),
    ...(partial
      ? ['A row that lost seeds shows the mean of the others and ranks below the rows that lost none.']
      : []),
    ...(repeats === 0
      ? []
      : [
          `${repeats} ${repeats === 1 ? 'run repeats' : 'runs repeat'} the settings and the seed of another, and ${repeats === 1 ? 'is' : 'are'} left out.`,
        ]),
    ...(board.baseline === null
      ? []
      : [
          `× ${board.baseline.optimizer}: time of a step over that of ${board.baseline.name} (${formatSeconds(board.baseline.secondsPerStep)}).`,
        ]),
    ...doubtsOf(board),
    ...(rows.every(({ innerIterations }) => innerIterations === null)
      ? []
      : [`inner/step: ${iterationWords(rows.map(({ iteration }) => iteration)).many} of a step.`]),
    ...board.costModels.map(
      ({ optimizer, iteration, base, perIteration, rows }) =>
        `A step of ${optimizer} with n ${iteration.many} costs about ${formatNumber(base)} + ${formatNumber(perIteration)} n such steps (line through ${rows} rows${rows < board.rows.filter((row) => row.optimizer === optimizer && row.innerIterations !== null).length ? ' whose timings can be trusted' : ''}).`,
    ),
  ];
}

/** By what the rows are ordered. */
function orderWords({ rows, unranked }: Leaderboard): string {
  const loss = rows.some(({ testLoss }) => testLoss !== null) ? 'test' : 'train';
  return `, ${unranked === null ? 'ranked' : 'sorted, not ranked,'} by ${loss} loss`;
}

/** From what to what the work of the rows reaches, where it is not the same. */
function unequalWork({ rows }: Leaderboard): string[] {
  const finished = rows.filter(({ outcome }) => outcome === 'finished');
  const known = finished.flatMap(({ name, work }) => (work === null ? [] : [{ name, work }]));
  if (known.length < finished.length || known.length < 2) return [];
  const [least, ...others] = known.toSorted((a, b) => a.work - b.work);
  const most = others.at(-1)!;
  if (most.work < UNEQUAL * least!.work) return [];
  return [
    `Not the same work: from ${formatCount(least!.work)} gradient-equivalents (${least!.name}) to ${formatCount(most.work)} (${most.name}).`,
  ];
}

/** The rows whose timings should not be trusted. */
function doubtsOf({ rows }: Leaderboard): string[] {
  const doubted = rows.filter(({ distrusted }) => distrusted > 0);
  if (doubted.length === 0) return [];
  const named = doubted
    .slice(0, MOST_NAMED)
    .map(({ name, distrusted, runs }) =>
      distrusted === runs ? name : `${name} (${distrusted} of ${runs} runs)`,
    );
  const more = doubted.length > MOST_NAMED ? ` and ${doubted.length - MOST_NAMED} more` : '';
  return [`Timings not to be trusted: ${named.join(', ')}${more}.`];
}
