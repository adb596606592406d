// Tables on the terminal: no borders, two spaces between columns, never wider than the terminal.

import { widestPart, widthOf, wrapCell } from './paragraph.js';
import type { Sink } from './screen.js';
import { inert } from './styles.js';

export interface TableColumn {
  readonly title: string;
  /** Left for text, which may wrap; right for numbers, which never wrap. */
  readonly align?: 'left' | 'right';
}

/** What a table is rendered for. */
export type Viewport = Pick<Sink, 'columns' | 'colors'> & Partial<Pick<Sink, 'isTerminal'>>;

type Columns = readonly TableColumn[];
type Rows = readonly (readonly string[])[];

const INDENT = '  ';
const GAP = '  ';
/** In files and pipes, rows up to this width stay on one line, for `grep`. */
const WHOLE_ROW = 200;
/** Least widths of short and long text columns, and the longest part of a name that is not split. */
const LEAST_WORDS = 12;
const LEAST_PROSE = 24;
const MOST_WHOLE = 30;

/**
 * Renders a table, indented by two spaces. Cells may hold colour codes and line breaks. A table that is too wide stacks
 * titles and intervals on two lines, then wraps text; if it still does not fit, each row becomes a list.
 */
export function renderTable(columns: Columns, texts: Rows, viewport: Viewport): string {
  // Escaped here as well, since an escape takes more columns.
  const rows = texts.map((row) => row.map((cell) => inert(cell).replaceAll('\t', ' ')));
  const natural = naturalWidths(columns, rows);
  const most = viewport.isTerminal === false ? WHOLE_ROW : viewport.columns;
  if (marginsOf(columns) + sum(natural) <= most) return aligned(columns, rows, natural, viewport);
  const titles = columns.map((column) =>
    isNumber(column) ? { ...column, title: column.title.replace(/ (?!%)/, '\n') } : column,
  );
  const cells = rows.map((row) => row.map((cell, i) => (isNumber(columns[i]!) ? stackInterval(cell) : cell)));
  const widths = fittingWidths(titles, cells, viewport.columns);
  return widths === null ? listed(columns, rows, viewport) : aligned(titles, cells, widths, viewport);
}

/** The width of a table without any wrapping. */
export const tableWidth = (columns: Columns, rows: Rows): number =>
  marginsOf(columns) + sum(naturalWidths(columns, rows));

const isNumber = ({ align }: TableColumn): boolean => align === 'right';

/** Puts `0.71 [0.70, 0.72]` on two lines. */
const stackInterval = (cell: string): string => cell.replace(/ (?=\[)/, '\n');

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const marginsOf = (columns: Columns): number => INDENT.length + GAP.length * (columns.length - 1);

const naturalWidths = (columns: Columns, rows: Rows): number[] =>
  columns.map(({ title }, i) => {
    const lines = [title, ...rows.map((row) => row[i]!)].flatMap((cell) => cell.split('\n'));
    return Math.max(...lines.map(widthOf));
  });

/** Narrows the widest text columns first; null if they would become too narrow to read. */
function fittingWidths(columns: Columns, rows: Rows, width: number): number[] | null {
  const room = width - marginsOf(columns);
  const widths = naturalWidths(columns, rows);
  const least = widths.map((natural, i) => {
    if (isNumber(columns[i]!)) return natural;
    const part = Math.max(...rows.map((row) => widestPart(row[i]!)));
    const least = natural > 2 * LEAST_PROSE ? LEAST_PROSE : LEAST_WORDS;
    return Math.min(natural, Math.max(widthOf(columns[i]!.title), least, Math.min(part, MOST_WHOLE)));
  });
  if (sum(least) > room) return null;
  while (sum(widths) > room) {
    const shrinkable = widths.map((each, i) => (each > least[i]! ? each : 0));
    widths[shrinkable.indexOf(Math.max(...shrinkable))]! -= 1;
  }
  return widths;
}

function aligned(columns: Columns, rows: Rows, widths: readonly number[], { colors }: Viewport): string {
  const linesOf = (cells: readonly string[], paint: (text: string) => string = String) => {
    const lines = cells.map((cell, i) => wrapCell(cell, widths[i]!));
    const height = Math.max(...lines.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => {
      const parts = lines.map((each, i) =>
        padded(paint(each[line] ?? ''), widths[i]!, isNumber(columns[i]!)),
      );
      return INDENT + parts.join(GAP).trimEnd();
    });
  };
  return [
    ...linesOf(
      columns.map(({ title }) => title),
      colors.dim,
    ),
    ...rows.flatMap((row) => linesOf(row)),
  ].join('\n');
}

function padded(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? space + text : text + space;
}

/** Each row as a list: a heading up to the first text column, then the other cells behind their titles. */
function listed(columns: Columns, rows: Rows, { columns: width, colors }: Viewport): string {
  const first = columns.findIndex((column) => !isNumber(column));
  const [indent, titleWidth] = [
    INDENT.repeat(2),
    Math.max(...columns.slice(first + 1).map(({ title }) => widthOf(title))),
  ];
  const entry = (title: string, cell: string): string[] => {
    const label = indent + colors.dim(padded(title, titleWidth, false)) + GAP;
    if (widthOf(label) + widthOf(cell) <= width && !cell.includes('\n')) return [label + cell];
    return [label.trimEnd(), ...wrapCell(cell, width - 6).map((line) => indent + INDENT + line)];
  };
  return rows
    .map((row) => {
      const heading = wrapCell(row.slice(0, first + 1).join(GAP), width - INDENT.length);
      const entries = columns.flatMap(({ title }, i) =>
        i <= first || row[i] === '' ? [] : entry(title, row[i]!),
      );
      return [...heading.map((line) => INDENT + line), ...entries].join('\n');
    })
    .join('\n\n');
}
