// A leaderboard as a table with a verdict and notes, for the terminal and Markdown.

import { intervalWords, type Leaderboard, type Outcome } from '@gaussmark/analysis';
import {
  formatCount,
  formatNumber,
  formatSeconds,
  iterationWords,
  type NotedTable,
  STARTS_WORDS,
  textTable,
  UNEQUAL,
  verdictOf,
  withoutIntervals,
} from '@gaussmark/analysis/words';
import { leaderboardColumns } from './leaderboard-columns.js';

export interface SummaryTable extends NotedTable {
  readonly problem: string;
  /** Who wins, in a sentence. */
  readonly verdict: string;
  /** Outcome of each row, for printers that colour rows. */
  readonly outcomes: readonly Outcome[];
}

/** Columns and intervals that the terminal has no room for. */
const ROOMY_COLUMNS: readonly string[] = ['# 95 %', 'memory'];
const ROOMY_INTERVALS: readonly string[] = ['best test loss', 'seconds', 'step', 'inner/step'];

/** @param detailed all columns and intervals; default: those that fit a terminal */
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

/** Names per note. */
const MOST_NAMED = 6;

/** How to read a board, and what its steps cost. */
export function notesOf(board: Leaderboard): string[] {
  const { rows, held, starts } = board;
  const seeds = Math.max(0, ...rows.map((row) => row.runs));
  const partial = rows.some((row) => row.outcome === 'finished' && row.testLoss?.count !== row.runs);
  const repeats = rows.reduce((sum, row) => sum + row.repeats, 0);
  const order = orderWords(board);
  if (rows.every(({ outcome }) => outcome === 'broken')) {
    return rows.length === 0 ? [] : ['Not ranked: no setting finished.'];
  }
  return [
    ...(seeds > 1
      ? [`Final values, means over ${seeds} seeds${order}; ${intervalWords(board.resamples)}.`]
      : [`Final values, one seed per row${order}.`]),
    ...(STARTS_WORDS[starts] === '' ? [] : [STARTS_WORDS[starts]]),
    ...(held.fair ? [] : unequalWork(board)),
    ...(partial
      ? ['A row that lost seeds shows the mean of the others and ranks below all complete rows.']
      : []),
    ...(repeats === 0
      ? []
      : [
          `${repeats} ${repeats === 1 ? 'run was' : 'runs were'} excluded: same settings and seed as another run.`,
        ]),
    ...(board.baseline === null
      ? []
      : [
          `× ${board.baseline.optimizer}: time of a step over that of ${board.baseline.name} (${formatSeconds(board.baseline.secondsPerStep)}).`,
        ]),
    ...board.remarks,
    ...distrustNote(board),
    ...(rows.every(({ innerIterations }) => innerIterations === null)
      ? []
      : [`inner/step: ${iterationWords(rows.map(({ iteration }) => iteration)).many} of a step.`]),
    ...board.costModels.map(
      ({ optimizer, iteration, base, perIteration, rows }) =>
        `A step of ${optimizer} with n ${iteration.many} costs about ${formatNumber(base)} + ${formatNumber(perIteration)} n such steps (line through ${rows} rows${rows < board.rows.filter((row) => row.optimizer === optimizer && row.innerIterations !== null).length ? ' whose timings can be trusted' : ''}).`,
    ),
  ];
}

/** How the rows are ordered. */
function orderWords({ rows, unranked }: Leaderboard): string {
  const loss = rows.some(({ testLoss }) => testLoss !== null) ? 'test' : 'train';
  return `, ${unranked === null ? 'ranked' : 'sorted, not ranked,'} by ${loss} loss`;
}

/** The range of the rows' work, if it differs. */
function unequalWork({ rows }: Leaderboard): string[] {
  const finished = rows.filter(({ outcome }) => outcome === 'finished');
  const known = finished.flatMap(({ name, work }) => (work === null ? [] : [{ name, work }]));
  if (known.length < finished.length || known.length < 2) return [];
  const [least, ...others] = known.toSorted((a, b) => a.work - b.work);
  const most = others.at(-1)!;
  if (most.work < UNEQUAL * least!.work) return [];
  return [
    `Unequal work: from ${formatCount(least!.work)} gradient-equivalents (${least!.name}) to ${formatCount(most.work)} (${most.name}).`,
  ];
}

/** Rows whose timings cannot be trusted. */
function distrustNote({ rows }: Leaderboard): string[] {
  const suspects = rows.filter(({ distrusted }) => distrusted > 0);
  if (suspects.length === 0) return [];
  const named = suspects
    .slice(0, MOST_NAMED)
    .map(({ name, distrusted, runs }) =>
      distrusted === runs ? name : `${name} (${distrusted} of ${runs} runs)`,
    );
  const more = suspects.length > MOST_NAMED ? ` and ${suspects.length - MOST_NAMED} more` : '';
  return [`Timings that cannot be trusted: ${named.join(', ')}${more}.`];
}
