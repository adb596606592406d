// The leaderboard on the terminal.

import { leaderboards, type Report, runWarnings } from '@gaussmark/analysis';
import { defined } from '@gaussmark/core';
import {
  joinCell,
  type SummaryTable,
  summaryTable,
  withoutColumn,
  withoutIntervals,
} from '@gaussmark/report';
import { brokenLines, widthOf, wrap } from './paragraph.js';
import type { Colors } from './styles.js';
import { type Paper, renderTable, tableWidth } from './table.js';

/** What of a report is shown on the terminal. All JSON. */
export interface ShownReport {
  readonly tables: readonly SummaryTable[];
  readonly warnings: readonly string[];
  readonly skipped: Report['skipped'];
  readonly failed: readonly Pick<Report['runs'][number], 'id' | 'reason'>[];
}

export function shownOf(report: Report): ShownReport {
  return {
    tables: report.runs.length === 0 ? [] : leaderboards(report).map((board) => summaryTable(board)),
    warnings: runWarnings(report),
    skipped: report.skipped,
    failed: brokenRuns(report).map(({ id, reason }) => defined({ id, reason })),
  };
}

export function renderLeaderboards(report: Report, paper: Paper): string {
  return renderShown(shownOf(report), paper);
}

/** One table per problem, best first, with a sentence on who wins; then what did not run, and why. */
export function renderShown({ tables, warnings, skipped, failed }: ShownReport, paper: Paper): string {
  const { columns, colors } = paper;
  const boards = tables.map((table) => {
    const { columns: titles, rows, outcomes } = fitted(withStatusInPlace(table), columns);
    const painted = rows.map((cells, i) => {
      const paint = paintOf(outcomes[i]!, i === 0, colors);
      return cells.map((cell) => paint(joinCell(cell)));
    });
    const [, ...notes] = table.notes;
    return [
      heading(table, columns, colors),
      ...(painted.length === 0 ? [] : [renderTable(titles, painted, paper)]),
      ...notes.map((note) => colors.dim(wrap(note, columns, '  '))),
    ].join('\n');
  });
  // The first note says how to read the numbers, of most boards in the same words.
  const readings = [...new Set(tables.flatMap(({ notes }) => notes.slice(0, 1)))];
  return [
    ...(boards.length === 0 ? ['Nothing was run.'] : boards),
    ...readings.map((note) => colors.dim(wrap(note, columns, ''))),
    ...warnings.map((warning) => wrap(`Caution: ${warning}`, columns, '')),
    ...renderSkips(skipped, columns),
    ...renderFailures(failed, columns),
  ].join('\n\n');
}

/** The title and the verdict on one line where they fit, else the verdict below. */
function heading({ title, verdict }: SummaryTable, columns: number, colors: Colors): string {
  const fits = widthOf(title) + 2 + widthOf(verdict) <= columns;
  if (fits) return `${colors.bold(title)}  ${verdict}`;
  return `${headline(title, { columns, colors })}\n${wrap(verdict, columns, '')}`;
}

/** A name as a heading: on several lines where it is long. */
export const headline = (name: string, { columns, colors }: Paper): string =>
  brokenLines(name, columns).map(colors.bold).join('\n');

function paintOf(outcome: SummaryTable['outcomes'][number], first: boolean, colors: Colors) {
  switch (outcome) {
    case 'finished':
      return first ? colors.green : String;
    case 'interrupted':
      return colors.yellow;
    case 'broken':
      return colors.red;
    default:
      return outcome satisfies never;
  }
}

/** `3/3 done` and `3/3 budget` go without saying, since the verdict says what was held equal, and a row without a loss has its status in the loss's place. */
function withStatusInPlace(table: SummaryTable): SummaryTable {
  const titles = table.columns.map(({ title }) => title);
  const [status, loss] = [titles.indexOf('status'), titles.indexOf('test loss')];
  const rows = table.rows.map((row) => {
    const cells = [...row];
    const ended = row[status]!;
    const isUsual = /^(\d+)\/\1 (?:done|budget)$/.test(ended.text);
    if (!isUsual && row[loss]!.text === '–') cells[loss] = ended;
    else if (!isUsual) return cells;
    cells[status] = { ...ended, text: '' };
    return cells;
  });
  const silent = rows.every((cells) => cells[status]!.text === '');
  return silent ? withoutColumn({ ...table, rows }, 'status') : { ...table, rows };
}

/** The title of the column that relates steps to those of the baseline. */
const relativeStepOf = ({ columns }: SummaryTable): string =>
  columns.find(({ under }) => under === 'step')?.title ?? '';

/** Ways to make a table narrower, in the order in which they are missed least. */
const NARROWINGS: readonly ((table: SummaryTable) => SummaryTable)[] = [
  (table) => withoutColumn(table, 'best test loss'),
  (table) => (sameEverywhere(table, 'epochs') ? withoutColumn(table, 'epochs') : table),
  (table) => withoutIntervals(table, 'train loss'),
  (table) => withoutIntervals(table, 'accuracy %'),
  ...['train loss', 'seconds', 'inner/step'].map(
    (title) => (table: SummaryTable) => withoutColumn(table, title),
  ),
  (table) => withoutIntervals(table, 'test loss'),
  (table) => withoutColumn(table, relativeStepOf(table)),
  ...['epochs', 'status', 'step'].map((title) => (table: SummaryTable) => withoutColumn(table, title)),
];

/** The table with as little left out as it takes to fit. */
function fitted(table: SummaryTable, width: number): SummaryTable {
  let candidate = table;
  for (const narrow of NARROWINGS) {
    if (widthOfTable(candidate) <= width) break;
    candidate = narrow(candidate);
  }
  return candidate;
}

function sameEverywhere({ columns, rows }: SummaryTable, title: string): boolean {
  const index = columns.findIndex((column) => column.title === title);
  return new Set(rows.map((cells) => cells[index]!.text)).size <= 1;
}

const widthOfTable = ({ columns, rows }: SummaryTable): number =>
  tableWidth(
    columns,
    rows.map((cells) => cells.map(joinCell)),
  );

function renderSkips(skipped: ShownReport['skipped'], columns: number): string[] {
  if (skipped.length === 0) return [];
  const lines = skipped.map(({ problem, optimizer, reason }) =>
    wrap(`${problem}, ${optimizer}: ${reason}`, columns, '  '),
  );
  return [`Skipped\n${lines.join('\n')}`];
}

/** Runs that have no result, not even a bad one. */
export function brokenRuns({ runs }: Report): Report['runs'] {
  return runs.filter(
    ({ status }) => status === 'failed' || status === 'timeout' || status === 'out-of-memory',
  );
}

/** Failures say why; a divergence is a result, and its row says it. */
function renderFailures(failed: ShownReport['failed'], columns: number): string[] {
  if (failed.length === 0) return [];
  const lines = failed.map(({ id, reason }) =>
    wrap(`${id}: ${reason ?? 'no reason was given'}`, columns, '  '),
  );
  return [`Failed\n${lines.join('\n')}`];
}
