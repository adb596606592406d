// Scans a file of records without holding it in memory: headers and positions. Skips damaged records, and only those.

import { linesOf } from './lines.js';
import { decodeHeader, RECORD_START, type RecordHeader, SEAL_LENGTH, SEAL_START } from './record.js';
import { isSound } from './sound-record.js';

/** A record's header and position. */
export interface Place {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface Entry {
  readonly header: RecordHeader;
  readonly place: Place;
}

/** A damaged part of a file. */
export interface Damage {
  readonly file: string;
  readonly offset: number;
  /** `unfinished`: the end of a file, truncated or still being written; `unreadable`: not a record, or an altered one. */
  readonly kind: 'unfinished' | 'unreadable';
}

/** Visits every record of a file, in order; returns the damaged parts. */
export function scanFile(file: string, onEntry: (entry: Entry) => void): Damage[] {
  const damage: Damage[] = [];
  for (const { bytes, offset, isFinished } of linesOf(file)) {
    const kind = isFinished ? 'unreadable' : 'unfinished';
    if (bytes === undefined) {
      damage.push({ file, offset, kind });
      continue;
    }
    for (const { start, length, header } of recordsIn(bytes)) {
      if (header === null) damage.push({ file, offset: offset + start, kind });
      else onEntry({ header, place: { file, offset: offset + start, length } });
    }
  }
  return damage;
}

/** A part of a line: a record, or damage if its header is null. */
interface Part {
  readonly start: number;
  readonly length: number;
  readonly header: RecordHeader | null;
}

/** The parts of a line: one record, unless line feeds or fragments were lost. */
function recordsIn(line: Buffer): Part[] {
  const bytes = trimmed(line);
  if (bytes.length === 0) return [];
  const header = decodeHeader(bytes, isSound);
  if (header !== null) return [{ start: 0, length: bytes.length, header }];
  const starts: number[] = [];
  for (let at = bytes.indexOf(RECORD_START); at >= 0; at = bytes.indexOf(RECORD_START, at + 1))
    starts.push(at);
  if (starts[0] !== 0) starts.unshift(0);
  return starts.flatMap((start, i) => recordAt(bytes.subarray(start, starts[i + 1]), start));
}

/** The record at the start of some bytes, and its length. */
function recordAt(bytes: Buffer, start: number): Part[] {
  for (let at = bytes.indexOf(SEAL_START); at >= 0; at = bytes.indexOf(SEAL_START, at + 1)) {
    const length = at + SEAL_LENGTH;
    const header = length > bytes.length ? null : decodeHeader(bytes.subarray(0, length), isSound);
    if (header === null) continue;
    const rest = trimmed(bytes.subarray(length));
    const record = { start, length, header };
    return rest.length === 0
      ? [record]
      : [record, { start: start + length, length: rest.length, header: null }];
  }
  // An older record, without a seal, ends with a brace.
  const length = bytes.lastIndexOf(CLOSING_BRACE) + 1;
  const header = length === 0 ? null : decodeHeader(bytes.subarray(0, length), isSound);
  return [{ start, length: header === null ? bytes.length : length, header }];
}

/** Strips blanks, and the carriage return that a transfer may have added. */
function trimmed(line: Buffer): Buffer {
  let end = line.length;
  while (end > 0 && (line[end - 1] === CARRIAGE_RETURN || line[end - 1] === BLANK)) end -= 1;
  return line.subarray(0, end);
}

const CLOSING_BRACE = '}'.charCodeAt(0);
const CARRIAGE_RETURN = 13;
const BLANK = 32;
