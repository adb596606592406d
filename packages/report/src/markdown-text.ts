// Markdown (GitHub's flavour) from untrusted texts: escaped text, code spans, tables, small print.

import { joinCell, type TextTable } from './text-table.js';

/** A table, whose cells under the headings `coded` are code; nothing without rows. */
export function grid(
  columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[],
  rows: readonly (readonly string[])[],
  ...coded: readonly string[]
): string[] {
  if (rows.length === 0) return [];
  const header = columns.map(({ title }) => escapeText(title));
  const rule = columns.map(({ align }) => (align === 'right' ? '---:' : ':---'));
  const body = rows.map((cells) =>
    cells.map((cell, column) =>
      coded.includes(columns[column]!.title) ? code(cell, true) : escapeText(cell),
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

/** Text in which nothing is markup: Markdown's punctuation escaped, HTML's too, on one line. */
export function escapeText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~]/g, '\\$&');
}

/** A code span around any text: its fence is longer than every run of backticks inside. */
export function code(text: string, inTable = false): string {
  const line = text.replace(/\s+/g, ' ');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line === '' ? ' ' : '';
  // In a table a pipe ends the cell even inside a code span.
  return `${fence}${pad}${inTable ? line.replaceAll('|', '\\|') : line}${pad}${fence}`;
}
