// What compiled machine code depends on: the plugin, and the processor or device.

import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { replaceFile } from '@gaussmark/core';

/**
 * The SHA-256 of a plugin. Hashing hundreds of megabytes takes tenths of a second, so it is remembered in `directory` for a
 * file that has not changed.
 */
export async function pluginHash(file: string, directory: string | undefined): Promise<string> {
  if (directory === undefined) return hashOf(file);
  const { size, mtimeNs, ino, dev } = statSync(file, { bigint: true });
  const state = createHash('sha256').update([path.resolve(file), size, mtimeNs, ino, dev].join('\n'));
  const memo = path.join(directory, `${state.digest('hex')}.sha256`);
  const known = readMemo(memo);
  if (known !== undefined) return known;
  const hash = await hashOf(file);
  try {
    replaceFile(memo, `${hash}\n`, { lost: 'the hash of a plugin' });
  } catch {
    // It is computed again next time.
  }
  return hash;
}

function readMemo(file: string): string | undefined {
  try {
    return /^([0-9a-f]{64})\n$/.exec(readFileSync(file, 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}

/** The processor: its model, and its features where the system tells them. */
export function processor(): string {
  const model = os.cpus()[0]?.model ?? 'unknown';
  let features = '';
  try {
    features = /^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[0] ?? '';
  } catch {
    // Not Linux.
  }
  return `${process.arch}\n${model}\n${features}`;
}
