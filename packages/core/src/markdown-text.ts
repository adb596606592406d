// Other people's texts in Markdown (GitHub's flavour): nothing in them is markup, a link, a mention or a reference.

import { oneLine } from './shown-text.js';

/** A text on one line in which nothing is markup; in a cell of a table it does not begin a line. */
export function escapeMarkdown(text: string, inTable = false): string {
  const escaped = oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    // Formulas: what GitHub's documentation says of a dollar sign beside one.
    .replaceAll('$', '<span>$</span>')
    // Mentions and mail addresses, links, issues, emoji.
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

/** A space of no width: it keeps GitHub from seeing a mention, a link or a reference. In the text it would be written out. */
const BREAK = '\u200b';

/** A code span around any text: its fence is longer than every run of backticks inside. */
export function codeSpan(text: string, inTable = false): string {
  const line = oneLine(text);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : '';
  // In a table a pipe ends the cell even inside a code span.
  return `${fence}${pad}${inTable ? line.replaceAll('|', '\\|') : line}${pad}${fence}`;
}
