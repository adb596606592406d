// Markdown (GitHub's flavour) from untrusted texts: tables, small print.

import { codeSpan as code, escapeMarkdown as escapeText } from '@gaussmark/core';
import { joinCell, type TextTable } from './text-table.js';

export { code, escapeText };

/** A table, whose cells under the headings `coded` are code; nothing without rows. */
export function grid(
  columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[],
  rows: readonly (readonly string[])[],
  ...coded: readonly string[]
): string[] {
  if (rows.length === 0) return [];
  const header = columns.map(({ title }) => escapeText(title, true));
  const rule = columns.map(({ align }) => (align === 'right' ? '---:' : ':---'));
  const body = rows.map((cells) =>
    cells.map((cell, column) =>
      coded.includes(columns[column]!.title) ? code(cell, true) : escapeText(cell, true),
    ),
  );
  return [[header, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n')];
}

/** A table of texts, whose cells under the headings `coded` are code. */
export const renderTextTable = ({ columns, rows }: TextTable, ...coded: readonly string[]): string[] =>
  grid(
    columns,
    rows.map((cells) => cells.map(joinCell)),
    ...coded,
  );

/** Notes below a table, in small. */
export const small = (notes: readonly string[]): string =>
  notes.map((note) => `<sub>${escapeText(note)}</sub>`).join('<br>\n');
