// Compiled programs on disk: loading one costs milliseconds, compiling it seconds.

import { createHash } from 'node:crypto';
import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '@gaussmark/core';
import { type Client, type Flags, type LoadedExecutable, PjrtError } from '../pjrt/index.js';
import { encodeEntry, readEntry } from './cache-entry.js';

/** Compilations that took less are not kept: loading would save little. */
const WORTH_SECONDS = 0.25;
const MOST_BYTES = 512 * 2 ** 20;
const SUFFIX = '.xla';

export interface CacheOptions {
  /** Undefined keeps nothing. */
  readonly directory: string | undefined;
  /**
   * What machine code depends on besides the program: the plugin's hash, the device or processor, the number of threads. A part
   * of every key.
   */
  readonly identity: string;
  /** Seconds from which a compilation is worth keeping. */
  readonly worthSeconds?: number;
  readonly mostBytes?: number;
}

export class ExecutableCache {
  constructor(private readonly options: CacheOptions) {}

  /**
   * Loads a program from the cache, or compiles it. A damaged, foreign or refused file is replaced. A cache that cannot be read or
   * written costs time and nothing else.
   *
   * @throws PjrtError if the program does not compile
   */
  async load(client: Client, text: string, flags: Flags): Promise<LoadedExecutable> {
    const { directory, identity, worthSeconds = WORTH_SECONDS } = this.options;
    if (directory === undefined) return client.compile(text, flags);
    const key = createHash('sha256')
      .update(JSON.stringify([identity, Object.entries(flags).sort()]))
      .update('\n')
      .update(text)
      .digest('hex');
    const file = path.join(directory, `${key}${SUFFIX}`);
    const found = await loadEntry(client, file, key);
    if (found !== undefined) return found;
    const start = performance.now();
    const executable = await client.compile(text, flags);
    if ((performance.now() - start) / 1000 >= worthSeconds) this.keep(file, key, executable);
    return executable;
  }

  private keep(file: string, key: string, executable: LoadedExecutable): void {
    const { directory, mostBytes = MOST_BYTES } = this.options;
    try {
      replaceFile(file, encodeEntry(key, executable.serialize()), { lost: 'a compiled program' });
      prune(directory!, mostBytes);
    } catch {
      // A full disk, a read-only directory, a plugin that cannot serialize: the program is compiled again next time.
    }
  }
}

async function loadEntry(client: Client, file: string, key: string): Promise<LoadedExecutable | undefined> {
  const bytes = readEntry(file, key);
  if (bytes === undefined) return undefined;
  try {
    const executable = await client.load(bytes);
    touch(file);
    return executable;
  } catch (error) {
    if (!(error instanceof PjrtError)) throw error;
    return undefined;
  }
}

/** Marks a file as used, for {@link prune}. */
function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Removed meanwhile.
  }
}

/** Removes the files not used for the longest time, until the rest fit. */
export function prune(directory: string, mostBytes: number): void {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith(SUFFIX))
    .flatMap((name) => {
      const file = path.join(directory, name);
      const info = statSync(file, { throwIfNoEntry: false });
      return info === undefined ? [] : [{ file, bytes: info.size, used: info.mtimeMs }];
    })
    .sort((a, b) => b.used - a.used);
  let total = 0;
  for (const { file, bytes } of files) {
    total += bytes;
    if (total > mostBytes) rmSync(file, { force: true });
  }
}
