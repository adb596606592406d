// Downloads a dataset's files into the cache, from the first origin with the right bytes; stores whole files or none.

import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DatasetContext,
  type DatasetFiles,
  type FetchOptions,
  type FileState,
  GaussmarkError,
  isFull,
  replaceFile,
  StorageError,
  storageError,
} from '@gaussmark/core';
import { type FileSet, fileNamed, nameOfOrigin, type Origin } from './file-set.js';
import { cachePath, locateFiles, readIfPresent, sha256, verifyFiles } from './files.js';
import { obtain, STORAGE_REMEDY } from './obtain.js';

/** A dataset's files, as `bench data` needs them. */
export function datasetFiles(set: FileSet): DatasetFiles {
  return {
    license: set.license,
    origins: set.origins.map((origin) => ({
      name: nameOfOrigin(origin),
      downloadBytes: origin.downloadBytes,
    })),
    locate: (context) => locateFiles(set, null, context),
    verify: (context) => verifyFiles(set, context),
    fetch: (context, options) => fetchFiles(set, context, options),
  };
}

async function fetchFiles(
  set: FileSet,
  context: DatasetContext,
  options: FetchOptions = {},
): Promise<readonly FileState[]> {
  const before = await verifyFiles(set, context);
  const wanted = new Set(before.filter(({ status }) => status !== 'present').map(({ name }) => name));
  if (wanted.size === 0) return before;

  await demandCache(context.cacheDirectory);
  const reasons: string[] = [];
  for (const origin of set.origins) {
    // Inside the cache, so that moving a file into place is one atomic step.
    const directory = await mkdtemp(join(context.cacheDirectory, WORKING));
    try {
      await fetchFrom(origin, set, wanted, directory, context, options);
    } catch (error) {
      if (options.signal?.aborted || !(error instanceof Error) || error instanceof StorageError) throw error;
      if (isFull(error))
        throw storageError(directory, `${set.dataset} could not be stored`, STORAGE_REMEDY, error);
      reasons.push(
        `${nameOfOrigin(origin)}: ${error instanceof GaussmarkError ? error.summary : error.message}`,
      );
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
    if (wanted.size === 0) return await demandInPlace(set, context);
  }
  throw new GaussmarkError(`dataset '${set.dataset}' cannot be fetched`, {
    plugin: `dataset '${set.dataset}'`,
    expected: [...wanted].join(', '),
    got: reasons.join('; '),
    remedy:
      'check that one of these can be reached, or put the files into a directory and set GAUSSMARK_DATA to it',
  });
}

/** Creates the cache, and removes leftovers of killed downloads. */
async function demandCache(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    await removeLeftovers(directory);
    await access(directory, constants.W_OK);
  } catch (cause) {
    throw storageError(directory, 'nothing could be fetched', STORAGE_REMEDY, cause);
  }
}

/** Stores the wanted files from one origin, removing them from `wanted`. */
async function fetchFrom(
  origin: Origin,
  set: FileSet,
  wanted: Set<string>,
  directory: string,
  context: DatasetContext,
  { onProgress = () => {}, signal }: FetchOptions,
): Promise<void> {
  const { downloadBytes: total, paths } = origin;
  const activity = `download ${nameOfOrigin(origin)}`;
  const onBytes = (done: number) =>
    onProgress({ activity, done: Math.min(done, total), total, unit: 'bytes' });
  onBytes(0);
  const root = await obtain(origin, { directory, onBytes, signal });
  onBytes(total);

  const read = async (name: string): Promise<Uint8Array> => {
    const path = paths[name];
    const bytes = path === undefined ? undefined : await readIfPresent(join(root, path));
    if (bytes === undefined) throw new GaussmarkError(`it does not contain ${path ?? name}`);
    return bytes;
  };
  const contents = origin.convert?.(read) ?? unconverted(read, [...wanted]);
  const count = wanted.size;
  const verb = origin.convert === undefined ? 'verify' : 'convert and verify';
  const report = () =>
    onProgress({
      activity: `${verb} ${set.dataset}`,
      done: count - wanted.size,
      total: count,
      unit: 'files',
    });
  report();
  for await (const [name, bytes] of contents) {
    signal?.throwIfAborted();
    if (!wanted.has(name)) continue;
    store(set, name, bytes, context);
    wanted.delete(name);
    report();
  }
}

async function* unconverted(
  read: (name: string) => Promise<Uint8Array>,
  names: readonly string[],
): AsyncGenerator<readonly [string, Uint8Array]> {
  for (const name of names) yield [name, await read(name)];
}

/** Verifies a file's bytes and moves them into the cache atomically. */
function store(set: FileSet, name: string, bytes: Uint8Array, context: DatasetContext): void {
  const expected = fileNamed(set, name).sha256;
  const actual = sha256(bytes);
  if (actual !== expected) {
    throw new GaussmarkError(`its ${name} has the wrong sha256: ${actual}, expected ${expected}`);
  }
  const target = cachePath(set, name, context);
  replaceFile(target, bytes, { lost: `${name} could not be stored` });
}

/** A damaged file may still come before the cache in the search order. */
async function demandInPlace(set: FileSet, context: DatasetContext): Promise<readonly FileState[]> {
  const after = await verifyFiles(set, context);
  const hidden = after.find((state) => state.status === 'damaged');
  if (hidden === undefined || hidden.status !== 'damaged') return after;
  throw new GaussmarkError(`${hidden.path} is damaged and hides the downloaded file`, {
    plugin: `dataset '${set.dataset}'`,
    file: hidden.path,
    got: hidden.problem,
    remedy: `delete ${hidden.path}`,
  });
}

const WORKING = '.fetch-';
const DAY_MS = 24 * 3600 * 1000;

/** Removes leftovers of killed downloads; running ones are younger. */
async function removeLeftovers(cacheDirectory: string): Promise<void> {
  for (const name of await readdir(cacheDirectory)) {
    if (!name.startsWith(WORKING)) continue;
    const path = join(cacheDirectory, name);
    const left = await stat(path).catch(() => undefined); // Another download may have removed it.
    if (left !== undefined && Date.now() - left.mtimeMs > DAY_MS)
      await rm(path, { recursive: true, force: true });
  }
}
