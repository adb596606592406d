// A file that only grows, line by line: what was written before stays whole whatever happens meanwhile.

import type fs from 'node:fs';
import path from 'node:path';

/** What is needed of a file system. */
export type FileSystem = Pick<
  typeof fs,
  'openSync' | 'writeSync' | 'fsyncSync' | 'ftruncateSync' | 'closeSync' | 'mkdirSync'
>;

/**
 * Every line is flushed to the disk before it counts as written. A kill or a power cut can only tear the last line; a
 * disk that fills up in the middle of one is answered by taking the piece away again.
 */
export class AppendOnlyFile {
  /** Whether a piece of a line was left behind that could not be taken away: append no more. */
  isTorn = false;
  readonly #descriptor: number;
  /** Bytes of whole lines. */
  #length: number;

  /**
   * Opens a file in a directory that is made if need be. `length` is that of the file that is there; without it, the file is new.
   *
   * @throws the file system's own errors.
   */
  constructor(
    file: string,
    private readonly system: FileSystem,
    length?: number,
  ) {
    const directory = path.dirname(file);
    system.mkdirSync(directory, { recursive: true });
    this.#descriptor = system.openSync(file, length === undefined ? 'ax' : 'a');
    this.#length = length ?? 0;
    if (length === undefined) this.#flushDirectory(directory);
  }

  /**
   * Appends lines, line feeds included; returns when they are on the disk.
   *
   * @throws the file system's own errors, after what was written of the lines has been taken back.
   */
  append(lines: Buffer): void {
    const { system } = this;
    try {
      for (let written = 0; written < lines.length; ) {
        written += system.writeSync(this.#descriptor, lines, written);
      }
      system.fsyncSync(this.#descriptor);
      this.#length += lines.length;
    } catch (error) {
      this.#takeBack();
      throw error;
    }
  }

  close(): void {
    this.system.closeSync(this.#descriptor);
  }

  #takeBack(): void {
    try {
      this.system.ftruncateSync(this.#descriptor, this.#length);
    } catch {
      this.isTorn = true;
    }
  }

  /** A new file is safe when its directory is; where a directory cannot be flushed (Windows), the system sees to it. */
  #flushDirectory(directory: string): void {
    if (process.platform === 'win32') return;
    const descriptor = this.system.openSync(directory, 'r');
    try {
      this.system.fsyncSync(descriptor);
    } finally {
      this.system.closeSync(descriptor);
    }
  }
}
