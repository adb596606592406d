// The Python environments of the peers: made once, kept in the user's cache, keyed by what is installed in them.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MissingPeer } from './missing-peer.mjs';

const execute = promisify(execFile);
const HERE = fileURLToPath(new URL('..', import.meta.url));
const REQUIREMENTS = { jax: 'requirements.txt', torch: 'requirements-torch.txt' };
const PYTORCH_CPU_INDEX = 'https://download.pytorch.org/whl/cpu';

/**
 * The pip calls for a peer, in order. Every wheel is pinned by its hash, except one: PyTorch's wheel for Linux on PyPI pulls in
 * 2.5 GB of CUDA libraries, without which it cannot be imported; its own index has one for the CPU, whose version is pinned.
 *
 * @param {'jax' | 'torch'} name
 * @param {string} requirements the text of requirements*.in
 * @param {{ platform: string, torch: 'cpu' | 'pypi' }} options
 * @returns {readonly (readonly string[])[]}
 */
export function installCommands(name, requirements, { platform, torch }) {
  const hashed = (file) => ['install', '--quiet', '--require-hashes', '--requirement', path.join(HERE, file)];
  if (name !== 'torch' || platform !== 'linux' || torch === 'pypi') return [hashed(REQUIREMENTS[name])];
  const wheel = requirements.split('\n').filter((line) => line.startsWith('torch=='));
  // No second index in the first call: where this one cannot be reached, pip would take the other wheel.
  const index = ['--index-url', PYTORCH_CPU_INDEX, '--retries', '0', '--timeout', '15'];
  return [['install', '--quiet', '--no-deps', ...wheel, ...index], hashed('requirements-torch-cpu.txt')];
}

/**
 * The interpreter for a peer: that of GAUSSMARK_PEERS_PYTHON if it is set, or of an environment that is made here.
 *
 * @param {'jax' | 'torch'} name
 * @param {{ cacheDirectory: string, torch: 'cpu' | 'pypi', log: (line: string) => void }} options
 * @returns {Promise<string>} the path of an interpreter that can import the peer's package
 * @throws MissingPeer with the reason
 */
export async function pythonFor(name, { cacheDirectory, torch, log }) {
  const given = process.env.GAUSSMARK_PEERS_PYTHON;
  if (given) {
    await demandImport(given, name, `GAUSSMARK_PEERS_PYTHON=${given}`);
    return given;
  }
  const base = process.env.PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');
  const version = await python(base, ['-c', 'import sys; print(sys.version)'], 30).catch((error) => {
    throw new MissingPeer(
      `no Python: ${base} does not run (${firstLine(error)}); install Python 3.11 or later, or set PYTHON`,
    );
  });
  const source = REQUIREMENTS[name].replace('.txt', '.in');
  const requirements = await readFile(path.join(HERE, source), 'utf8');
  const commands = installCommands(name, requirements, { platform: process.platform, torch });
  const files = commands.flat().filter((word) => word.startsWith(HERE));
  const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const key = createHash('sha256')
    .update(JSON.stringify([version, requirements, ...contents]))
    .digest('hex')
    .slice(0, 12);
  const directory = path.join(cacheDirectory, 'peers', `python-${name}-${key}`);
  const interpreter = path.join(
    directory,
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  );
  const complete = path.join(directory, 'complete');
  if (existsSync(complete)) return interpreter;

  log(`making a Python environment for ${name} in ${directory}`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(path.dirname(directory), { recursive: true });
  await python(base, ['-m', 'venv', directory], 120).catch((error) => {
    throw new MissingPeer(`${base} -m venv failed: ${firstLine(error)}`);
  });
  for (const command of commands) {
    await python(interpreter, ['-m', 'pip', ...command], 1800).catch((error) => {
      throw new MissingPeer(`pip could not install ${name}: ${firstLine(error)}${remedy(name, torch)}`);
    });
  }
  await demandImport(interpreter, name, directory);
  await writeFile(complete, `${version}\n`);
  return interpreter;
}

function remedy(name, torch) {
  if (name !== 'torch' || torch === 'pypi' || process.platform !== 'linux') return '';
  return "; where PyTorch's own index cannot be reached, --torch pypi installs the wheel with CUDA (3 GB), or set GAUSSMARK_PEERS_PYTHON";
}

async function demandImport(interpreter, name, what) {
  await python(interpreter, ['-c', `import ${name}, numpy`], 120).catch((error) => {
    throw new MissingPeer(`${what} cannot import ${name} and numpy: ${lastLine(error)}`);
  });
}

async function python(program, args, timeoutSeconds) {
  const { stdout } = await execute(program, args, { timeout: 1000 * timeoutSeconds, maxBuffer: 2 ** 24 });
  return stdout.trim();
}

const lines = (error) =>
  String(error?.stderr || error?.message || error)
    .trim()
    .split('\n');
const firstLine = (error) => lines(error).find((line) => /error/i.test(line)) ?? lines(error)[0];
const lastLine = (error) => lines(error).at(-1);
