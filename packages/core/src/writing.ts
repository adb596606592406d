// Writing: all of it or an error that says what was lost. Every file and every stream of the project is written here.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { lock } from '@gaussmark/autodiff';

/** What is needed of a file system; tests give one that is full, slow or torn. */
export type FileSystem = Pick<
  typeof fs,
  | 'openSync'
  | 'writeSync'
  | 'fsyncSync'
  | 'ftruncateSync'
  | 'fstatSync'
  | 'statSync'
  | 'readSync'
  | 'closeSync'
  | 'mkdirSync'
  | 'renameSync'
  | 'rmSync'
  | 'rmdirSync'
>;

/** Text or bytes, whole or in pieces: what is too long for one string is never one. */
export type Content = string | Uint8Array | Iterable<string | Uint8Array>;

/** Results could not be written (exit code 3). What had been written before is whole. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}
lock(StorageError);

/**
 * What a full disk, or another failure of the file system, means for the user.
 *
 * @param place the file or directory
 * @param lost what could not be kept
 * @param next what to do once that is fixed
 */
export function storageError(place: string, lost: string, next: string, cause: unknown): StorageError {
  const full = isFull(cause);
  const what = full
    ? `the disk of ${place} is full`
    : `cannot write into ${place} (${(cause as Error)?.message ?? cause})`;
  const remedy = full ? 'free some space' : 'fix that';
  return new StorageError(`${what}: ${lost}. What was stored before is whole; ${remedy} and ${next}`, {
    cause,
  });
}

/** Whether an error says that there is no room left; tools that were called say so in their own words. */
export function isFull(error: unknown): boolean {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  return (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    /No space left on device|Disk quota exceeded/i.test(String(message))
  );
}

/** Bytes that are handed to the system at once. */
const BLOCK = 2 ** 16;
const LONGEST_WAIT_MS = 50;

/**
 * Writes everything to a descriptor and returns when the system has taken it. A system may take less than it is given, and a
 * pipe that does not block may take nothing for as long as its reader is busy: what is left is offered again.
 *
 * @returns the number of bytes
 * @throws the file system's own errors
 */
export function writeAll(
  descriptor: number,
  content: Content,
  system: Pick<FileSystem, 'writeSync'> = fs,
): number {
  let total = 0;
  for (const block of blocksOf(content)) {
    for (let written = 0, wait = 1; written < block.length; ) {
      const taken = offer(descriptor, block, written, system);
      written += taken;
      wait = taken > 0 ? 1 : Math.min(LONGEST_WAIT_MS, 2 * wait);
      if (taken === 0) sleep(wait);
    }
    total += block.length;
  }
  return total;
}

/** Bytes that the system took; 0 if it has no room at the moment. */
function offer(
  descriptor: number,
  block: Uint8Array,
  start: number,
  system: Pick<FileSystem, 'writeSync'>,
): number {
  try {
    const taken = system.writeSync(descriptor, block, start, block.length - start);
    if (taken > 0) return taken;
    throw Object.assign(new Error('EIO: the system took nothing of what was written'), { code: 'EIO' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return 0;
  }
}

const sleep = (milliseconds: number) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Short pieces joined: a call of the system for each line would take most of the time. */
function* blocksOf(content: Content): Generator<Uint8Array> {
  if (content instanceof Uint8Array) {
    yield content;
    return;
  }
  let text = '';
  for (const piece of typeof content === 'string' ? [content] : content) {
    if (typeof piece === 'string') text += piece;
    if (typeof piece !== 'string' || text.length >= BLOCK) {
      yield* encoded(text);
      text = '';
    }
    if (typeof piece !== 'string') yield piece;
  }
  yield* encoded(text);
}

/** UTF-8, in parts whose bytes are few; never cut between the halves of a surrogate pair. */
function* encoded(text: string): Generator<Uint8Array> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + 16 * BLOCK);
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
    yield Buffer.from(text.slice(start, end));
    start = end;
  }
}

export interface ReplaceOptions {
  /** What could not be kept if it fails, for the message: `the report could not be written`. */
  readonly lost: string;
  /** What to do then. */
  readonly next?: string;
  readonly system?: FileSystem;
}

/**
 * Replaces a file, see {@link replaceFiles}.
 *
 * @throws StorageError
 */
