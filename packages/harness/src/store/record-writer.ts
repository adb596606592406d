// Writing records so that whatever happens meanwhile, what was written before stays whole.
//
// Every process has a file of its own, which it only appends to: one record, one line, flushed to the disk before the run
// counts as recorded. A kill or a power cut can then only tear the last line of a file, which readers ignore; a disk that
// fills up in the middle of a line is answered by taking the piece away again. Two processes never write to one file.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { encodeRecord, type RunRecord } from './record.js';

/** What the writer needs of a file system. */
export type FileSystem = Pick<
  typeof fs,
  'openSync' | 'writeSync' | 'fsyncSync' | 'ftruncateSync' | 'closeSync' | 'mkdirSync'
>;

/** A record could not be kept. What had been stored before is whole. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

interface OpenFile {
  readonly descriptor: number;
  /** Bytes of whole records. */
  length: number;
}

export class RecordWriter {
  #file: OpenFile | undefined;

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
    const { system } = this;
    try {
      const file = this.#open();
      for (let written = 0; written < line.length; ) {
        written += system.writeSync(file.descriptor, line, written);
      }
      system.fsyncSync(file.descriptor);
      file.length += line.length;
    } catch (cause) {
      this.#takeBack();
      throw new StorageError(describe(this.directory, name, cause), { cause });
    }
  }

  close(): void {
    if (this.#file !== undefined) this.system.closeSync(this.#file.descriptor);
    this.#file = undefined;
  }

  #open(): OpenFile {
    if (this.#file !== undefined) return this.#file;
    const { system, directory } = this;
    system.mkdirSync(directory, { recursive: true });
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const name = path.join(directory, `${time}-${process.pid}-${randomUUID().slice(0, 8)}.jsonl`);
    const file = { descriptor: system.openSync(name, 'ax'), length: 0 };
    this.#file = file;
    this.#flushDirectory();
    return file;
  }

  /** A new file is safe when its directory is; where a directory cannot be flushed (Windows), the system sees to it. */
  #flushDirectory(): void {
    if (process.platform === 'win32') return;
    const descriptor = this.system.openSync(this.directory, 'r');
    try {
      this.system.fsyncSync(descriptor);
    } finally {
      this.system.closeSync(descriptor);
    }
  }

  /** Takes back what was written of a record; if that fails too, the file is left alone and the next record opens another. */
  #takeBack(): void {
    const file = this.#file;
    if (file === undefined) return;
    try {
      this.system.ftruncateSync(file.descriptor, file.length);
    } catch {
      this.#file = undefined;
      try {
        this.system.closeSync(file.descriptor);
      } catch {
        // It is of no more use in any case.
      }
    }
  }
}

function describe(directory: string, name: string, cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const what = full ? `the disk of ${directory} is full` : `cannot write into ${directory} (${message})`;
  return (
    `${what}: the run ${name} could not be stored. What was stored before is whole; ` +
    `${full ? 'free some space' : 'mend that'} and give the same command again, which goes on from there`
  );
}
