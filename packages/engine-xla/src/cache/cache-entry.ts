// A file of the cache: one line that says what it is, then the serialized executable.

import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';

const MAGIC = 'gaussmark-xla-executable 1';
const LONGEST_HEADER = 256;

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** @param key what the executable was compiled from */
export function encodeEntry(key: string, payload: Uint8Array): readonly (string | Uint8Array)[] {
  return [`${MAGIC} ${key} ${digest(payload)}\n`, payload];
}

/**
 * The executable in a file. Machine code runs with the user's rights, so a file that another user could have written does not
 * count, nor one that is damaged, cut off, or of another key.
 *
 * @returns undefined if there is none, or it cannot be trusted
 */
export function readEntry(file: string, key: string): Uint8Array | undefined {
  const content = readOwn(file);
  if (content === undefined) return undefined;
  const end = content.subarray(0, LONGEST_HEADER).indexOf(0x0a);
  if (end < 0) return undefined;
  const payload = content.subarray(end + 1);
  const header = Buffer.from(content.subarray(0, end)).toString('latin1');
  return header === `${MAGIC} ${key} ${digest(payload)}` ? payload : undefined;
}

/** A file's bytes, if only this user can write to it. */
function readOwn(file: string): Uint8Array | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const info = fstatSync(descriptor);
    const isForeign = process.getuid !== undefined && info.uid !== process.getuid();
    if (!info.isFile() || isForeign || (info.mode & OTHERS_WRITE) !== 0) return undefined;
    return readFileSync(descriptor);
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

const OTHERS_WRITE = 0o022;
