// Writes records. Each process appends to a file of its own, so no two processes write to the same file.
//
// A record is one line, flushed to disk before the run counts as recorded.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type FileSystem, storageError } from '@gaussmark/core';
import { AppendOnlyFile } from './append-only-file.js';
import { encodeRecord, type RunRecord } from './record.js';

export class RecordWriter {
  /** Whether somebody removed, moved or truncated the file; its records were then rewritten to another. */
  wasRemoved = false;
  #file: AppendOnlyFile | undefined;

  /** Creates nothing yet: directory and file come with the first record. */
  constructor(
    private readonly directory: string,
    private readonly system: FileSystem = fs,
  ) {}

  /**
   * Appends a record; returns when it is on disk.
   *
   * @throws StorageError if that fails; no fragment is left that could pass for a record
   */
  append(record: RunRecord): void {
    this.#guarded(`the run ${record.header.id} could not be stored`, () =>
      this.#append(encodeRecord(record)),
    );
  }

  /** Appends the line of a record, including its line feed. `name` is for errors. */
  appendLine(line: Buffer, name: string): void {
    this.#guarded(`the run ${name} could not be stored`, () => this.#append(line));
  }

  /**
   * Checks that everything appended is still there, and rewrites what is not.
   *
   * @throws StorageError if that fails
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

  /** Even without its path, an open file keeps its contents. */
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
      throw storageError(this.directory, lost, 'repeat the command: it resumes from there', cause);
    }
  }

  #nextName(): string {
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
    return path.join(this.directory, `${time}-${process.pid}-${randomUUID().slice(0, 8)}.jsonl`);
  }

  /** The next record opens another file. */
  #leaveTornFile(): void {
    if (this.#file?.isTorn !== true) return;
    try {
      this.#file.close();
    } catch {
      // The file is abandoned either way.
    }
    this.#file = undefined;
  }
}
