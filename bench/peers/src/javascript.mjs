// The packages of the JavaScript peers: installed once from a frozen lock file, kept in the user's cache beside the Python
// environments. TensorFlow.js is 300 MB, which nobody who does not run this comparison should have to install.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MissingPeer } from './missing-peer.mjs';

const execute = promisify(execFile);
const SOURCE = fileURLToPath(new URL('../javascript', import.meta.url));
const FILES = ['package.json', 'package-lock.json', 'jax.mjs', 'tfjs.mjs'];
const INSTALL = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];

/**
 * The folder with `jax.mjs` and `tfjs.mjs`, the packages that they import installed beside them.
 *
 * @param {{ cacheDirectory: string, log: (line: string) => void }} options
 * @returns {Promise<string>}
 * @throws MissingPeer with the reason
 */
export async function javascriptPackages({ cacheDirectory, log }) {
  const contents = await Promise.all(FILES.map((file) => readFile(path.join(SOURCE, file))));
  const key = createHash('sha256').update(Buffer.concat(contents)).digest('hex').slice(0, 12);
  const directory = path.join(cacheDirectory, 'peers', `javascript-${key}`);
  const complete = path.join(directory, 'complete');
  if (existsSync(complete)) return directory;

  log(`installing jax-js and TensorFlow.js in ${directory}`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const file of FILES) await copyFile(path.join(SOURCE, file), path.join(directory, file));
  try {
    // npm is a script for the shell on Windows.
    await execute('npm', INSTALL, { cwd: directory, timeout: 600_000, shell: process.platform === 'win32' });
  } catch (error) {
    const lines = String(error?.stderr || error)
      .trim()
      .split('\n');
    throw new MissingPeer(`npm could not install jax-js and TensorFlow.js: ${lines[0]}`);
  }
  await writeFile(complete, '');
  return directory;
}
