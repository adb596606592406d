// A leaderboard as a table of texts, for the terminal and for Markdown. Cells are untrusted text: printers escape them.

import {
  formatEstimate,
  formatFactor,
  formatNumber,
  formatPercent,
  formatRange,
  formatRatio,
  formatSeconds,
  formatStatuses,
} from './format.js';
import type { Outcome } from './groups.js';
import { type Leaderboard, type LeaderboardRow, SEEDS_TO_DECIDE } from './leaderboard.js';
import { BOOTSTRAP_RESAMPLES } from './statistics.js';

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
  readonly cell: (row: LeaderboardRow) => string;
  /** Whether any row has something to show; default always. */
  readonly shown?: (row: LeaderboardRow) => boolean;
}

const right = (
  title: string,
  cell: (row: LeaderboardRow) => string,
  shown?: (row: LeaderboardRow) => boolean,
): Column => ({ title, align: 'right', cell, ...(shown && { shown }) });

const COLUMNS: readonly Column[] = [
  right('#', (row) => String(row.rank)),
  { title: 'optimizer', align: 'left', cell: (row) => row.name },
  right('test loss', (row) => formatEstimate(row.testLoss)),
  right('train loss', (row) => formatEstimate(row.trainLoss)),
  right(
    'accuracy %',
    (row) => formatEstimate(row.testAccuracy, formatPercent),
    (row) => row.testAccuracy !== null,
  ),
  right('best test loss', (row) => formatNumber(row.bestTestLoss?.mean)),
  right('epochs', (row) => formatRange(row.epochs)),
  right('seconds', (row) => formatSeconds(row.trainSeconds?.mean)),
  right('step', (row) => formatSeconds(row.secondsPerStep)),
  right(
    '× SGD',
    (row) => formatFactor(row.relativeStep),
    (row) => row.relativeStep !== null,
  ),
  right(
    'CG/step',
    (row) => formatNumber(row.cgIterations),
    (row) => row.cgIterations !== null,
  ),
  { title: 'status', align: 'left', cell: (row) => formatStatuses(row.statuses) },
];

/** The leaderboard of one problem as texts. Columns that would be empty are left out. */
export function summaryTable(board: Leaderboard): SummaryTable {
  const columns = COLUMNS.filter(({ shown }) => shown === undefined || board.rows.some(shown));
  return {
    problem: board.problem,
    title: board.title,
    verdict: verdictOf(board),
    columns: columns.map(({ title, align }) => ({ title, align })),
    rows: board.rows.map((row) => ({ cells: columns.map(({ cell }) => cell(row)), outcome: row.outcome })),
    notes: notesOf(board),
  };
}

/** Who wins on a problem, by how much, and whether the seeds settle it: one sentence. */
export function verdictOf({ rows, contest }: Leaderboard): string {
  const [first, second] = contest.entries;
  if (rows.length === 0) return 'Nothing was run.';
  if (first === undefined) return 'No optimizer finished.';
  if (second === undefined) return `${first.row.name} leads; no other optimizer finished.`;
  if (first.row.testLoss?.mean === second.row.testLoss?.mean) {
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

/** How to read the numbers of a board, and what its steps cost. */
export function notesOf(board: Leaderboard): string[] {
  const seeds = Math.max(0, ...board.rows.map((row) => row.runs));
  const ranked = board.rows.filter(({ outcome }) => outcome === 'finished');
  const uneven = new Set(ranked.flatMap(({ epochs }) => [epochs.min, epochs.max])).size > 1;
  const partial = board.rows.some((row) => row.outcome === 'finished' && row.testLoss?.count !== row.runs);
  return [
    ...(seeds > 1
      ? [
          `Means over ${seeds} seeds at the last epoch, with 95 % bootstrap intervals of the mean (${BOOTSTRAP_RESAMPLES} resamples, seeded); ranked by test loss.`,
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
    ...board.costModels.map(
      ({ optimizer, base, perIteration, rows }) =>
        `A step of ${optimizer} with n CG iterations costs about ${formatNumber(base)} + ${formatNumber(perIteration)} n such steps (line through ${rows} rows).`,
    ),
  ];
}
