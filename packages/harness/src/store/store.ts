// The store of a report: every run that ended, by the key of what its result depends on.

import { closeSync, existsSync, openSync, readdirSync, readSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { type FileSystem, GaussmarkError, withoutHome } from '@gaussmark/core';
import { decodeRecord, type RecordStatus, type RunRecord } from './record.js';
import { RecordWriter } from './record-writer.js';
import { type Damage, type Entry, scanFile } from './scan.js';

/** The folder of the records, beside their report. */
export const STORE_FOLDER = 'store';

/** The rank of a record among those with its key: runs that ended by themselves outrank those that were ended. */
const WEIGHTS: Readonly<Record<RecordStatus, number>> = {
  done: 2,
  'target-reached': 2,
  budget: 2,
  diverged: 2,
  skipped: 2,
  failed: 1,
  timeout: 1,
  'out-of-memory': 1,
  cancelled: 0,
};

/** Whether a record counts: cancelled runs are kept but do not. */
function isSettled(status: RecordStatus): boolean {
  return WEIGHTS[status] > 0;
}

/**
 * The records of a report directory. Records never change or disappear. Of those with one key, a run that ended by itself
 * supersedes a failed one, and a later one an earlier one. Two processes may thus run the same cell at once: both records have the
 * same numbers, and the later one counts.
 */
export class Store {
  readonly directory: string;
  readonly damage: readonly Damage[];
  /** All records, including cancelled runs. */
  readonly count: number;
  readonly #byKey = new Map<string, Entry>();
  readonly #byId = new Map<string, Entry>();
  readonly #writer: RecordWriter;
  #lostFiles = false;

  private constructor(
    directory: string,
    private readonly files: readonly string[],
    system?: FileSystem,
  ) {
    this.directory = directory;
    this.#writer = new RecordWriter(directory, system);
    const damage: Damage[] = [];
    let count = 0;
    for (const file of files) {
      try {
        const damaged = scanFile(file, (entry) => {
          count += 1;
          this.#index(entry);
        });
        for (const each of damaged) damage.push(each);
      } catch (cause) {
        // Another process may have set it aside.
        if (!isAbsence(cause)) throw unreadable(file, cause);
      }
    }
    this.damage = damage;
    this.count = count;
  }

  /**
   * Reads the store of a report directory; creates nothing.
   *
   * @throws GaussmarkError if it is not a readable directory
   */
  static open(reportDirectory: string, system?: FileSystem): Store {
    const directory = path.join(reportDirectory, STORE_FOLDER);
    return new Store(directory, recordFiles(directory), system);
  }

  /** A store that ignores existing records. */
  static empty(reportDirectory: string): Store {
    return new Store(path.join(reportDirectory, STORE_FOLDER), []);
  }

  /** The current record of a key. */
  get(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  /** The latest current record of a cell, by id, with any key. */
  latest(id: string): Entry | undefined {
    return this.#byId.get(withoutHome(id));
  }

  /** For each cell, the current record of the key it last ran with. */
  *latestEntries(): IterableIterator<Entry> {
    for (const { header } of this.#byId.values()) yield this.#byKey.get(header.key)!;
  }

  /** The current records, one per key. */
  entries(): IterableIterator<Entry> {
    return this.#byKey.values();
  }

  /**
   * Adds a record; returns when it is on disk.
   *
   * @throws StorageError if that fails
   */
  append(record: RunRecord): void {
    this.#writer.append(record);
  }

  /** Adds a record of another store unchanged. */
  copy(entry: Entry): void {
    this.copyAll([entry]);
  }

  /** Adds records of other stores unchanged; they are flushed to disk together. */
  copyAll(entries: readonly Entry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    const lines = entries.flatMap((entry) => [readPlace(entry), Buffer.from('\n')]);
    this.#writer.appendLine(Buffer.concat(lines), first.header.id);
    for (const entry of entries) this.#index(entry);
  }

  /**
   * Checks that this process's records are still there, and rewrites removed ones.
   *
   * @throws StorageError if that fails
   */
  verify(): void {
    this.#writer.verify();
    this.#lostFiles ||= this.files.some((file) => !existsSync(file));
  }

  /** Whether {@link verify} or {@link append} found that somebody removed, moved or truncated records. */
  get wasRemoved(): boolean {
    return this.#lostFiles || this.#writer.wasRemoved;
  }

  close(): void {
    this.#writer.close();
  }

  #index(entry: Entry): void {
    const { key, id, status } = entry.header;
    if (!isSettled(status)) return;
    if (countsBefore(entry, this.#byKey.get(key))) this.#byKey.set(key, entry);
    const other = this.#byId.get(id);
    if (other === undefined || entry.header.finished >= other.header.finished) this.#byId.set(id, entry);
  }
}

/** Whether a record supersedes another with its key. */
export function countsBefore({ header: a }: Entry, other: Entry | undefined): boolean {
  if (other === undefined) return true;
  const b = other.header;
  return (
    WEIGHTS[a.status] - WEIGHTS[b.status] > 0 ||
    (WEIGHTS[a.status] === WEIGHTS[b.status] && a.finished >= b.finished)
  );
}

/** Reads a whole record. */
export function readRecord(entry: Entry): RunRecord {
  return decodeRecord(readPlace(entry));
}

function readPlace({ place: { file, offset, length }, header }: Entry): Buffer {
  const changed = (cause?: unknown) =>
    new GaussmarkError(`the record of ${header.id} was moved or changed`, {
      file,
      got: cause instanceof Error ? cause.message : 'a shorter file',
      remedy: 'leave a store alone while it is in use, and repeat the command',
      cause,
    });
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const line = Buffer.allocUnsafe(length);
    for (let read = 0; read < length; ) {
      const more = readSync(descriptor, line, read, length - read, offset + read);
      if (more === 0) throw changed();
      read += more;
    }
    return line;
  } catch (error) {
    throw error instanceof GaussmarkError ? error : changed(error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function recordFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .map((name) => path.join(directory, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  } catch (cause) {
    if (isAbsence(cause)) return [];
    throw unreadable(directory, cause);
  }
}

/** Nothing exists there, or its parent is not a directory. */
const isAbsence = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

function unreadable(place: string, cause: unknown): GaussmarkError {
  return new GaussmarkError(`cannot read the stored runs in ${place}`, {
    expected: 'a readable directory',
    got: (cause as Error).message,
    remedy: 'fix that, or choose another directory',
    cause,
  });
}

/**
 * Sets the store of a report directory aside, so that a new one starts.
 *
 * @returns the new path of the old store; `undefined` if there was none
 */
export function setStoreAside(reportDirectory: string): string | undefined {
  const directory = path.join(reportDirectory, STORE_FOLDER);
  if (!existsSync(directory)) return undefined;
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${directory}-${time}`;
  renameSync(directory, aside);
  return aside;
}
