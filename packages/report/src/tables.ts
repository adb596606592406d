// A leaderboard as a table of texts, for the terminal and for Markdown. Cells are untrusted text: printers escape them.

import {
  formatBytes,
  formatEstimate,
  formatFactor,
  formatNumber,
  formatPercent,
  formatRange,
  formatRatio,
  formatSeconds,
  formatStatuses,
  NOTHING,
} from './format.js';
import type { Outcome } from './groups.js';
import { type Leaderboard, type LeaderboardRow, SEEDS_TO_DECIDE } from './leaderboard.js';
import { type Estimate, intervalWords } from './statistics.js';

export interface SummaryColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
}

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
  readonly columns: readonly SummaryColumn[];
  /** Best first. */
  readonly rows: readonly SummaryRow[];
  /** How to read the numbers; what a step costs. */
  readonly notes: readonly string[];
}

interface Column extends SummaryColumn {
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
  right('#', (row) => String(row.rank)),
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

/** Who wins on a problem, by how much, and whether the seeds settle it: one sentence. */
export function verdictOf({ rows, contest }: Leaderboard): string {
  const [first, second] = contest.entries;
  if (rows.length === 0) return 'Nothing was run.';
  if (first === undefined) return 'No optimizer finished.';
  if (second === undefined) return `${first.row.name} leads; no other optimizer finished.`;
  if (first.row.testLoss?.value === second.row.testLoss?.value) {
    return `${first.row.name} and ${second.row.name} are equal in test loss.`;
  }
  if (contest.verdict === 'close') {
    const seeds = Math.min(first.row.testLoss!.count, second.row.testLoss!.count);
    const why = seeds < SEEDS_TO_DECIDE ? 'fewer than three seeds' : 'their intervals overlap';
    return `${first.row.name} is ahead of ${second.row.name}, but not clearly (${why}).`;
  }
  const factor = contest.ratio === null ? '' : ` by a factor of ${formatRatio(contest.ratio)} in test loss`;
  return `${first.row.name} beats ${second.row.name}${factor}.`;
}

/** Rows that a note names. */
const MOST_NAMED = 6;

/** How to read the numbers of a board, and what its steps cost. */
export function notesOf(board: Leaderboard): string[] {
  const seeds = Math.max(0, ...board.rows.map((row) => row.runs));
  const ranked = board.rows.filter(({ outcome }) => outcome === 'finished');
  const uneven = new Set(ranked.flatMap(({ epochs }) => [epochs.min, epochs.max])).size > 1;
  const partial = board.rows.some((row) => row.outcome === 'finished' && row.testLoss?.count !== row.runs);
  return [
    ...(seeds > 1
      ? [
          `Means over ${seeds} seeds at the last epoch, ranked by test loss; ${intervalWords(board.resamples)}.`,
        ]
      : ['One seed per row, values at the last epoch; ranked by test loss.']),
    ...(uneven ? ['Rows ran for different numbers of epochs: see their column.'] : []),
    ...(partial
      ? ['A row that lost seeds shows the mean of the others and ranks below the rows that lost none.']
      : []),
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
