// The leaderboard on the terminal.

import {
  arenasOf,
  leaderboards,
  overallVerdict,
  type Report,
  runWarnings,
  standingsOf,
} from '@gaussmark/analysis';
import {
  joinCell,
  type SummaryTable,
  summaryTable,
  withoutColumn,
  withoutIntervals,
} from '@gaussmark/report';
import { widthOf, wrap, wrapCell } from './paragraph.js';
import type { Colors } from './styles.js';
import { renderTable, tableWidth, type Viewport } from './table.js';

/** A table per problem, best first, with the verdict; then skipped and failed runs. */
export function renderLeaderboards(report: Report, viewport: Viewport): string {
  const { columns, colors } = viewport;
  const tables = report.runs.length === 0 ? [] : leaderboards(report).map((board) => summaryTable(board));
  const boards = tables.map((table) => {
    const { columns: titles, rows, outcomes } = fitted(withStatusInPlace(table), columns);
    const painted = rows.map((cells, i) => {
      const paint = paintOf(outcomes[i]!, i === 0, colors);
      return cells.map((cell) => paint(joinCell(cell)));
    });
    const [, ...notes] = table.notes;
    return [
      heading(table, columns, colors),
      ...(painted.length === 0 ? [] : [renderTable(titles, painted, viewport)]),
      ...notes.map((note) => colors.dim(wrap(note, columns, '  '))),
    ].join('\n');
  });
  // The first note explains the numbers, mostly in the same words for all boards.
  const readings = [...new Set(tables.flatMap(({ notes }) => notes.slice(0, 1)))];
  return [
    ...(boards.length === 0 ? ['Nothing ran.'] : boards),
    ...overallVerdict(standingsOf(report, arenasOf(report)), leaderboards(report)).map((sentence) =>
      wrap(sentence, columns, ''),
    ),
    ...readings.map((note) => colors.dim(wrap(note, columns, ''))),
    ...runWarnings(report).map((warning) => wrap(`Caution: ${warning}`, columns, '')),
    ...listed(
      'Skipped',
      report.skipped.map(({ problem, optimizer, reason }) => `${problem}, ${optimizer}: ${reason}`),
      columns,
    ),
    ...listed(
      'Failed',
      brokenRuns(report).map(({ id, reason }) => `${id}: ${reason ?? 'no reason given'}`),
      columns,
    ),
  ].join('\n\n');
}

/** Title and verdict, on one line if they fit. */
function heading({ title, verdict }: SummaryTable, columns: number, colors: Colors): string {
  const fits = widthOf(title) + 2 + widthOf(verdict) <= columns;
  if (fits) return `${colors.bold(title)}  ${verdict}`;
  return `${headline(title, { columns, colors })}\n${wrap(verdict, columns, '')}`;
}

/** A bold heading, wrapped if long. */
export const headline = (name: string, { columns, colors }: Viewport): string =>
  wrapCell(name, columns).map(colors.bold).join('\n');

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

/** Drops the status `3/3 done` and `3/3 budget`; rows without a loss show their status instead of it. */
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

/** The column that relates step times to the baseline's. */
const relativeStepOf = ({ columns }: SummaryTable): string =>
  columns.find(({ under }) => under === 'step')?.title ?? '';

/** Ways to narrow a table, least important first. */
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

/** Narrows a table until it fits. */
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

const listed = (title: string, lines: readonly string[], columns: number): string[] =>
  lines.length === 0 ? [] : [`${title}\n${lines.map((line) => wrap(line, columns, '  ')).join('\n')}`];

/** Runs without a result; a divergence is a result. */
export function brokenRuns({ runs }: Report): Report['runs'] {
  return runs.filter(
    ({ status }) => status === 'failed' || status === 'timeout' || status === 'out-of-memory',
  );
}