export function replaceFile(file: string, content: Content, options: ReplaceOptions): void {
  replaceFiles([[file, content]], options);
}

/**
 * Replaces files: each is the old one or complete, also after a power cut. They are written under other names, flushed to the
 * disk, and renamed once all are; the directories that lead to them are made. If one fails, nothing of it stays behind.
 * A device or a pipe (`/dev/stdout`) cannot be replaced and is written to.
 *
 * @throws StorageError
 */
export function replaceFiles(
  contents: readonly (readonly [file: string, content: Content])[],
  { lost, next = 'give the same command again', system = fs }: ReplaceOptions,
): void {
  const temporaries: [temporary: string, target: string][] = [];
  const made: string[] = [];
  let file = '';
  try {
    for (const [given, content] of contents) {
      file = given;
      const { target, isSpecial } = targetOf(given);
      if (isSpecial) {
        writeTo(target, 'w', content, system);
        continue;
      }
      const outermost = makeDirectory(path.dirname(target), system);
      if (outermost !== undefined) made.push(outermost);
      // Its own name might be as long as a name can be.
      const temporary = path.join(path.dirname(target), `.${randomUUID()}.tmp`);
      temporaries.push([temporary, target]);
      writeTo(temporary, 'wx', content, system);
    }
    for (const [temporary, target] of temporaries) {
      file = target;
      system.renameSync(temporary, target);
    }
  } catch (cause) {
    for (const [temporary] of temporaries) attempt(() => system.rmSync(temporary, { force: true }));
    for (const directory of made.reverse()) removeEmptyDirectories(directory, system);
    // What the content is made of may fail as well.
    throw (cause as NodeJS.ErrnoException).code === undefined ? cause : storageError(file, lost, next, cause);
  }
  for (const directory of new Set(temporaries.map(([, target]) => path.dirname(target)))) {
    attempt(() => flushDirectory(directory, system));
  }
}

/** A link stays one: what it leads to is replaced. */
function targetOf(file: string): { readonly target: string; readonly isSpecial: boolean } {
  try {
    const info = fs.statSync(file);
    return info.isFile() || info.isDirectory()
      ? { target: fs.realpathSync(file), isSpecial: false }
      : { target: file, isSpecial: true };
  } catch {
    return { target: path.resolve(file), isSpecial: false };
  }
}

function writeTo(file: string, flags: 'w' | 'wx', content: Content, system: FileSystem): void {
  const descriptor = system.openSync(file, flags);
  try {
    writeAll(descriptor, content, system);
    // A pipe or a terminal has nothing to flush.
    if (flags === 'wx') system.fsyncSync(descriptor);
  } finally {
    system.closeSync(descriptor);
  }
}

/**
 * Makes a directory and those around it. (`recursive` never returns under /proc.)
 *
 * @returns the outermost one that was made; `undefined` if it was there
 * @throws the file system's own errors
 */
export function makeDirectory(
  directory: string,
  system: Pick<FileSystem, 'mkdirSync'> = fs,
): string | undefined {
  const info = fs.statSync(directory, { throwIfNoEntry: false });
  if (info?.isDirectory()) return undefined;
  const parent = path.dirname(directory);
  const outermost = info !== undefined || parent === directory ? undefined : makeDirectory(parent, system);
  try {
    system.mkdirSync(directory);
  } catch (error) {
    if (outermost !== undefined) removeEmptyDirectories(outermost);
    // Another process may have been faster.
    if (!fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
  return outermost ?? directory;
}

/** Removes a directory and those inside, as far as they hold no file. */
export function removeEmptyDirectories(directory: string, system: Pick<FileSystem, 'rmdirSync'> = fs): void {
  attempt(() => {
    for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) removeEmptyDirectories(path.join(directory, entry.name), system);
    }
    system.rmdirSync(directory);
  });
}

/** A new name is safe when its directory is; where a directory cannot be flushed (Windows), the system sees to it. */
export function flushDirectory(
  directory: string,
  system: Pick<FileSystem, 'openSync' | 'fsyncSync' | 'closeSync'> = fs,
): void {
  if (process.platform === 'win32') return;
  const descriptor = system.openSync(directory, 'r');
  try {
    system.fsyncSync(descriptor);
  } finally {
    system.closeSync(descriptor);
  }
}

/** Cleaning up must not hide why it is done. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // It stays behind.
  }
}
