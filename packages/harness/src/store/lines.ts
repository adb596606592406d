// Reads the lines of a file that may exceed memory or the longest string.

import { closeSync, openSync, readSync } from 'node:fs';

export interface Line {
  /** Without its line feed; `undefined` if it is too long for a string. */
  readonly bytes: Buffer | undefined;
  readonly offset: number;
  /** Whether it ends with a line feed. */
  readonly isFinished: boolean;
}

const CHUNK = 2 ** 20;
/** The longest string of V8. */
const LONGEST_LINE = 2 ** 29;
const LINE_FEED = 10;

/** @throws the file system's errors */
export function* linesOf(file: string): Generator<Line> {
  const descriptor = openSync(file, 'r');
  try {
    let pieces: Buffer[] = [];
    let [offset, length] = [0, 0];
    const line = (isFinished: boolean): Line => ({
      bytes: length > LONGEST_LINE ? undefined : pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces),
      offset,
      isFinished,
    });
    const add = (piece: Buffer) => {
      length += piece.length;
      if (length <= LONGEST_LINE) pieces.push(piece);
      else pieces = [];
    };
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const data = chunk.subarray(0, readSync(descriptor, chunk, 0, CHUNK, null));
      if (data.length === 0) break;
      let start = 0;
      for (let end = data.indexOf(LINE_FEED); end >= 0; end = data.indexOf(LINE_FEED, start)) {
        add(data.subarray(start, end));
        yield line(true);
        offset += length + 1;
        [pieces, length] = [[], 0];
        start = end + 1;
      }
      if (start < data.length) add(data.subarray(start));
    }
    if (length > 0) yield line(false);
  } finally {
    closeSync(descriptor);
  }
}
