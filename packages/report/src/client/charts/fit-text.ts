// Text in a width of pixels, by the widths of its letters: in a browser as its fonts are, else as common ones are.

import { getWidth } from 'zrender/lib/contain/text.js';

export interface Font {
  readonly family: string;
  /** In pixels. */
  readonly size: number;
  readonly weight?: number;
}

/** Nobody knows the fonts of whoever looks at a picture; the widest common one is so much wider than the one measured. */
const WIDEST_FONT = 1.18;

export function textWidth(text: string, { family, size, weight = 400 }: Font): number {
  const width = getWidth(text, `${weight} ${size}px ${family}`);
  return typeof document === 'undefined' ? WIDEST_FONT * (weight >= 600 ? 1.06 : 1) * width : width;
}

/** A text on one line; what does not fit is left out in the middle, for the ends tell names apart. */
export function shortened(text: string, width: number, font: Font): string {
  if (textWidth(text, font) <= width) return text;
  const letters = [...text];
  let [kept, most] = [1, letters.length - 1];
  const cut = (count: number) =>
    `${letters.slice(0, Math.ceil(count / 2)).join('')}…${letters.slice(letters.length - Math.floor(count / 2)).join('')}`;
  while (kept < most) {
    const middle = Math.ceil((kept + most) / 2);
    if (textWidth(cut(middle), font) <= width) kept = middle;
    else most = middle - 1;
  }
  return cut(kept);
}

/** A text on several lines, broken at blanks and behind the punctuation of names; the last line is shortened if it has to be. */
export function wrapped(
  text: string,
  width: number,
  font: Font,
  mostLines = Number.POSITIVE_INFINITY,
): string[] {
  const lines = [''];
  for (const part of text.match(/[^\s,/[+]*(?:[,/[+]+|\s+|$)/g) ?? []) {
    const line = lines.at(-1)!;
    const isFull = line !== '' && textWidth((line + part).trimEnd(), font) > width;
    if (isFull && lines.length < mostLines) lines.push(part);
    else lines[lines.length - 1] = line + part;
  }
  return lines.map((line) => shortened(line.trim(), width, font));
}
