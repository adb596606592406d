// A file that only grows, line by line: whatever happens, earlier lines stay intact.

import path from 'node:path';
import {
  type FileSystem,
  flushDirectory,
  makeDirectory,
  removeEmptyDirectories,
  writeAll,
} from '@gaussmark/core';

/**
 * A line counts as written once it is flushed to disk. A kill or a power cut can only truncate the last line. If the disk fills
 * up within a line, the fragment is removed.
 */
export class AppendOnlyFile {
  /** Whether a fragment could not be removed: nothing more may be appended. */
  isTorn = false;
  readonly #descriptor: number;
  /** The outermost directory created for the file, if any. */
  readonly #made: string | undefined;
  readonly #isNew: boolean;
  /** Bytes of whole lines. */
  #length: number;

  /**
   * Opens a file, creating its directory if necessary. `length` is that of an existing file; without it, the file is new.
   *
   * @throws the file system's errors
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
   * Appends lines, including their line feeds; returns when they are on disk.
   *
   * @throws the file system's errors, after removing what was written of the lines
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

  /** Whether its path still leads to it and nobody truncated it: a removed file accepts writes, in vain. */
  isInPlace(): boolean {
    try {
      const named = this.system.statSync(this.file);
      const open = this.system.fstatSync(this.#descriptor);
      return named.ino === open.ino && named.dev === open.dev && open.size === this.#length;
    } catch {
      return false;
    }
  }

  /** The contents of the file, even if it was removed. */
  content(): Buffer {
    const bytes = Buffer.alloc(this.system.fstatSync(this.#descriptor).size);
    for (let read = 0; read < bytes.length; ) {
      const more = this.system.readSync(this.#descriptor, bytes, read, bytes.length - read, read);
      if (more === 0) return bytes.subarray(0, read);
      read += more;
    }
    return bytes;
  }

  /** Closes the file, and removes it if nothing was written. */
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
