// Markdown (GitHub's flavour) from untrusted text: tables and small print.

import { joinCell, type NotedTable, type TextTable } from '@gaussmark/analysis/words';
import { codeSpan as code, escapeMarkdown as escapeText, markdownTable } from '@gaussmark/core';

export { code, escapeText };

/** A table; empty without rows. */
export function renderTextTable({ columns, rows }: TextTable): string[] {
  if (rows.length === 0) return [];
  return [
    markdownTable(
      columns.map(({ title }) => escapeText(title, true)),
      rows.map((cells) =>
        cells.map((cell, column) => (columns[column]!.names ? code : escapeText)(joinCell(cell), true)),
      ),
      columns.map(({ align }) => align),
    ),
  ];
}

/** A table with its notes. */
export const renderNotedTable = (table: NotedTable): string[] => [
  ...renderTextTable(table),
  small(table.notes),
];

/** Notes below a table, in small print. */
export const small = (notes: readonly string[]): string =>
  notes.map((note) => `<sub>${escapeText(note)}</sub>`).join('<br>\n');
