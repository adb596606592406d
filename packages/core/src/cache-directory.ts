// Where downloads are stored: GAUSSMARK_CACHE, or the system's cache directory.

import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GaussmarkError } from './errors.js';
import { homeDirectory } from './home-paths.js';
import { isMissingFile } from './text-file.js';

/**
 * The cache directory; it need not exist yet. An empty GAUSSMARK_CACHE counts as unset. A user without a usable home
 * directory gets a directory of their own among the temporary files.
 *
 * @throws GaussmarkError if GAUSSMARK_CACHE cannot be a directory, or the temporary one belongs to another user.
 * @internal
 */
export function cacheDirectory(): string {
  const given = process.env.GAUSSMARK_CACHE;
  if (given !== undefined && given !== '') {
    const directory = path.resolve(given);
    const problem = problemOf(given.trim() === '' ? given : directory);
    if (problem === undefined) return directory;
    throw new GaussmarkError('GAUSSMARK_CACHE is not a usable directory', {
      expected: 'a readable directory, or a path where one can be created',
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
  // The XDG specification ignores relative paths.
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

/** The temporary directory is shared: another user's directory there is not trusted. */
function temporaryCache(): string {
  const user = process.getuid?.() ?? 'user';
  const directory = path.join(os.tmpdir(), `gaussmark-${user}`);
  const found = infoOf(() => lstatSync(directory));
  const isOwn =
    found === undefined || (!(found instanceof Error) && found.isDirectory() && found.uid === user);
  if (isOwn || process.platform === 'win32') return directory;
  throw new GaussmarkError('no directory is available for the cache', {
    expected: 'a home directory, or a free name among the temporary files',
    got: `${directory}, owned by another user`,
    remedy: 'set GAUSSMARK_CACHE to a directory you own',
  });
}

/** Why a path cannot serve as the cache directory. */
function problemOf(directory: string): string | undefined {
  if (directory.trim() === '') return 'it is blank';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are rejected
  if (/[\u0000-\u001f\u007f]/.test(directory)) return 'it contains a control character';
  const info = infoOf(() => statSync(directory));
  if (info === undefined) return undefined;
  if (info instanceof Error) return info.message;
  if (!info.isDirectory()) return info.isFile() ? 'it is a file' : 'it is a device or a pipe';
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
  } catch {
    return 'it is not readable';
  }
  return undefined;
}

/** `undefined` if nothing exists there and nothing prevents creating it. */
function infoOf(stat: () => Stats): Stats | Error | undefined {
  try {
    return stat();
  } catch (error) {
    const isFree = isMissingFile(error) && (error as NodeJS.ErrnoException).code !== 'ENOTDIR';
    return isFree ? undefined : (error as Error);
  }
}
