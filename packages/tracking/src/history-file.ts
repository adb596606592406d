// The history of a class of machines: an append-only file of snapshots and acknowledgements, one per line.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { estimateMedian } from '@gaussmark/analysis';
import { GaussmarkError, parseJson, storageError, validator } from '@gaussmark/core';
import { AppendOnlyFile } from '@gaussmark/harness';
import Type from 'typebox';
import {
  MachineSchema,
  type Measure,
  MeasureSchema,
  measureId,
  type Revision,
  RevisionSchema,
  SNAPSHOT_SCHEMA_VERSION,
  type Snapshot,
  snapshotSchema,
} from './snapshot.js';

export const HISTORY_FORMAT = 'gaussmark-history';

/** A measure on one night: samples are reduced to their median, its interval and their number. */
export type NightMeasure = Omit<Measure, 'samples'> & {
  readonly low?: number;
  readonly high?: number;
  readonly count?: number;
};

/** One snapshot. */
export interface Night {
  readonly created: string;
  readonly tool: string;
  readonly revision: Revision;
  readonly machine: string;
  readonly profile: string;
  readonly measures: readonly NightMeasure[];
}

/** Marks changes as intended. */
export interface Acknowledgement {
  readonly created: string;
  /** The commit of the night when the changes began. */
  readonly commit: string;
  /** The measure's id; null for everything this commit changed. */
  readonly measure: string | null;
  readonly reason: string;
}

export interface HistoryFile {
  readonly file: string;
  readonly nights: readonly Night[];
  readonly acknowledgements: readonly Acknowledgement[];
  /**
   * Skipped lines, numbered from 1. `unfinished`: the end of the file, truncated or still being written; `altered`: the checksum
   * does not match.
   */
  readonly damage: readonly {
    readonly line: number;
    readonly kind: 'unfinished' | 'unreadable' | 'altered';
  }[];
  /** Lines that repeat the night of an earlier line. */
  readonly repeats: readonly number[];
}

/** The fields of every line. */
interface LineHead {
  readonly format: typeof HISTORY_FORMAT;
  readonly schemaVersion: typeof SNAPSHOT_SCHEMA_VERSION;
  readonly kind: 'night' | 'acknowledgement';
}

/** Some systems refuse longer file names. */
const LONGEST_NAME = 120;

/** The file of a class of machines in a directory. */
export function historyFileOf(directory: string, machineClass: string): string {
  const digest = createHash('sha256').update(machineClass).digest('hex').slice(0, 8);
  const name =
    machineClass.length <= LONGEST_NAME
      ? machineClass
      : `${machineClass.slice(0, LONGEST_NAME - 9)}-${digest}`;
  return path.join(directory, `${name}.jsonl`);
}

/** A snapshot, reduced to what a history keeps. */
export function nightOf({ created, tool, revision, machine, suite, measures }: Snapshot): Night {
  return {
    created,
    tool,
    revision,
    machine: machine.class,
    profile: suite.profile,
    measures: measures.map(({ samples, ...measure }) => {
      const estimate = samples === undefined ? null : estimateMedian(samples);
      if (estimate === null) return measure;
      const { value, low, high, count } = estimate;
      return { ...measure, value, count, ...(low === null || high === null ? {} : { low, high }) };
    }),
  };
}

export interface Added {
  readonly file: string;
  readonly added: readonly Night[];
  /** Nights already in the file: same revision, same time. */
  readonly known: readonly Night[];
}

/**
 * Appends nights of one class of machines to its file, except those it contains already.
 *
 * @throws StorageError if they cannot be stored; GaussmarkError if the file cannot be read
 */
export function addNights(directory: string, machineClass: string, nights: readonly Night[]): Added {
  const file = historyFileOf(directory, machineClass);
  const before = fs.existsSync(file) ? readHistoryFile(file).nights : [];
  const seen = new Set(before.map(identityOf));
  const added: Night[] = [];
  const known: Night[] = [];
  for (const night of nights) {
    const identity = identityOf(night);
    (seen.has(identity) ? known : added).push(night);
    seen.add(identity);
  }
  appendLines(
    file,
    added.map((night) => ({ kind: 'night', ...night })),
    'the snapshots could not be added',
  );
  return { file, added, known };
}

