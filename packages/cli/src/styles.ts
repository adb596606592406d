// Colours, kept apart from escape sequences in foreign text: names, values, messages, table cells.
//
// Our colour codes carry random numbers, new in each process. Before text reaches a terminal, they become plain colour codes
// and all other control characters are escaped.

import { randomInt } from 'node:crypto';
import { escapeInvisible, shorten } from '@gaussmark/core';
import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

// Two more parameters of the sequence: libraries that measure or wrap text still recognize a colour.
const MARK = `;${randomInt(1000, 10_000)};${randomInt(1000, 10_000)}m`;
/** Longest line, in characters: a foreign name or message may have megabytes. */
const LONGEST_LINE = 10_000;

const ESCAPE = '\u001b[';
const OURS = new RegExp(`(\\u001b\\[\\d+${MARK})`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with the escape character
const PLAIN = /\u001b\[(\d+)m/g;

/** Picocolors' functions with marked codes; without codes unless `enabled`. */
export function colorsOf(enabled: boolean): Colors {
  const plain = pc.createColors(enabled);
  if (!enabled) return plain;
  const marked = Object.entries(plain).map(([name, paint]) => [
    name,
    typeof paint === 'function'
      ? (text: Parameters<typeof paint>[0]) => restyled(String(text), paint)
      : paint,
  ]);
  return Object.fromEntries(marked) as Colors;
}

/** Escapes all control characters except our colours. */
export function inert(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split(OURS)
    .map((part, i) => (i % 2 === 1 ? part : escapeInvisible(part)))
    .join('');
}

/** Prepares text for a terminal: plain colours, no other control characters, no endless lines. */
export function forTerminal(text: string): string {
  const lines = text.length <= LONGEST_LINE ? [text] : text.split('\n');
  return inert(lines.map((line) => shorten(line, LONGEST_LINE)).join('\n')).replaceAll(MARK, 'm');
}

/** Applies a library function that only knows plain colours to a text with marked ones. */
export function restyled(text: string, change: (plain: string) => string): string {
  return change(forTerminal(text)).replace(PLAIN, `${ESCAPE}$1${MARK}`);
}
