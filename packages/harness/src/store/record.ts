// A record: how a run ended, and everything its result depends on, as a line of JSON.

import { crc32 } from 'node:zlib';
import { type ReportEnvironment, type ReportProblem, upgradedResult } from '@gaussmark/analysis';
import type { Cell } from '@gaussmark/cell';
import { withoutHome } from '@gaussmark/core';
import type { CellOutcome } from '../run/cell-outcome.js';
import type { Identity } from './identity.js';

/** Bumped when a reader of the previous version could misread a record. */
export const RECORD_SCHEMA = 1;

export type RecordStatus = CellOutcome['result']['status'];

/** The part of a record that can be read without the rest. */
export interface RecordHeader {
  readonly schema: typeof RECORD_SCHEMA;
  /** Of the run's {@link Identity}: equal keys, equal results. */
  readonly key: string;
  /** The digests behind the key, by what they cover. */
  readonly parts: Identity['parts'];
  /** The cell's id, as in a report. */
  readonly id: string;
  readonly status: RecordStatus;
  /** When the run ended: ISO 8601, UTC. */
  readonly finished: string;
  /** Wall-clock seconds, including its process. */
  readonly seconds: number;
}

export interface RecordBody {
  /** The version of gaussmark. */
  readonly tool: string;
  readonly cell: Cell;
  readonly problem: ReportProblem;
  readonly environment: ReportEnvironment;
  readonly result: CellOutcome['result'];
  readonly conditions: CellOutcome['conditions'];
}

export interface RunRecord {
  readonly header: RecordHeader;
  readonly body: RecordBody;
}

/** Separates header and body; within a JSON string its quotes would be escaped. */
const SEAM = ',"body":';
/** The start of every record. */
export const RECORD_START = `{"schema":${RECORD_SCHEMA},"key":"`;
/** Precedes the checksum of everything before it. Records of older versions have none. */
export const SEAL_START = ',"crc32":"';
const SEAL = /^,"crc32":"([0-9a-f]{8})"\}$/;
/** Bytes from the start of the seal to the end of the line. */
export const SEAL_LENGTH = SEAL_START.length + 8 + 2;

/** The line of a record, with its line feed. Stores are shared, so it does not name the user's home. */
export function encodeRecord({ header, body }: RunRecord): Buffer {
  const content = Buffer.from(
    withoutHome(`${JSON.stringify(header).slice(0, -1)}${SEAM}${JSON.stringify(body)}`),
  );
  return Buffer.concat([content, Buffer.from(`${SEAL_START}${checksum(content)}"}\n`)]);
}

/** Parses a record from its line. */
export function decodeRecord(line: Buffer): RunRecord {
  const {
    body,
    crc32: _,
    ...header
  } = JSON.parse(line.toString('utf8')) as RecordHeader & {
    body: RecordBody;
    crc32?: string;
  };
  return { header, body: { ...body, result: upgradedResult(body.result) } };
}

/**
 * The header of a line; `null` if the line is damaged or not a record of this version.
 *
 * @param isSound whether an older record without a checksum is valid
 */
export function decodeHeader(line: Buffer, isSound: (record: RunRecord) => boolean): RecordHeader | null {
  const seam = line.indexOf(SEAM);
  if (seam < 0) return null;
  const end = line.length - SEAL_LENGTH;
  const seal = end < 0 ? null : SEAL.exec(line.toString('latin1', end));
  if (seal !== null && seal[1] !== checksum(line.subarray(0, end))) return null;
  try {
    if (seal === null) {
      const record = decodeRecord(line);
      return record.header.schema === RECORD_SCHEMA && isSound(record) ? record.header : null;
    }
    const header = JSON.parse(`${line.toString('utf8', 0, seam)}}`) as RecordHeader;
    return header.schema === RECORD_SCHEMA ? header : null;
  } catch {
    return null;
  }
}

const checksum = (bytes: Buffer) => crc32(bytes).toString(16).padStart(8, '0');
