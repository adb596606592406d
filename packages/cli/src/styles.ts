// Colours, told apart from the escape sequences that other people's texts may hold: names, values, messages, cells of tables.
//
// A colour of ours carries a number that is drawn anew in every process. What writes to a terminal shows every other control
// character as text, and turns these into plain colours.

import { randomInt } from 'node:crypto';
import { escapeInvisible, shorten } from '@gaussmark/core';
import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

// Two further parameters of the sequence, so that whatever measures or wraps text takes it for a colour still.
const MARK = `;${randomInt(1000, 10_000)};${randomInt(1000, 10_000)}m`;
/** Characters of a line: a name or a message of somebody else's may be megabytes long. */
const LONGEST_LINE = 10_000;

const ESCAPE = '\u001b[';
const OURS = new RegExp(`(\\u001b\\[\\d+${MARK})`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with the escape character
const PLAIN = /\u001b\[(\d+)m/g;

/** The colours of picocolors, marked as ours; none unless `enabled`. */
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

/** A text whose control characters, but for colours of ours, are shown as text. */
export function inert(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split(OURS)
    .map((part, i) => (i % 2 === 1 ? part : escapeInvisible(part)))
    .join('');
}

/** A text as a terminal gets it: our colours are colours, all else is text, and no line is endless. */
export function forTerminal(text: string): string {
  const lines = text.length <= LONGEST_LINE ? [text] : text.split('\n');
  return inert(lines.map((line) => shorten(line, LONGEST_LINE)).join('\n')).replaceAll(MARK, 'm');
}

/** Applies what knows plain colours alone (a library that wraps or cuts text) to a text of ours. */
export function restyled(text: string, change: (plain: string) => string): string {
  return change(forTerminal(text)).replace(PLAIN, `${ESCAPE}$1${MARK}`);
}
