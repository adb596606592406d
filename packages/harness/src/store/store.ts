// The store of a report: every run that ended, found again by what its result depends on.

import { closeSync, existsSync, openSync, readdirSync, readSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { type FileSystem, GaussmarkError, withoutHome } from '@gaussmark/core';
import { decodeRecord, type RecordStatus, type RunRecord } from './record.js';
import { RecordWriter } from './record-writer.js';
import { type Damage, type Entry, scanFile } from './scan.js';

/** The folder of the records, beside the report that is made of them. */
export const STORE_FOLDER = 'store';

/** How much a record counts against others of its key: what ended by itself counts more than what was ended. */
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

/** Whether a record is the end of its run: one that was cancelled is kept, and does not count. */
function isSettled(status: RecordStatus): boolean {
  return WEIGHTS[status] > 0;
}

/**
 * Records of one report directory. Nothing is ever changed or removed: of several records with one key, one that ended by
 * itself counts before one that failed, and a later one before an earlier one. So two processes may run the same cell at
 * once: both are kept, their numbers are the same, and the later counts.
 */
export class Store {
  readonly directory: string;
  readonly damage: readonly Damage[];
  /** All records, cancelled ones too. */
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
        // Another process may have put it aside.
        if (!isAbsence(cause)) throw unreadable(file, cause);
      }
    }
    this.damage = damage;
    this.count = count;
  }

  /**
   * Reads what there is in the store of a report directory; makes nothing.
   *
   * @throws GaussmarkError if something else lies there, or it may not be read
   */
  static open(reportDirectory: string, system?: FileSystem): Store {
    const directory = path.join(reportDirectory, STORE_FOLDER);
    return new Store(directory, recordFiles(directory), system);
  }

  /** A store that does not know what there is. */
  static empty(reportDirectory: string): Store {
    return new Store(path.join(reportDirectory, STORE_FOLDER), []);
  }

  /** The record that counts for a key. */
  get(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  /** The record that counts of those with a cell's id, whatever their keys; the latest. */
  latest(id: string): Entry | undefined {
    return this.#byId.get(withoutHome(id));
  }

  /** Of each cell, the record that counts for the key that it was last run with. */
  *latestEntries(): IterableIterator<Entry> {
    for (const { header } of this.#byId.values()) yield this.#byKey.get(header.key)!;
  }

  /** The records that count, one per key. */
  entries(): IterableIterator<Entry> {
    return this.#byKey.values();
  }

  /**
   * Adds a record; returns when it is on the disk.
   *
   * @throws StorageError if it cannot be stored.
   */
  append(record: RunRecord): void {
    this.#writer.append(record);
  }

  /** Adds a record of another store as it is. */
  copy(entry: Entry): void {
    this.#writer.appendLine(Buffer.concat([readPlace(entry), Buffer.from('\n')]), entry.header.id);
    this.#index(entry);
  }

  /**
   * Sees that the records are still there: what this process appended is written again if it was removed.
   *
   * @throws StorageError if it cannot be.
   */
  verify(): void {
    this.#writer.verify();
    this.#lostFiles ||= this.files.some((file) => !existsSync(file));
  }

  /** Whether {@link verify}, or appending, found that somebody removed, moved or cut records. */
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

/** Whether a record counts rather than another of its key. */
export function countsBefore({ header: a }: Entry, other: Entry | undefined): boolean {
  if (other === undefined) return true;
  const b = other.header;
  return (
    WEIGHTS[a.status] - WEIGHTS[b.status] > 0 ||
    (WEIGHTS[a.status] === WEIGHTS[b.status] && a.finished >= b.finished)
  );
}

/** A whole record. */
export function readRecord(entry: Entry): RunRecord {
  return decodeRecord(readPlace(entry));
}

function readPlace({ place: { file, offset, length }, header }: Entry): Buffer {
  const changed = (cause?: unknown) =>
    new GaussmarkError(`the record of ${header.id} is no longer where it was`, {
      file,
      got: cause instanceof Error ? cause.message : 'a shorter file',
      remedy: 'let nobody change a store that is in use, and give the same command again',
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

/** Nothing there, or nothing that could hold it. */
const isAbsence = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

function unreadable(place: string, cause: unknown): GaussmarkError {
  return new GaussmarkError(`cannot read the stored runs in ${place}`, {
    expected: 'a directory that can be read',
    got: (cause as Error).message,
    remedy: 'fix that, or choose another directory',
    cause,
  });
}

/**
 * Puts the store of a report directory aside, so that a new one begins.
 *
 * @returns where the old one lies now; `undefined` if there was none
 */
export function setStoreAside(reportDirectory: string): string | undefined {
  const directory = path.join(reportDirectory, STORE_FOLDER);
  if (!existsSync(directory)) return undefined;
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${directory}-${time}`;
  renameSync(directory, aside);
  return aside;
}
