// Tables of texts, for Markdown and for the page alike. Cells are untrusted text: printers escape them.

import type { Estimate } from '@gaussmark/analysis';
import { formatInterval, NOTHING } from '@gaussmark/analysis/words';
import { defined } from '@gaussmark/core/defined';

export interface TextColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly explanation?: string;
}

export interface TextCell {
  readonly text: string;
  /** `[0.71, 0.73]`; empty where there is none. */
  readonly interval: string;
  /** What the cell sorts by; null goes last. */
  readonly key: number | string | null;
}

export interface TextTable {
  readonly columns: readonly TextColumn[];
  /** One cell per column. */
  readonly rows: readonly (readonly TextCell[])[];
}

/** A column and how a row fills it. */
export interface ColumnOf<Row> extends TextColumn {
  readonly cell: (row: Row) => TextCell;
}

/** Rows as texts; a column that no row fills is left out. */
export function textTable<Row>(columns: readonly ColumnOf<Row>[], rows: readonly Row[]): TextTable {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const filled = columns.map((_, column) => cells.some((row) => row[column]!.text !== NOTHING));
  const keep = <T>(items: readonly T[]) => items.filter((_, column) => filled[column]);
  return {
    columns: keep(columns).map(({ title, align, explanation }) => defined({ title, align, explanation })),
    rows: cells.map(keep),
  };
}

export const textCell = (text: string): TextCell => ({ text, interval: '', key: text });

export const numberCell = (
  value: number | null | undefined,
  format: (value: number) => string,
): TextCell => ({
  text: value === null || value === undefined ? NOTHING : format(value),
  interval: '',
  key: value ?? null,
});

/** A number, and its interval apart from it. */
export const estimateCell = (estimate: Estimate | null, format: (value: number) => string): TextCell => ({
  ...numberCell(estimate?.value, format),
  interval: estimate === null ? '' : formatInterval(estimate, format),
});

/** A cell on one line: `0.72 [0.71, 0.73]`. */
export const joinCell = ({ text, interval }: Pick<TextCell, 'text' | 'interval'>): string =>
  interval === '' ? text : `${text} ${interval}`;
