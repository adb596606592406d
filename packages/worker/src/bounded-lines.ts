// Lines of a stream, up to a maximum length: a writer that never ends its line cannot fill our memory.

import type { Readable } from 'node:stream';

export interface LineHandlers {
  readonly onLine: (line: string) => void;
  /** A line exceeds the limit; reading stops. */
  readonly onTooLong: () => void;
}

/** Reads lines of at most `limit` bytes; an unterminated last line is dropped. */
export function readLines(stream: Readable, limit: number, { onLine, onTooLong }: LineHandlers): void {
  let parts: Buffer[] = [];
  let length = 0;
  const read = (chunk: Buffer) => {
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
    stream.off('data', read);
    // Drain the rest, or the writer blocks until it is killed.
    stream.resume();
    onTooLong();
  };
  stream.on('data', read);
  // A broken pipe has no more lines.
  stream.on('error', () => {});
}

const LINE_FEED = 0x0a;
