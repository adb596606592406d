// Tables on the terminal: no frames, two spaces between columns, never wider than the terminal.

import { brokenLines, widestPart, widthOf } from './paragraph.js';
import type { Sheet } from './screen.js';
import { inert } from './styles.js';

export interface TableColumn {
  readonly title: string;
  /** On the left stand texts, which go over several lines where they must; on the right numbers, which stay whole. */
  readonly align?: 'left' | 'right';
}

/** Where a table is written. */
export type Paper = Pick<Sheet, 'columns' | 'colors'> & Partial<Pick<Sheet, 'isTerminal'>>;

type Columns = readonly TableColumn[];
type Rows = readonly (readonly string[])[];

const INDENT = '  ';
const GAP = '  ';
/** In a file or a pipe a row stays on one line up to here, for `grep`. */
const WHOLE_ROW = 200;
/** What a short and a long text keep where they are squeezed, and how long a part of a name may be to stay whole. */
const LEAST_WORDS = 12;
const LEAST_PROSE = 24;
const MOST_WHOLE = 30;

/**
 * The lines of a table, indented by two spaces. Cells may hold colour codes and line breaks. Where the width does not
 * suffice, titles and intervals go over two lines, then texts over several; at last each row becomes a list of its cells.
 */
export function renderTable(columns: Columns, texts: Rows, paper: Paper): string {
  // Made inert here too: what is shown of a control character takes room.
  const rows = texts.map((row) => row.map((cell) => inert(cell).replaceAll('\t', ' ')));
  const natural = naturalWidths(columns, rows);
  const most = paper.isTerminal === false ? WHOLE_ROW : paper.columns;
  if (marginsOf(columns) + sum(natural) <= most) return drawn(columns, rows, natural, paper);
  const titles = columns.map((column) =>
    isNumber(column) ? { ...column, title: column.title.replace(/ (?!%)/, '\n') } : column,
  );
  const cells = rows.map((row) => row.map((cell, i) => (isNumber(columns[i]!) ? stackInterval(cell) : cell)));
  const widths = fittingWidths(titles, cells, paper.columns);
  return widths === null ? listed(columns, rows, paper) : drawn(titles, cells, widths, paper);
}

/** Columns that a table takes if nothing in it gives way. */
export const tableWidth = (columns: Columns, rows: Rows): number =>
  marginsOf(columns) + sum(naturalWidths(columns, rows));

const isNumber = ({ align }: TableColumn): boolean => align === 'right';

/** `0.71 [0.70, 0.72]` on two lines. */
const stackInterval = (cell: string): string => cell.replace(/ (?=\[)/, '\n');

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const marginsOf = (columns: Columns): number => INDENT.length + GAP.length * (columns.length - 1);

const naturalWidths = (columns: Columns, rows: Rows): number[] =>
  columns.map(({ title }, i) => {
    const lines = [title, ...rows.map((row) => row[i]!)].flatMap((cell) => cell.split('\n'));
    return Math.max(...lines.map(widthOf));
  });

/** The widest text gives way first; null if texts would be torn to shreds. */
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
    const yielding = widths.map((each, i) => (each > least[i]! ? each : 0));
    widths[yielding.indexOf(Math.max(...yielding))]! -= 1;
  }
  return widths;
}

function drawn(columns: Columns, rows: Rows, widths: readonly number[], { colors }: Paper): string {
  const linesOf = (cells: readonly string[], paint: (text: string) => string = String) => {
    const lines = cells.map((cell, i) => brokenLines(cell, widths[i]!));
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

/** Each row as a list: what comes up to its first text as a heading, the other cells below, behind their titles. */
function listed(columns: Columns, rows: Rows, { columns: width, colors }: Paper): string {
  const first = columns.findIndex((column) => !isNumber(column));
  const [indent, titleWidth] = [
    INDENT.repeat(2),
    Math.max(...columns.slice(first + 1).map(({ title }) => widthOf(title))),
  ];
  const fact = (title: string, cell: string): string[] => {
    const label = indent + colors.dim(padded(title, titleWidth, false)) + GAP;
    if (widthOf(label) + widthOf(cell) <= width && !cell.includes('\n')) return [label + cell];
    return [label.trimEnd(), ...brokenLines(cell, width - 6).map((line) => indent + INDENT + line)];
  };
  return rows
    .map((row) => {
      const heading = brokenLines(row.slice(0, first + 1).join(GAP), width - INDENT.length);
      const facts = columns.flatMap(({ title }, i) =>
        i <= first || row[i] === '' ? [] : fact(title, row[i]!),
      );
      return [...heading.map((line) => INDENT + line), ...facts].join('\n');
    })
    .join('\n\n');
}
