// Lines of a stream, none longer than a limit: a writer that never ends its line does not fill our memory.

import type { Readable } from 'node:stream';

export interface LineHandlers {
  readonly onLine: (line: string) => void;
  /** A line is longer than the limit. Nothing more is read. */
  readonly onTooLong: () => void;
}

/** Reads lines of at most `limit` bytes; a last one without its line feed was cut off and is dropped. */
export function readLines(stream: Readable, limit: number, { onLine, onTooLong }: LineHandlers): void {
  let parts: Buffer[] = [];
  let length = 0;
  const take = (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      parts.push(chunk.subarray(start, end));
      const line = Buffer.concat(parts).toString('utf8');
      parts = [];
      length = 0;
      start = end + 1;
      onLine(line);
    }
    if (start === chunk.length) return;
    parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length <= limit) return;
    parts = [];
    stream.off('data', take);
    // What still comes is read and dropped, so that the writer is not held up before it is ended.
    stream.resume();
    onTooLong();
  };
  stream.on('data', take);
  // A pipe that breaks has no more lines.
  stream.on('error', () => {});
}

const LINE_FEED = 0x0a;
