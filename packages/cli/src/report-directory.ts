// Checks that a report and its runs can be written, before anything runs.

import fs from 'node:fs';
import path from 'node:path';
import { GaussmarkError, requireWritable, StorageError } from '@gaussmark/core';
import { reportFilesIn } from '@gaussmark/report';

/** Room for a big report and its temporary copy. */
const BYTES_NEEDED = 64 * 2 ** 20;

/**
 * Checks that a report can be written to a directory.
 *
 * @throws GaussmarkError if it cannot; StorageError if its disk is full
 */
export function requireReportPlace(directory: string): void {
  requireWritable(directory);
  for (const file of Object.values(reportFilesIn(directory))) {
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) continue;
    throw new GaussmarkError(`cannot write ${file}`, {
      expected: 'a file, or nothing',
      got: 'a directory',
      remedy: 'move it, or choose another directory with --out',
    });
  }
}

/**
 * Checks that a directory has room for a report and its runs.
 *
 * @throws GaussmarkError if it cannot be written; StorageError if its disk is full or nearly full
 */
export function requireRoom(directory: string): void {
  requireReportPlace(directory);
  const { bavail, bsize } = fs.statfsSync(nearestExisting(directory));
  const free = bavail * bsize;
  if (free < BYTES_NEEDED) {
    throw new StorageError(
      `the disk of ${directory} is full: ${mebibytes(free)} free, a report needs up to ${mebibytes(BYTES_NEEDED)}. ` +
        'Nothing ran; free some space, or choose another directory with --out',
    );
  }
}

function nearestExisting(directory: string): string {
  return fs.existsSync(directory) ? directory : nearestExisting(path.dirname(directory));
}

const mebibytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`;
