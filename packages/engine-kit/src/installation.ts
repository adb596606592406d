// Installs a native part of an engine: made in a folder beside its place, tried, and moved there as a whole.

import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  defined,
  GaussmarkError,
  type InstallResult,
  isFull,
  makeDirectory,
  StorageError,
  storageError,
} from '@gaussmark/core';
import { type RunOptions, runTool } from './tool.js';

export interface Installation {
  /** What is installed, as errors call it: `the plugin`. */
  readonly what: string;
  /**
   * Makes the part and tries it.
   *
   * @param root where to make it; does not exist yet
   * @param work a folder for everything else; removed afterwards
   * @returns what was found: names and versions
   */
  make(root: string, work: string): Promise<string>;
}

/**
 * Installs a part. Until it works, an existing one stays as it is; after a failure nothing is left. What a killed installation left
 * behind, which may be gigabytes, is removed by the next one.
 *
 * @param directory the part's place
 * @throws GaussmarkError if another process is installing it, or as `make` throws; StorageError if files cannot be written
 * @internal
 */
export async function installInto(directory: string, { what, make }: Installation): Promise<InstallResult> {
  let work: string | undefined;
  try {
    makeDirectory(path.dirname(directory));
    work = mkdtempSync(`${prefixOf(directory)}${process.pid}-`);
    settleWithOthers(directory, work);
    const root = path.join(work, 'root');
    const found = await make(root, work);
    replaceFolder(directory, root, path.join(work, 'previous'));
    return { directory, found };
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    // The error of this process, or of a tool.
    const isStorage = isFull(error) || /^(mkdir|mkdtemp|open|write|rename|rm)/.test(syscall ?? '');
    if (error instanceof StorageError || !isStorage) throw error;
    const next = 'run the same command again, or set GAUSSMARK_CACHE to another directory';
    throw storageError(directory, `${what} could not be installed`, next, error);
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  }
}

/** Folders of installations name their machine, with which a cache may be shared, and their process. */
const prefixOf = (directory: string): string => `${directory}.partial-${os.hostname()}-`;

/** Removes what ended processes left behind. @throws GaussmarkError if another installation of the same part is running */
function settleWithOthers(directory: string, own: string): void {
  const parent = path.dirname(directory);
  const prefix = path.basename(prefixOf(directory));
  for (const name of readdirSync(parent)) {
    const owner = name.startsWith(prefix) ? /^(\d+)-[^-]+$/.exec(name.slice(prefix.length)) : null;
    if (owner === null || name === path.basename(own)) continue;
    const pid = Number(owner[1]);
    if (runs(pid)) {
      throw new GaussmarkError(`${path.basename(directory)} is being installed already`, {
        got: `process ${pid}`,
        remedy: 'wait until it has ended, or end it',
      });
    }
    rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Renames: an installation that is killed in between leaves the old folder, none, or the new one, never a part of one. */
function replaceFolder(place: string, made: string, previous: string): void {
  const isReplaced = existsSync(place);
  if (isReplaced) renameSync(place, previous);
  try {
    renameSync(made, place);
  } catch (error) {
    if (isReplaced) renameSync(previous, place);
    throw error;
  }
}

/**
 * Rejects other systems than Linux on x86-64.
 *
 * @param what `xla-cpu`
 * @throws GaussmarkError with the remedy
 * @internal
 */
export function demandLinux(
  what: string,
  remedy: string,
  { platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'> = process,
): void {
  if (platform === 'linux' && arch === 'x64') return;
  throw new GaussmarkError(`${what} can only be installed on Linux on x86-64`, {
    got: `${platform} on ${arch}`,
    remedy,
  });
}

/**
 * Tries a library in a separate process, which an incompatible one may crash.
 *
 * @param script prints what it found, or fails
 * @returns what it printed
 * @throws GaussmarkError quoting its errors
 * @internal
 */
export async function tryInProcess(
  script: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  let found: string;
  try {
    found = (await runTool(process.execPath, [script, ...args], options)).trim();
  } catch (error) {
    if (!(error instanceof GaussmarkError) || options.signal?.aborted) throw error;
    throw new GaussmarkError('the downloaded library does not run here, so it was not installed', {
      ...defined({ got: error.got }),
      remedy: 'check what it needs (bench doctor), or report this with the output of bench doctor --json',
      cause: error,
    });
  }
  if (found === '') throw new Error(`internal: ${path.basename(script)} printed nothing`);
  return found;
}