const identityOf = ({ created, revision, machine }: Night): string =>
  JSON.stringify([machine, created, revision.commit]);

/** The nights of histories without repeats, which merged branches and copied files may contain. */
export function distinctNights(histories: readonly Pick<HistoryFile, 'nights'>[]): Night[] {
  const nights = histories.flatMap((history) => history.nights);
  return [...new Map(nights.toReversed().map((night) => [identityOf(night), night])).values()].toReversed();
}

/** @throws StorageError if it cannot be stored */
export function acknowledge(file: string, acknowledgement: Acknowledgement): void {
  appendLines(
    file,
    [{ kind: 'acknowledgement', ...acknowledgement }],
    'the acknowledgement could not be added',
  );
}

function appendLines(file: string, lines: readonly Pick<LineHead, 'kind'>[], lost: string): void {
  if (lines.length === 0) return;
  const text = lines
    .map(({ kind, ...rest }) => {
      const head: LineHead = { format: HISTORY_FORMAT, schemaVersion: SNAPSHOT_SCHEMA_VERSION, kind };
      const body = JSON.stringify({ ...head, ...rest }, abridged);
      // Last, so it covers the rest of the line.
      return `${body.slice(0, -1)},"crc32":"${checksum(body)}"}\n`;
    })
    .join('');
  try {
    const length = fs.statSync(file, { throwIfNoEntry: false })?.size;
    // End a truncated line here: it stays, and the next one is intact.
    const torn = length !== undefined && length > 0 && lastByte(file, length) !== LINE_FEED;
    const open = new AppendOnlyFile(file, fs, length);
    try {
      open.append(Buffer.from(torn ? `\n${text}` : text));
    } finally {
      open.close();
    }
  } catch (cause) {
    throw storageError(path.dirname(file), lost, 'add them again', cause);
  }
}

/** CRC-32 of a line without its checksum, in hexadecimal. */
const checksum = (body: string): string => crc32(body).toString(16).padStart(8, '0');

const CHECKED = /^(.*),"crc32":"([0-9a-f]{8})"\}\s*$/s;

/** Whether a line is unaltered; lines of earlier versions have no checksum. */
function isUnaltered(line: string): boolean {
  const [, body, written] = CHECKED.exec(line) ?? [];
  return body === undefined || checksum(`${body}}`) === written;
}

/** Omits ids, which repeat other fields, and insignificant digits of intervals. */
function abridged(this: unknown, key: string, value: unknown): unknown {
  if (key === 'id') return undefined;
  return (key === 'low' || key === 'high') && typeof value === 'number'
    ? Number(value.toPrecision(6))
    : value;
}

const LINE_FEED = 10;

function lastByte(file: string, length: number): number | undefined {
  const descriptor = fs.openSync(file, 'r');
  try {
    const byte = Buffer.alloc(1);
    fs.readSync(descriptor, byte, 0, 1, length - 1);
    return byte[0];
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * Reads a history. Truncated and altered lines are skipped and reported in `damage`; a night counts once.
 *
 * @throws GaussmarkError if the file cannot be read, comes from a newer version, or contains no line of a history
 */
export function readHistoryFile(file: string): HistoryFile {
  let text: string;
  try {
    // A pipe or a device may never end.
    if (!fs.statSync(file).isFile()) throw new Error('not a regular file');
    text = fs.readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GaussmarkError(`cannot read the history ${file}: ${(cause as Error).message}`, { file, cause });
  }
  const nights: Night[] = [];
  const acknowledgements: Acknowledgement[] = [];
  const damage: HistoryFile['damage'][number][] = [];
  const repeats: number[] = [];
  const seen = new Set<string>();
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const parsed = parseLine(line, file);
    if (parsed === undefined) {
      damage.push({ line: index + 1, kind: index === lines.length - 1 ? 'unfinished' : 'unreadable' });
    } else if (!isUnaltered(line)) damage.push({ line: index + 1, kind: 'altered' });
    else if (parsed.kind === 'acknowledgement') acknowledgements.push(parsed.acknowledgement);
    else if (seen.has(identityOf(parsed.night))) repeats.push(index + 1);
    else {
      seen.add(identityOf(parsed.night));
      nights.push(parsed.night);
    }
  });
  if (nights.length === 0 && damage.some(({ kind }) => kind === 'unreadable')) {
    throw new GaussmarkError(`${file} is not a history`, {
      file,
      expected: 'lines written by bench history add',
      got: lines[0]!.length > 60 ? `${lines[0]!.slice(0, 60)}…` : lines[0]!,
    });
  }
  return { file, nights, acknowledgements, damage, repeats };
}

