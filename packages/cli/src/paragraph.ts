// Text on lines of a given width, measured as a terminal shows it: wide letters count twice, colour codes not at all.

import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { restyled } from './styles.js';

/** Columns that a text of one line takes. */
export const widthOf = (text: string): number => stringWidth(text);

/** Prose on indented lines of at most `columns`. Words stay whole, however long: a path or a command can still be copied. */
export function wrap(text: string, columns: number, indent: string): string {
  const words = text.trim().replaceAll(/\s+/g, ' ').replaceAll(BEFORE_UNIT, NO_BREAK_SPACE);
  return restyled(words, (plain) => wrapAnsi(plain, Math.max(1, columns - widthOf(indent))))
    .split('\n')
    .map((line) => indent + line.replaceAll(NO_BREAK_SPACE, ' '))
    .join('\n');
}

const NO_BREAK_SPACE = '\u00a0';
/** The space in `204 µs`: a number is read with its unit. */
const BEFORE_UNIT = /(?<=\d) (?=(?:%|[mµn]?s|min|h|[kMGT]?i?B)(?![\w/]))/g;

/** The lines of a text wrapped where they are too long, with the indentation that each began with. */
export function wrapLines(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (widthOf(line) <= columns ? line : wrap(line, columns, /^ */.exec(line)![0])))
    .join('\n');
}

/** The lines of a text in a column of a table: none is wider, so a long name is broken, behind its punctuation if it can be. */
export function brokenLines(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    if (widthOf(line) <= width) return [line];
    const words = line.split(' ').map((word) => (widthOf(word) <= width ? word : brokenWord(word, width)));
    return restyled(words.join(' '), (plain) => wrapAnsi(plain, width, { hard: true })).split('\n');
  });
}

/** Columns of the widest part of a text that should stay in one piece. */
export const widestPart = (text: string): number =>
  Math.max(0, ...text.split(/\s/).flatMap((word) => partsOf(word).map(widthOf)));

/** A long word on several lines. */
function brokenWord(word: string, width: number): string {
  const lines = [''];
  for (const part of partsOf(word)) {
    const line = lines.at(-1)!;
    if (line !== '' && widthOf(line + part) > width) lines.push(part);
    else lines[lines.length - 1] = line + part;
  }
  return lines.join('\n');
}

/** `sgn[`, `cgIterations=3,`, `damping=1]`: where a name may be broken. A colour code is in one part with what follows it. */
function partsOf(word: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour code begins with the escape character
  return word.match(/(?:\u001b\[[\d;]*m|[^,/[+])+[,/[+]?|[,/[+]/g) ?? [];
}

/** A text on one line of at most `columns`; what does not fit is left out in the middle, for the ends tell names apart. */
export const cut = (text: string, columns: number): string =>
  widthOf(text) <= columns
    ? text
    : restyled(text, (plain) => cliTruncate(plain, Math.max(1, columns), { position: 'middle' }));
