// Making sure, before anything runs, that a report can be written.

import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GaussmarkError } from '@gaussmark/core';

/** Room that a big report takes, with its temporary copy. */
const BYTES_NEEDED = 64 * 2 ** 20;

/**
 * Makes the directory if need be, and writes and removes a file in it.
 *
 * @returns the outermost directory that had to be made, if any
 * @throws GaussmarkError if it cannot be made or written, or the disk is full.
 */
export async function demandWritable(directory: string): Promise<string | undefined> {
  const remedy = 'choose another directory with --out';
  const probe = path.join(directory, `.${randomUUID()}.tmp`);
  let made: string | undefined;
  try {
    made = await makeDirectory(directory);
    await writeFile(probe, 'gaussmark');
    await rm(probe);
  } catch (cause) {
    await rm(probe, { force: true }).catch(() => undefined);
    throw new GaussmarkError(`cannot write reports into ${directory}`, {
      expected: 'a directory that can be written',
      got: cause instanceof Error ? cause.message : String(cause),
      remedy,
      cause,
    });
  }
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= BYTES_NEEDED) return made;
  throw new GaussmarkError(`the disk of ${directory} is full`, {
    expected: `${BYTES_NEEDED / 2 ** 20} MiB free`,
    got: `${Math.floor((bavail * bsize) / 2 ** 20)} MiB`,
    remedy: `free some, or ${remedy}`,
  });
}

/** Makes a directory and those around it; returns the outermost one made. (`recursive` never returns under /proc.) */
async function makeDirectory(directory: string): Promise<string | undefined> {
  const exists = await stat(directory).then(
    (info) => info.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  if (exists) return undefined;
  const parent = path.dirname(directory);
  const outermost = parent === directory ? undefined : await makeDirectory(parent);
  await mkdir(directory);
  return outermost ?? directory;
}
