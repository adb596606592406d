// Checks that files and directories can be written, before anything runs. The checks leave nothing behind.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { GaussmarkError } from './errors.js';
import { isFull, makeDirectory, removeEmptyDirectories, StorageError } from './writing.js';

/** A temporary file left by a killed process. */
const LEFTOVER = /^\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;
/** Older than any file still being written. */
const LEFTOVER_AGE_MS = 3_600_000;

/**
 * Checks that a directory, existing or not, can be written; removes leftovers of killed processes.
 *
 * @throws GaussmarkError if it cannot; StorageError if its disk is full
 * @internal
 */
export function requireWritable(directory: string, option = '--out'): void {
  probe(directory, directory, `choose another directory with ${option}`);
}

/**
 * Checks that a file can be written or replaced.
 *
 * @throws GaussmarkError if it cannot; StorageError if its disk is full
 * @internal
 */
export function requireWritableFile(file: string, option = '--out'): void {
  const remedy = `choose another file with ${option}`;
  const info = fs.existsSync(file) ? fs.statSync(file) : undefined;
  if (info?.isDirectory()) {
    throw new GaussmarkError(`cannot write ${file}`, { expected: 'a file', got: 'a directory', remedy });
  }
  // Devices and pipes accept any write.
  if (info === undefined || info.isFile()) probe(path.dirname(path.resolve(file)), file, remedy);
}

function probe(directory: string, place: string, remedy: string): void {
  const file = path.join(directory, `.${randomUUID()}.tmp`);
  let made: string | undefined;
  try {
    made = makeDirectory(directory);
    sweep(directory);
    fs.writeFileSync(file, 'gaussmark');
  } catch (cause) {
    if (isFull(cause)) {
      throw new StorageError(`the disk of ${place} is full. Nothing ran; free some space, or ${remedy}`, {
        cause,
      });
    }
    throw new GaussmarkError(`cannot write ${place}`, {
      expected: 'a writable place',
      got: cause instanceof Error ? cause.message : String(cause),
      remedy,
      cause,
    });
  } finally {
    try {
      fs.rmSync(file, { force: true });
    } catch {
      // The file was never created.
    }
    if (made !== undefined) removeEmptyDirectories(made);
  }
}

function sweep(directory: string): void {
  for (const name of fs.readdirSync(directory)) {
    if (!LEFTOVER.test(name)) continue;
    const file = path.join(directory, name);
    const age = Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > LEFTOVER_AGE_MS) fs.rmSync(file, { force: true });
  }
}
