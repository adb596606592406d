// A record: how one run ended, with everything that its result depends on. One line of JSON each.

import type { ReportEnvironment, ReportProblem } from '@gaussmark/report';
import type { Cell } from '../cell/cell.js';
import type { CellOutcome } from '../run-plan.js';
import type { Identity } from './identity.js';

/** Bumped when a reader of the previous version could misread a record. */
export const RECORD_SCHEMA = 1;

export type RecordStatus = CellOutcome['result']['status'];

/** What is known of a record without reading all of it. */
export interface RecordHeader {
  readonly schema: typeof RECORD_SCHEMA;
  /** Of the run's {@link Identity}: equal keys, equal results. */
  readonly key: string;
  /** The digests that the key is made of, by what they stand for. */
  readonly parts: Identity['parts'];
  /** Of the cell, as in a report. */
  readonly id: string;
  readonly status: RecordStatus;
  /** When the run ended: ISO 8601, UTC. */
  readonly finished: string;
  /** Wall-clock seconds that it took, its process included. */
  readonly seconds: number;
}

export interface RecordBody {
  /** Version of gaussmark. */
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

/** Stands between header and body; inside a JSON string its quotes would be escaped. */
const SEAM = ',"body":';

/** The line of a record, with its line feed. */
export function encodeRecord({ header, body }: RunRecord): Buffer {
  return Buffer.from(`${JSON.stringify(header).slice(0, -1)}${SEAM}${JSON.stringify(body)}}\n`);
}

/** A whole record from its line. */
export function decodeRecord(line: Buffer): RunRecord {
  const { body, ...header } = JSON.parse(line.toString('utf8')) as RecordHeader & { body: RecordBody };
  return { header, body };
}

/** The header of a line; `null` if the line is no record of this version. */
export function decodeHeader(line: Buffer): RecordHeader | null {
  const seam = line.indexOf(SEAM);
  if (seam < 0 || line.at(-1) !== CLOSING_BRACE) return null;
  try {
    const header = JSON.parse(`${line.toString('utf8', 0, seam)}}`) as RecordHeader;
    return header.schema === RECORD_SCHEMA ? header : null;
  } catch {
    return null;
  }
}

const CLOSING_BRACE = '}'.charCodeAt(0);
