// Untrusted text in Markdown (GitHub's flavour), without markup, links, mentions or references; tables.

import { oneLine } from './display-text.js';

/**
 * Escapes a text and puts it on one line. `inTable` skips escapes that only matter at the start of a line.
 *
 * @internal
 */
export function escapeMarkdown(text: string, inTable = false): string {
  const escaped = oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    // Formulas: GitHub's documented way to write a dollar sign next to one.
    .replaceAll('$', '<span>$</span>')
    // Mentions and email addresses, links, issues, emoji.
    .replace(
      /(?<=@)(?=[\w-])|(?<=\b(?:https?|ftp):)(?=\/\/)|(?<=\bwww)(?=\.)|(?<=#)(?=\d)|(?<=\bgh-)(?=\d)/gi,
      BREAK,
    )
    .replace(/(?<=:)(?=(?:[a-z+-][\w+-]*|100|1234):)/gi, BREAK)
    .replaceAll(BREAK, '&#8203;');
  if (inTable) return escaped;
  // Lists, headings, rules.
  return escaped
    .replace(/^(?:[-+](?=\s|$)|#+(?=\s)|(?:=+|-+)$)/, '\\$&')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2');
}

/** A zero-width space: it keeps GitHub from seeing a mention, a link or a reference. Written out if the text has one. */
const BREAK = '\u200b';

/**
 * A code span around any text, fenced with more backticks than any run inside.
 *
 * @internal
 */
export function codeSpan(text: string, inTable = false): string {
  const line = oneLine(text);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : '';
  // In a table, a pipe ends the cell even inside a code span.
  return `${fence}${pad}${inTable ? line.replaceAll('|', '\\|') : line}${pad}${fence}`;
}

/**
 * A table of escaped titles and cells; columns are aligned left unless `align` says otherwise.
 *
 * @internal
 */
export function markdownTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[] = [],
): string {
  const rule = titles.map((_, column) => (align[column] === 'right' ? '---:' : ':---'));
  return [titles, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
