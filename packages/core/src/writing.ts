// Writes files and streams completely, or throws an error that states what was lost. The whole project writes through here.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { lock } from '@gaussmark/autodiff';

/** The part of node:fs used here; tests substitute full, slow or failing ones. */
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

/** Text or bytes, whole or in pieces, which are never joined into one string. */
export type Content = string | Uint8Array | Iterable<string | Uint8Array>;

/**
 * Results could not be written (exit code 3). Everything written before is intact.
 *
 * @internal
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  /** The file or directory. */
  readonly place: string | undefined;
  /** What could not be saved. */
  readonly lost: string | undefined;
  readonly isDiskFull: boolean;

  constructor(message: string, options?: ErrorOptions & { place?: string; lost?: string }) {
    super(message, options);
    this.place = options?.place;
    this.lost = options?.lost;
    this.isDiskFull = isFull(options?.cause);
  }
}
lock(StorageError);

/**
 * Explains a full disk, or another failure of the file system.
 *
 * @param place the file or directory
 * @param lost what could not be saved
 * @param next what to do once the cause is fixed
 * @internal
 */
export function storageError(place: string, lost: string, next: string, cause: unknown): StorageError {
  const isDiskFull = isFull(cause);
  const what = isDiskFull
    ? `the disk with ${place} is full`
    : `cannot write to ${place} (${(cause as Error)?.message ?? cause})`;
  const remedy = isDiskFull ? 'free some space' : 'fix the cause';
  const message = `${what}: ${lost}. Earlier results are intact; ${remedy} and ${next}`;
  return new StorageError(message, { place, lost, cause });
}

/**
 * Whether an error means that no space is left, in Node's words or in those of a called tool.
 *
 * @internal
 */
export function isFull(error: unknown): boolean {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  return (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    /No space left on device|Disk quota exceeded/i.test(String(message))
  );
}

/** Bytes per system call. */
const BLOCK = 2 ** 16;
const LONGEST_WAIT_MS = 50;

/**
 * Writes everything to a descriptor, and returns once the system has taken it. The system may take less than offered, and
 * a non-blocking pipe nothing at all while its reader is busy; the rest is offered again.
 *
 * @returns the number of bytes
 * @throws the file system's own errors
 * @internal
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

/** Bytes taken by the system; 0 if it has no room right now. */
function offer(
  descriptor: number,
  block: Uint8Array,
  start: number,
  system: Pick<FileSystem, 'writeSync'>,
): number {
  try {
    const taken = system.writeSync(descriptor, block, start, block.length - start);
    if (taken > 0) return taken;
    throw Object.assign(new Error('EIO: the system wrote no bytes'), { code: 'EIO' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return 0;
  }
}

const sleep = (milliseconds: number) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Joins short pieces: one system call per line would dominate the time. */
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

/** Encodes UTF-8 in small parts, without splitting surrogate pairs. */
function* encoded(text: string): Generator<Uint8Array> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + 16 * BLOCK);
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
    yield Buffer.from(text.slice(start, end));
    start = end;
  }
}

export interface ReplaceOptions {
  /** What could not be saved, for the message: `the report could not be written`. */
  readonly lost: string;
  /** What to do next. */
  readonly next?: string;
  readonly system?: FileSystem;
}

/**
 * Replaces a file; see {@link replaceFiles}.
 *
 * @throws StorageError
 * @internal
 */
export function replaceFile(file: string, content: Content, options: ReplaceOptions): void {
  replaceFiles([[file, content]], options);
}

/**
 * Replaces files atomically: after a failure or a power cut, each is either the old one or complete. Writes temporary
 * files, flushes them, and renames them at the end; creates missing directories. A failure leaves nothing behind.
 * Devices and pipes (`/dev/stdout`) cannot be replaced and are written to directly.
 *
 * @throws StorageError
 * @internal
 */
export function replaceFiles(
  contents: readonly (readonly [file: string, content: Content])[],
  { lost, next = 'run the same command again', system = fs }: ReplaceOptions,
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
      // The file's own name may already have the maximum length.
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
    // Producing the content may fail as well.
    throw (cause as NodeJS.ErrnoException).code === undefined ? cause : storageError(file, lost, next, cause);
  }
  for (const directory of new Set(temporaries.map(([, target]) => path.dirname(target)))) {
    attempt(() => flushDirectory(directory, system));
  }
}

/** Follows a link, so that its target is replaced and not the link. */
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
    // Pipes and terminals cannot be flushed.
    if (flags === 'wx') system.fsyncSync(descriptor);
  } finally {
    system.closeSync(descriptor);
  }
}

/**
 * Creates a directory and its missing parents. (mkdir's `recursive` never returns under /proc.)
 *
 * @returns the outermost directory created; `undefined` if the directory existed
 * @throws the file system's own errors
 * @internal
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
    // Another process may have created it meanwhile.
    if (!fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
  return outermost ?? directory;
}

/**
 * Removes a directory and its subdirectories that contain no files.
 *
 * @internal
 */
export function removeEmptyDirectories(directory: string, system: Pick<FileSystem, 'rmdirSync'> = fs): void {
  attempt(() => {
    for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) removeEmptyDirectories(path.join(directory, entry.name), system);
    }
    system.rmdirSync(directory);
  });
}

/**
 * Flushes a directory, so that new names in it survive a power cut. Windows cannot, and needs no flush.
 *
 * @internal
 */
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

/** A failed cleanup must not hide the original error. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Leave it.
  }
}
