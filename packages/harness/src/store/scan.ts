// Reading a file of records without holding it in memory: headers, and where each record lies.

import { closeSync, openSync, readSync } from 'node:fs';
import { decodeHeader, decodeRecord, type RecordHeader } from './record.js';

/** Where a record lies. */
export interface Place {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface Entry {
  readonly header: RecordHeader;
  readonly place: Place;
}

/** What of a file could not be used. */
export interface Damage {
  readonly file: string;
  readonly offset: number;
  /** `unfinished`: the end of a file, torn off or being written; `unreadable`: no record of this version. */
  readonly kind: 'unfinished' | 'unreadable';
}

const CHUNK = 2 ** 20;
const LINE_FEED = 10;

/** Calls back for every record of a file, in order; returns what it had to leave out. */
export function scanFile(file: string, onEntry: (entry: Entry) => void): Damage[] {
  const damage: Damage[] = [];
  const descriptor = openSync(file, 'r');
  try {
    let rest = Buffer.alloc(0);
    let position = 0;
    let last: { line: Buffer; entry: Entry } | undefined;
    const flush = () => {
      if (last !== undefined) onEntry(last.entry);
      last = undefined;
    };
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const read = readSync(descriptor, chunk, 0, CHUNK, null);
      if (read === 0) break;
      const data = Buffer.concat([rest, chunk.subarray(0, read)]);
      let start = 0;
      for (let end = data.indexOf(LINE_FEED); end >= 0; end = data.indexOf(LINE_FEED, start)) {
        flush();
        const line = data.subarray(start, end);
        const offset = position + start;
        const header = decodeHeader(line);
        if (header === null) damage.push({ file, offset, kind: 'unreadable' });
        else last = { line, entry: { header, place: { file, offset, length: line.length } } };
        start = end + 1;
      }
      position += start;
      rest = data.subarray(start);
    }
    // Lines before the last one were flushed to the disk before it was begun; a power cut can have garbled that one.
    if (last !== undefined && !isWhole(last.line)) {
      damage.push({ file, offset: last.entry.place.offset, kind: 'unfinished' });
      last = undefined;
    }
    flush();
    if (rest.length > 0) damage.push({ file, offset: position, kind: 'unfinished' });
  } finally {
    closeSync(descriptor);
  }
  return damage;
}

function isWhole(line: Buffer): boolean {
  try {
    decodeRecord(line);
    return true;
  } catch {
    return false;
  }
}
