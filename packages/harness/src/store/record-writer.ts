// Writing records: every process has a file of its own, which it only appends to; two processes never write to one file.
//
// One record, one line, flushed to the disk before the run counts as recorded.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type FileSystem, storageError } from '@gaussmark/core';
import { AppendOnlyFile } from './append-only-file.js';
import { encodeRecord, type RunRecord } from './record.js';

export class RecordWriter {
  /** Whether the file was removed, moved or cut by somebody else; what it held was then written again, to another. */
  wasRemoved = false;
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
    this.#guarded(`the run ${record.header.id} could not be stored`, () =>
      this.#append(encodeRecord(record)),
    );
  }

  /** Appends the line of a record, its line feed included. `name` is what an error calls it. */
  appendLine(line: Buffer, name: string): void {
    this.#guarded(`the run ${name} could not be stored`, () => this.#append(line));
  }

  /**
   * Sees that all that was appended is still there, and writes it again where it is not.
   *
   * @throws StorageError if it cannot be.
   */
  verify(): void {
    this.#guarded('the runs of this command could not be stored again', () => this.#restore());
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #append(line: Buffer): void {
    this.#file ??= new AppendOnlyFile(this.#nextName(), this.system);
    this.#file.append(line);
    this.#restore();
  }

  /** The name may be gone; what was written is there as long as it is open. */
  #restore(): void {
    const file = this.#file;
    if (file === undefined || file.isInPlace()) return;
    this.wasRemoved = true;
    const content = file.content();
    this.#file = new AppendOnlyFile(this.#nextName(), this.system);
    this.#file.append(content);
    file.close();
  }

  #guarded(lost: string, action: () => void): void {
    try {
      action();
    } catch (cause) {
      this.#leaveTornFile();
      throw storageError(
        this.directory,
        lost,
        'give the same command again, which goes on from there',
        cause,
      );
    }
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
