// Making sure, before anything runs, that results can be written. Nothing stays behind of the attempt.

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { GaussmarkError, isFull, makeDirectory, removeEmptyDirectories, StorageError } from '@gaussmark/core';
import { reportFilesIn } from '@gaussmark/report';

/** Room for a big report and its temporary copy. */
const BYTES_NEEDED = 64 * 2 ** 20;
/** What a process that was killed left of a file that it replaced. */
const LEFTOVER = /^\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;
/** No file takes so long to write. */
const LEFTOVER_AGE_MS = 3_600_000;

/**
 * Writes and removes a file in a directory, which may not exist yet, and clears away what killed processes left there.
 *
 * @throws GaussmarkError if the directory cannot be made or written; StorageError if its disk is full.
 */
export function demandWritable(directory: string, option = '--out'): void {
  probe(directory, directory, `choose another directory with ${option}`);
}

/**
 * The same for a report, whose files replace those of their names.
 *
 * @throws GaussmarkError if the directory cannot be made or written, or a directory lies where a file goes; StorageError if
 *   its disk is full.
 */
export function demandReportPlace(directory: string): void {
  demandWritable(directory);
  for (const file of Object.values(reportFilesIn(directory))) {
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) continue;
    throw new GaussmarkError(`cannot write ${file}`, {
      expected: 'a file, or nothing',
      got: 'a directory',
      remedy: 'move it away, or choose another directory with --out',
    });
  }
}

/**
 * The same, with room for the results of a long command.
 *
 * @throws GaussmarkError if the directory cannot be made or written; StorageError if its disk is full or nearly so.
 */
export function demandRoom(directory: string): void {
  demandReportPlace(directory);
  const { bavail, bsize } = fs.statfsSync(nearestExisting(directory));
  const free = bavail * bsize;
  if (free < BYTES_NEEDED) {
    throw new StorageError(
      `the disk of ${directory} is full: ${mebibytes(free)} are free, and a report may take ` +
        `${mebibytes(BYTES_NEEDED)}. Nothing was run; free some space, or choose another directory with --out`,
    );
  }
}

/**
 * The same for a single file that will be replaced.
 *
 * @throws GaussmarkError if it cannot be; StorageError if its disk is full.
 */
export function demandWritableFile(file: string, option = '--out'): void {
  const remedy = `choose another file with ${option}`;
  const info = fs.existsSync(file) ? fs.statSync(file) : undefined;
  if (info?.isDirectory()) {
    throw new GaussmarkError(`cannot write ${file}`, { expected: 'a file', got: 'a directory', remedy });
  }
  // A device or a pipe takes what it is given.
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
      throw new StorageError(`the disk of ${place} is full. Nothing was run; free some space, or ${remedy}`, {
        cause,
      });
    }
    throw new GaussmarkError(`cannot write ${place}`, {
      expected: 'a place that can be written',
      got: cause instanceof Error ? cause.message : String(cause),
      remedy,
      cause,
    });
  } finally {
    try {
      fs.rmSync(file, { force: true });
    } catch {
      // Nothing was made where nothing can be removed.
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

function nearestExisting(directory: string): string {
  return fs.existsSync(directory) ? directory : nearestExisting(path.dirname(directory));
}

const mebibytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`;
