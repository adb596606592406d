// Python wheels as sources of native libraries: downloaded from PyPI by checksum with pip, and unpacked, never installed.

import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '@gaussmark/core';
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
 * Downloads wheels without dependencies, and only those with the expected bytes.
 *
 * @param wheels lines of {@link pinnedWheel}
 * @returns the files, in a new folder `into`
 * @throws GaussmarkError quoting pip if it fails
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
  await runTool('python3', [...args, ...which, '--dest', into, ...pinned], options);
  return readdirSync(into).map((file) => path.join(into, file));
}

const EXTRACT = `
import sys, zipfile
wheel, into, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(into, [name for name in archive.namelist() if name.startswith(tuple(prefixes))])
`;

/** Extracts the members of a wheel that start with one of the prefixes. @throws GaussmarkError quoting Python */
export async function unpackWheel(
  wheel: string,
  into: string,
  prefixes: readonly string[],
  options: RunOptions,
): Promise<void> {
  await runTool('python3', ['-c', EXTRACT, wheel, into, ...prefixes], options);
}
