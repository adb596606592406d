// A leaderboard as a table of texts, for the terminal and for Markdown. Cells are untrusted text: printers escape them.

import {
  type Estimate,
  intervalWords,
  type Leaderboard,
  type LeaderboardRow,
  type Outcome,
} from '@gaussmark/analysis';
import {
  formatBytes,
  formatCount,
  formatEstimate,
  formatFactor,
  formatNumber,
  formatPercent,
  formatRange,
  formatSeconds,
  formatStatuses,
  NOTHING,
  STARTS_WORDS,
  UNEQUAL,
  verdictOf,
} from '@gaussmark/analysis/words';
import type { TextColumn } from './text-table.js';

export interface SummaryRow {
  /** One text per column. */
  readonly cells: readonly string[];
  /** For printers that colour rows. */
  readonly outcome: Outcome;
}

export interface SummaryTable {
  readonly problem: string;
  readonly title: string;
  /** Who wins, in a sentence. */
  readonly verdict: string;
  readonly columns: readonly TextColumn[];
  /** Best first. */
  readonly rows: readonly SummaryRow[];
  /** How to read the numbers; what a step costs. */
  readonly notes: readonly string[];
}

interface Column extends TextColumn {
  readonly cell: (row: LeaderboardRow, detailed: boolean) => string;
  /** Whether any row has something to show; default always. */
  readonly shown?: (row: LeaderboardRow) => boolean;
  /** Only where there is room. */
  readonly detail?: boolean;
}

const right = (title: string, cell: Column['cell'], shown?: (row: LeaderboardRow) => boolean): Column => ({
  title,
  align: 'right',
  cell,
  ...(shown && { shown }),
});

/** A number with its interval where there is room, else the number alone. */
const roomy =
  (pick: (row: LeaderboardRow) => Estimate | null, format: (value: number) => string): Column['cell'] =>
  (row, detailed) => {
    const estimate = pick(row);
    return detailed || estimate === null ? formatEstimate(estimate, format) : format(estimate.value);
  };

const COLUMNS: readonly Column[] = [
  right(
    '#',
    ({ rank }) => String(rank),
    ({ rank }) => rank !== null,
  ),
  { ...right('# 95 %', formatRank, (row) => row.rankInterval !== null), detail: true },
  { title: 'optimizer', align: 'left', cell: (row) => row.name },
  right('test loss', (row) => formatEstimate(row.testLoss)),
  right('train loss', (row) => formatEstimate(row.trainLoss)),
  right(
    'accuracy %',
    (row) => formatEstimate(row.testAccuracy, formatPercent),
    (row) => row.testAccuracy !== null,
  ),
  right(
    'best test loss',
    roomy((row) => row.bestTestLoss, formatNumber),
  ),
  right('epochs', (row) => formatRange(row.epochs)),
  right(
    'seconds',
    roomy((row) => row.trainSeconds, formatSeconds),
  ),
  right(
    'step',
    roomy((row) => row.secondsPerStep, formatSeconds),
  ),
  right(
    '× SGD',
    roomy((row) => row.relativeStep, formatFactor),
    (row) => row.relativeStep !== null,
  ),
  right(
    'CG/step',
    roomy((row) => row.cgIterations, formatNumber),
    (row) => row.cgIterations !== null,
  ),
  {
    ...right(
      'memory',
      (row) => (row.peakBytes === null ? NOTHING : formatBytes(row.peakBytes)),
      (row) => row.peakBytes !== null,
    ),
    detail: true,
  },
  { title: 'status', align: 'left', cell: (row) => formatStatuses(row.statuses) },
];

/** `1–3`: where the rank lies in 95 % of the resamples. */
function formatRank({ rankInterval }: LeaderboardRow): string {
  return rankInterval === null ? NOTHING : formatRange(rankInterval);
}

/**
 * The leaderboard of one problem as texts. Columns that would be empty are left out.
 *
 * @param detailed with the interval of every number, the ranks' and the memory: for pages, where there is room.
 */
export function summaryTable(board: Leaderboard, { detailed = false } = {}): SummaryTable {
  const columns = COLUMNS.filter(
    ({ shown, detail = false }) => (detailed || !detail) && (shown === undefined || board.rows.some(shown)),
  );
  return {
    problem: board.problem,
    title: board.title,
    verdict: verdictOf(board),
    columns: columns.map(({ title, align }) => ({ title, align })),
    rows: board.rows.map((row) => ({
      cells: columns.map(({ cell }) => cell(row, detailed)),
      outcome: row.outcome,
    })),
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
          `× SGD: time of a step over that of ${board.baseline.name} (${formatSeconds(board.baseline.secondsPerStep)}).`,
        ]),
    ...doubtsOf(board),
    ...board.costModels.map(
      ({ optimizer, base, perIteration, rows }) =>
        `A step of ${optimizer} with n CG iterations costs about ${formatNumber(base)} + ${formatNumber(perIteration)} n such steps (line through ${rows} rows${rows < board.rows.filter((row) => row.optimizer === optimizer && row.cgIterations !== null).length ? ' whose timings can be trusted' : ''}).`,
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
