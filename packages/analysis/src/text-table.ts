// The table model of the terminal, Markdown and the page. Cells are untrusted text: printers escape them.

import { formatNumber, NOTHING } from './format.js';

export interface TextColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Tooltip of the title. */
  readonly explanation?: string;
  /** Cells are names: code in Markdown, in the colours of their series on the page. */
  readonly names?: boolean;
  /** The page shows these cells in small print under those of the column with this title. */
  readonly under?: string;
}

export interface TextCell {
  readonly text: string;
  /** `[0.71, 0.73]`, or empty. */
  readonly interval: string;
  /** Sort key; null goes last. */
  readonly key: number | string | null;
  readonly tone?: 'good' | 'bad';
  /** Colours the cell, from -1 (bad) to 1 (good). */
  readonly heat?: number;
  /** Why not to trust the value. */
  readonly caution?: string;
}

export interface TextTable {
  readonly columns: readonly TextColumn[];
  /** One cell per column. */
  readonly rows: readonly (readonly TextCell[])[];
}

export interface NotedTable extends TextTable {
  readonly title: string;
  /** How to read the table. */
  readonly notes: readonly string[];
}

/** A column and how a row fills it. */
export interface ColumnOf<Row> extends TextColumn {
  readonly cell: (row: Row) => TextCell;
  /** Kept even if no row fills it. */
  readonly essential?: boolean;
}

const columnOf =
  (kind: Pick<TextColumn, 'align' | 'names'>) =>
  <Row>(
    title: string,
    cell: (row: Row) => TextCell | string,
    explanation?: string,
    more: Partial<ColumnOf<Row>> = {},
  ): ColumnOf<Row> => ({
    title,
    ...kind,
    cell: (row) => {
      const content = cell(row);
      return typeof content === 'string' ? textCell(content) : content;
    },
    ...(explanation && { explanation }),
    ...more,
  });

export const textColumn = columnOf({ align: 'left' });
export const nameColumn = columnOf({ align: 'left', names: true });
export const numberColumn = columnOf({ align: 'right' });

/** The columns that at least one row fills. */
export function filledColumns<Row, Column extends ColumnOf<Row>>(
  columns: readonly Column[],
  rows: readonly Row[],
): Column[] {
  const isFilled = ({ cell }: Column) => rows.some((row) => !['', NOTHING].includes(cell(row).text));
  return columns.filter((column) => column.essential || isFilled(column));
}

/** A table without the columns that no row fills. */
export function textTable<Row>(columns: readonly ColumnOf<Row>[], rows: readonly Row[]): TextTable {
  const filled = filledColumns(columns, rows);
  return {
    columns: filled.map(({ cell: _, essential: __, ...column }) => column),
    rows: rows.map((row) => filled.map(({ cell }) => cell(row))),
  };
}

/** The table without one of its columns. */
export function withoutColumn<Table extends TextTable>(table: Table, title: string): Table {
  const keep = <T>(items: readonly T[]) => items.filter((_, index) => table.columns[index]!.title !== title);
  return { ...table, columns: keep(table.columns), rows: table.rows.map(keep) };
}

/** The table without the intervals of one of its columns. */
export function withoutIntervals<Table extends TextTable>(table: Table, title: string): Table {
  const shorten = (cell: TextCell, index: number) =>
    table.columns[index]!.title === title ? { ...cell, interval: '' } : cell;
  return { ...table, rows: table.rows.map((cells) => cells.map(shorten)) };
}

export const textCell = (text: string, more: Partial<TextCell> = {}): TextCell => ({
  text,
  interval: '',
  key: text,
  ...more,
});

export const numberCell = (
  value: number | null | undefined,
  format: (value: number) => string = formatNumber,
): TextCell =>
  textCell(value === null || value === undefined ? NOTHING : format(value), { key: value ?? null });

/** A number with its interval; `∞` for an upper limit beyond what was observed. */
export function estimateCell(
  estimate: { readonly [Part in 'value' | 'low' | 'high']: number | null } | null,
  format: (value: number) => string = formatNumber,
): TextCell {
  const cell = numberCell(estimate?.value, format);
  if (estimate === null || estimate.low === null) return cell;
  const { low, high } = estimate;
  return { ...cell, interval: `[${format(low)}, ${high === null ? '∞' : format(high)}]` };
}

/** `3/16` */
export const shareCell = (count: number, of: number): TextCell =>
  textCell(`${count}/${of}`, { key: count / of });

/** A cell on one line: `0.72 [0.71, 0.73]`. */
export const joinCell = ({ text, interval }: Pick<TextCell, 'text' | 'interval'>): string =>
  interval === '' ? text : `${text} ${interval}`;
