// Wraps text to a width in terminal columns: wide characters count twice, colour codes not at all.

import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { restyled } from './styles.js';

/** Columns of a one-line text. */
export const widthOf = (text: string): number => stringWidth(text);

/** Prose on indented lines of at most `columns`. Words are never split, so paths and commands can be copied. */
export function wrap(text: string, columns: number, indent: string): string {
  const words = text.trim().replaceAll(/\s+/g, ' ').replaceAll(BEFORE_UNIT, NO_BREAK_SPACE);
  return restyled(words, (plain) => wrapAnsi(plain, Math.max(1, columns - widthOf(indent))))
    .split('\n')
    .map((line) => indent + line.replaceAll(NO_BREAK_SPACE, ' '))
    .join('\n');
}

const NO_BREAK_SPACE = '\u00a0';
/** The space in `204 µs`, which must not become a line break. */
const BEFORE_UNIT = /(?<=\d) (?=(?:%|[mµn]?s|min|h|[kMGT]?i?B)(?![\w/]))/g;

/** Wraps long lines, keeping their indentation. */
export function wrapLines(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (widthOf(line) <= columns ? line : wrap(line, columns, /^ */.exec(line)![0])))
    .join('\n');
}

/** The lines of a table cell of a given width; long names break after punctuation if possible. */
export function wrapCell(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    if (widthOf(line) <= width) return [line];
    const words = line.split(' ').map((word) => (widthOf(word) <= width ? word : splitWord(word, width)));
    return restyled(words.join(' '), (plain) => wrapAnsi(plain, width, { hard: true })).split('\n');
  });
}

/** Columns of the widest unbreakable part of a text. */
export const widestPart = (text: string): number =>
  Math.max(0, ...text.split(/\s/).flatMap((word) => partsOf(word).map(widthOf)));

/** Splits a long word into lines. */
function splitWord(word: string, width: number): string {
  const lines = [''];
  for (const part of partsOf(word)) {
    const line = lines.at(-1)!;
    if (line !== '' && widthOf(line + part) > width) lines.push(part);
    else lines[lines.length - 1] = line + part;
  }
  return lines.join('\n');
}

/** `sgn[`, `cgIterations=3,`, `damping=1]`: the parts between which a name may break. Colour codes stay with the next part. */
function partsOf(word: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour code begins with the escape character
  return word.match(/(?:\u001b\[[\d;]*m|[^,/[+])+[,/[+]?|[,/[+]/g) ?? [];
}

/** A one-line text of at most `columns`, shortened in the middle: names differ at their ends. */
export const truncate = (text: string, columns: number): string =>
  widthOf(text) <= columns
    ? text
    : restyled(text, (plain) => cliTruncate(plain, Math.max(1, columns), { position: 'middle' }));