const { id: _, samples: __, ...keptOfMeasures } = MeasureSchema.properties;

/** Not closed: later versions may add fields. */
const nightIssues = validator(
  Type.Object({
    created: snapshotSchema.properties.created,
    tool: Type.String(),
    revision: Type.Object(RevisionSchema.properties),
    machine: MachineSchema.properties.class,
    profile: Type.String(),
    measures: Type.Array(
      Type.Object({
        ...keptOfMeasures,
        low: Type.Optional(Type.Number()),
        high: Type.Optional(Type.Number()),
        count: Type.Optional(Type.Integer({ minimum: 1 })),
      }),
    ),
  }),
);

const acknowledgementIssues = validator(
  Type.Object({
    created: snapshotSchema.properties.created,
    commit: Type.String({ minLength: 1 }),
    measure: Type.Union([Type.String(), Type.Null()]),
    reason: Type.String(),
  }),
);

type Parsed =
  | { readonly kind: 'night'; readonly night: Night }
  | { readonly kind: 'acknowledgement'; readonly acknowledgement: Acknowledgement };

/** `undefined` if it is not a line of a history. */
function parseLine(line: string, file: string): Parsed | undefined {
  let document: Partial<LineHead> & Partial<Night> & Partial<Acknowledgement>;
  try {
    document = parseJson(line, { label: file }) as typeof document;
  } catch {
    return undefined;
  }
  if (document?.format !== HISTORY_FORMAT) return undefined;
  const { schemaVersion, kind } = document;
  if (typeof schemaVersion === 'number' && schemaVersion > SNAPSHOT_SCHEMA_VERSION) {
    throw new GaussmarkError(`${file} is a history of a newer gaussmark`, {
      file,
      expected: `schemaVersion ${SNAPSHOT_SCHEMA_VERSION}`,
      got: String(schemaVersion),
      remedy: 'read it with the version that wrote it, or a newer one',
    });
  }
  if (kind === 'night') {
    if (nightIssues(document).length > 0) return undefined;
    const night = document as Night;
    const measures = night.measures.map((measure) => ({ ...measure, id: measureId(measure) }));
    return { kind, night: { ...night, measures } };
  }
  if (kind !== 'acknowledgement' || acknowledgementIssues(document).length > 0) return undefined;
  return { kind, acknowledgement: document as Acknowledgement };
}

/**
 * The histories at a path: a file, or a directory with one file per class of machines.
 *
 * @throws GaussmarkError if there is none, or one cannot be read
 */
export function readHistories(place: string): HistoryFile[] {
  const files = historyFilesAt(place);
  if (files.length > 0) return files.map(readHistoryFile);
  throw new GaussmarkError(`there is no history in ${place}`, {
    expected: 'a file, or a directory of files, written by bench history add',
    remedy: 'start one: bench snapshot --out today.json, then bench history add today.json --history DIR',
  });
}

/** Whether there is a history at a path. */
export const hasHistories = (place: string): boolean => historyFilesAt(place).length > 0;

function historyFilesAt(place: string): string[] {
  const info = fs.statSync(place, { throwIfNoEntry: false });
  if (info?.isFile()) return [place];
  if (!info?.isDirectory()) return [];
  const names = fs.readdirSync(place).filter((name) => name.endsWith('.jsonl'));
  return names.sort().map((name) => path.join(place, name));
}
