// The leaderboard on the terminal.

import { leaderboards, type Report, type SummaryTable, summaryTable } from '@gaussmark/report';
import type { Sheet } from './screen.js';
import { renderTable } from './table.js';

/** Columns that go first where the terminal is narrow, in this order. */
const DISPENSABLE = ['best test loss', 'epochs', 'CG/step', 'train loss', 'status', 'seconds', '× SGD'];

/** One table per problem, best first, with a sentence on who wins; then what did not run, and why. */
export function renderLeaderboards(
  report: Report,
  { columns, colors }: Pick<Sheet, 'columns' | 'colors'>,
): string {
  const boards = leaderboards(report).map((board) => {
    const table = fitted(summaryTable(board), columns);
    const rows = table.rows.map(({ cells, outcome }, i) => {
      const paint =
        outcome === 'broken'
          ? colors.red
          : outcome === 'interrupted'
            ? colors.yellow
            : i === 0
              ? colors.green
              : String;
      return cells.map((cell) => paint(cell));
    });
    return [
      `${colors.bold(table.title)}  ${table.verdict}`,
      renderTable(table.columns, rows, colors),
      ...table.notes.slice(1).map((note) => colors.dim(wrap(note, columns, '  '))),
    ].join('\n');
  });
  return [...boards, ...renderSkips(report, columns), ...renderReasons(report, columns)].join('\n\n');
}

/** The table with as few columns left out as it takes to fit, and intervals only where they do. */
function fitted(table: SummaryTable, width: number): SummaryTable {
  let candidate = table;
  for (const title of [undefined, ...DISPENSABLE]) {
    if (title !== undefined) candidate = without(candidate, title);
    if (widthOf(candidate) <= width) return candidate;
  }
  return candidate;
}

function without(table: SummaryTable, title: string): SummaryTable {
  const index = table.columns.findIndex((column) => column.title === title);
  if (index < 0) return table;
  const keep = <T>(items: readonly T[]) => items.filter((_, i) => i !== index);
  return {
    ...table,
    columns: keep(table.columns),
    rows: table.rows.map((row) => ({ ...row, cells: keep(row.cells) })),
  };
}

function widthOf({ columns, rows }: SummaryTable): number {
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[i]!.length)),
  );
  return widths.reduce((sum, width) => sum + width + 2, 0);
}

function renderSkips({ skipped }: Report, columns: number): string[] {
  if (skipped.length === 0) return [];
  const lines = skipped.map(({ problem, optimizer, reason }) =>
    wrap(`${problem}, ${optimizer}: ${reason}`, columns, '  '),
  );
  return [`Skipped\n${lines.join('\n')}`];
}

/** Failures say why; a divergence is a result, and its row says it. */
function renderReasons({ runs }: Report, columns: number): string[] {
  const failed = runs.filter(
    ({ status }) => status === 'failed' || status === 'timeout' || status === 'out-of-memory',
  );
  if (failed.length === 0) return [];
  const lines = failed.map(({ id, reason }) =>
    wrap(`${id}: ${reason ?? 'no reason was given'}`, columns, '  '),
  );
  return [`Failed\n${lines.join('\n')}`];
}

/** Breaks a text into indented lines of at most `columns`. */
export function wrap(text: string, columns: number, indent: string): string {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    if (line !== '' && indent.length + line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => indent + line).join('\n');
}
