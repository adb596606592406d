// A file that only grows, line by line: what was written before stays whole whatever happens meanwhile.

import path from 'node:path';
import {
  type FileSystem,
  flushDirectory,
  makeDirectory,
  removeEmptyDirectories,
  writeAll,
} from '@gaussmark/core';

/**
 * Every line is flushed to the disk before it counts as written. A kill or a power cut can only tear the last line; a
 * disk that fills up in the middle of one is answered by taking the piece away again.
 */
export class AppendOnlyFile {
  /** Whether a piece of a line was left behind that could not be taken away: append no more. */
  isTorn = false;
  readonly #descriptor: number;
  /** The outermost directory that was made for the file, if any. */
  readonly #made: string | undefined;
  readonly #isNew: boolean;
  /** Bytes of whole lines. */
  #length: number;

  /**
   * Opens a file in a directory that is made if need be. `length` is that of the file that is there; without it, the file is new.
   *
   * @throws the file system's own errors.
   */
  constructor(
    private readonly file: string,
    private readonly system: FileSystem,
    length?: number,
  ) {
    const directory = path.dirname(file);
    this.#isNew = length === undefined;
    this.#length = length ?? 0;
    this.#made = makeDirectory(directory, system);
    try {
      this.#descriptor = system.openSync(file, this.#isNew ? 'ax+' : 'a+');
    } catch (error) {
      if (this.#made !== undefined) removeEmptyDirectories(this.#made, system);
      throw error;
    }
    if (this.#isNew) flushDirectory(directory, system);
  }

  /**
   * Appends lines, line feeds included; returns when they are on the disk.
   *
   * @throws the file system's own errors, after what was written of the lines has been taken back.
   */
  append(lines: Buffer): void {
    const { system } = this;
    try {
      writeAll(this.#descriptor, lines, system);
      system.fsyncSync(this.#descriptor);
      this.#length += lines.length;
    } catch (error) {
      this.#takeBack();
      throw error;
    }
  }

  /** Whether it is still what its name leads to, and nobody cut it: a file that was removed takes what is written, in vain. */
  isInPlace(): boolean {
    try {
      const named = this.system.statSync(this.file);
      const open = this.system.fstatSync(this.#descriptor);
      return named.ino === open.ino && named.dev === open.dev && open.size === this.#length;
    } catch {
      return false;
    }
  }

  /** What is in the file, also if its name is gone. */
  content(): Buffer {
    const bytes = Buffer.alloc(this.system.fstatSync(this.#descriptor).size);
    for (let read = 0; read < bytes.length; ) {
      const more = this.system.readSync(this.#descriptor, bytes, read, bytes.length - read, read);
      if (more === 0) return bytes.subarray(0, read);
      read += more;
    }
    return bytes;
  }

  /** Closes it; a file into which nothing could be written leaves no trace. */
  close(): void {
    this.system.closeSync(this.#descriptor);
    if (!this.#isNew || this.#length > 0 || this.isTorn) return;
    this.system.rmSync(this.file, { force: true });
    if (this.#made !== undefined) removeEmptyDirectories(this.#made, this.system);
  }

  #takeBack(): void {
    try {
      this.system.ftruncateSync(this.#descriptor, this.#length);
    } catch {
      this.isTorn = true;
    }
  }
}
