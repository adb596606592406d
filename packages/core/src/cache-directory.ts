// Where downloads are kept: GAUSSMARK_CACHE, or the folder that the system sets apart for caches.

import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GaussmarkError } from './errors.js';
import { homeDirectory } from './home-paths.js';
import { isMissingFile } from './text-file.js';

/**
 * The cache; it need not exist yet. A GAUSSMARK_CACHE that is empty is as if it were not set. A user without a home, or with one
 * that cannot be entered, has a folder of their own among the temporary files.
 *
 * @throws GaussmarkError if GAUSSMARK_CACHE names what cannot be a directory, or another user's folder is in the way.
 */
export function cacheDirectory(): string {
  const given = process.env.GAUSSMARK_CACHE;
  if (given !== undefined && given !== '') {
    const directory = path.resolve(given);
    const problem = problemOf(given.trim() === '' ? given : directory);
    if (problem === undefined) return directory;
    throw new GaussmarkError(`GAUSSMARK_CACHE is no directory for a cache`, {
      expected: 'a directory that can be read, or the name of one that can be made',
      got: `${JSON.stringify(given.slice(0, 200))}: ${problem}`,
      remedy: 'set GAUSSMARK_CACHE to another directory, or unset it',
    });
  }
  const usual = usualDirectory();
  return usual !== undefined && problemOf(usual) === undefined ? usual : temporaryCache();
}

function usualDirectory(): string | undefined {
  const { XDG_CACHE_HOME = '', LOCALAPPDATA = '' } = process.env;
  if (process.platform === 'win32' && path.isAbsolute(LOCALAPPDATA))
    return path.join(LOCALAPPDATA, 'gaussmark');
  // The standard has relative ones ignored.
  if (process.platform !== 'darwin' && path.isAbsolute(XDG_CACHE_HOME))
    return path.join(XDG_CACHE_HOME, 'gaussmark');
  const home = homeDirectory();
  if (home === undefined) return undefined;
  const folders: Partial<Record<NodeJS.Platform, readonly string[]>> = {
    win32: ['AppData', 'Local'],
    darwin: ['Library', 'Caches'],
  };
  return path.join(home, ...(folders[process.platform] ?? ['.cache']), 'gaussmark');
}

/** Others may write among the temporary files, too: a folder of theirs is not trusted. */
function temporaryCache(): string {
  const user = process.getuid?.() ?? 'user';
  const directory = path.join(os.tmpdir(), `gaussmark-${user}`);
  const found = infoOf(() => lstatSync(directory));
  const isOwn =
    found === undefined || (!(found instanceof Error) && found.isDirectory() && found.uid === user);
  if (isOwn || process.platform === 'win32') return directory;
  throw new GaussmarkError('there is no place for a cache', {
    expected: 'a home directory, or a free place among the temporary files',
    got: `${directory}, which belongs to somebody else`,
    remedy: 'set GAUSSMARK_CACHE to a directory of yours',
  });
}

/** Why a path cannot be a directory for a cache. */
function problemOf(directory: string): string | undefined {
  if (directory.trim() === '') return 'it is blank';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(directory)) return 'it holds a line break or another control character';
  const info = infoOf(() => statSync(directory));
  if (info === undefined) return undefined;
  if (info instanceof Error) return info.message;
  if (!info.isDirectory()) return info.isFile() ? 'it is a file' : 'it is a device or a pipe';
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
  } catch {
    return 'it may not be read';
  }
  return undefined;
}

/** `undefined` if there is nothing, and nothing is in the way of making it. */
function infoOf(stat: () => Stats): Stats | Error | undefined {
  try {
    return stat();
  } catch (error) {
    const isFree = isMissingFile(error) && (error as NodeJS.ErrnoException).code !== 'ENOTDIR';
    return isFree ? undefined : (error as Error);
  }
}
