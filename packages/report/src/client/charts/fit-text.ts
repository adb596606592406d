// Fits text into a width in pixels, measured with the browser's fonts or, outside one, with typical widths.

import { getWidth } from 'zrender/lib/contain/text.js';

export interface Font {
  readonly family: string;
  /** In pixels. */
  readonly size: number;
  readonly weight?: number;
}

/** Readers' fonts are unknown: the widest common one exceeds the typical widths by this factor. */
const WIDEST_FONT = 1.18;

export function textWidth(text: string, { family, size, weight = 400 }: Font): number {
  const width = getWidth(text, `${weight} ${size}px ${family}`);
  return typeof document === 'undefined' ? WIDEST_FONT * (weight >= 600 ? 1.06 : 1) * width : width;
}

/** One line; a text that does not fit loses its middle, since its ends tell names apart. */
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

/** Several lines, broken at blanks and after punctuation; the last line is shortened if necessary. */
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
