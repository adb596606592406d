// Python wheels as sources of native libraries: downloaded from PyPI by checksum with pip, and unpacked, never installed.

import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { GaussmarkError, isFull, replaceFile } from '@gaussmark/core';
import { type RunOptions, runTool } from './tool.js';

/** Any Python version works, since wheels are only unpacked; this is the libc that they require. */
const WHEEL_PYTHON = '3.12';
const WHEEL_PLATFORMS = [
  'manylinux_2_28',
  'manylinux_2_27',
  'manylinux_2_25',
  'manylinux_2_17',
  'manylinux2014',
].map((libc) => `${libc}_x86_64`);

/** A line of a requirements file, for `pip --require-hashes`. */
export const pinnedWheel = (requirement: string, sha256: string): string =>
  `${requirement} --hash=sha256:${sha256}`;

/** What `demandTool` of `wheels` takes: `python3 -m pip`. */
export const PIP = [
  'python3',
  ['-m', 'pip', '--version'],
  'install Python and pip (Debian: apt install python3-pip)',
] as const;

/**
 * Downloads wheels without dependencies, and only those with the expected bytes. pip's own files stay beside them, so that they go
 * with them.
 *
 * @param wheels lines of {@link pinnedWheel}
 * @returns the files, in a new folder `into`
 * @throws GaussmarkError quoting pip if it fails, with the remedy
 */
export async function downloadWheels(
  wheels: readonly string[],
  into: string,
  options: RunOptions,
): Promise<string[]> {
  mkdirSync(into, { recursive: true });
  const requirements = `${into}.txt`;
  replaceFile(requirements, `${wheels.join('\n')}\n`, { lost: 'the library could not be installed' });
  const platforms = WHEEL_PLATFORMS.flatMap((platform) => ['--platform', platform]);
  const which = ['--no-deps', '--only-binary=:all:', '--python-version', WHEEL_PYTHON, ...platforms];
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-cache-dir'];
  const pinned = ['--require-hashes', '--requirement', requirements];
  const environment = { TMPDIR: path.dirname(into) };
  try {
    await runTool('python3', [...args, ...which, '--dest', into, ...pinned], { ...options, environment });
  } catch (error) {
    if (options.signal?.aborted || isFull(error)) throw error;
    const names = wheels.map((wheel) => wheel.split(' ')[0]);
    throw explainDownload(names.length > 3 ? `${names.length} wheels` : names.join(', '), error);
  }
  return readdirSync(into).map((file) => path.join(into, file));
}

/** pip says this for bytes other than the pinned ones. */
const OTHER_BYTES = /DO NOT MATCH THE HASHES|Expected sha256/i;

function explainDownload(what: string, error: unknown): unknown {
  if (!(error instanceof GaussmarkError)) return error;
  const { got } = error;
  if (OTHER_BYTES.test(got ?? '')) {
    return new GaussmarkError(`${what} does not match the expected checksum`, {
      got,
      remedy: 'check which index and proxy pip uses: python3 -m pip config list',
      cause: error,
    });
  }
  return new GaussmarkError(`${what} could not be downloaded`, {
    got,
    remedy:
      'check the connection, and which index and proxy pip uses: python3 -m pip config list. Without a network, download the ' +
      'wheel elsewhere, and set PIP_NO_INDEX=1 and PIP_FIND_LINKS to its folder',
    cause: error,
  });
}

const EXTRACT = `
import sys, zipfile
wheel, into, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(into, [name for name in archive.namelist() if name.startswith(tuple(prefixes))])
`;

/** Extracts the members of a wheel that start with one of the prefixes. @throws GaussmarkError if the wheel is damaged */
export async function unpackWheel(
  wheel: string,
  into: string,
  prefixes: readonly string[],
  options: RunOptions,
): Promise<void> {
  try {
    await runTool('python3', ['-c', EXTRACT, wheel, into, ...prefixes], options);
  } catch (error) {
    if (!(error instanceof GaussmarkError) || options.signal?.aborted || isFull(error)) throw error;
    throw new GaussmarkError(`${path.basename(wheel)} could not be unpacked`, {
      // The last line of a traceback.
      got: error.got?.split('\n').at(-1),
      remedy: 'run the same command again, which downloads it anew',
      cause: error,
    });
  }
}
