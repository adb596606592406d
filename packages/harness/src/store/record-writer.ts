// Writing records: every process has a file of its own, which it only appends to; two processes never write to one file.
//
// One record, one line, flushed to the disk before the run counts as recorded. Readers ignore a last line that was torn off.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { AppendOnlyFile, type FileSystem } from './append-only-file.js';
import { encodeRecord, type RunRecord } from './record.js';

export type { FileSystem } from './append-only-file.js';

/** Something could not be kept. What had been stored before is whole. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

export class RecordWriter {
  #file: AppendOnlyFile | undefined;

  /** Makes nothing yet: the directory and the file come with the first record. */
  constructor(
    private readonly directory: string,
    private readonly system: FileSystem = fs,
  ) {}

  /**
   * Appends a record, and returns when it is on the disk.
   *
   * @throws StorageError if it cannot be; no part of it is left behind that could be taken for a record.
   */
  append(record: RunRecord): void {
    this.appendLine(encodeRecord(record), record.header.id);
  }

  /** Appends the line of a record, its line feed included. `name` is what an error calls it. */
  appendLine(line: Buffer, name: string): void {
    try {
      this.#file ??= new AppendOnlyFile(this.#nextName(), this.system);
      this.#file.append(line);
    } catch (cause) {
      this.#leaveTornFile();
      throw storageError(
        this.directory,
        `the run ${name} could not be stored`,
        'give the same command again, which goes on from there',
        cause,
      );
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #nextName(): string {
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
    return path.join(this.directory, `${time}-${process.pid}-${randomUUID().slice(0, 8)}.jsonl`);
  }

  /** The next record opens another. */
  #leaveTornFile(): void {
    if (this.#file?.isTorn !== true) return;
    try {
      this.#file.close();
    } catch {
      // It is of no more use in any case.
    }
    this.#file = undefined;
  }
}

/**
 * What a full disk, or another failure of the file system, means for the user.
 *
 * @param lost what could not be kept
 * @param next what to do once there is room
 */
export function storageError(directory: string, lost: string, next: string, cause: unknown): StorageError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const what = full ? `the disk of ${directory} is full` : `cannot write into ${directory} (${message})`;
  const remedy = full ? 'free some space' : 'mend that';
  return new StorageError(`${what}: ${lost}. What was stored before is whole; ${remedy} and ${next}`, {
    cause,
  });
}
