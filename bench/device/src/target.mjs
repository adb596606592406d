// The machine that a bundle runs on: its processor, its GPU, and its Python with JAX.

import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const TIMEOUT_MS = 60_000;

const GPU_FIELDS = ['name', 'driver_version', 'memory.total', 'compute_cap', 'clocks.max.sm', 'power.limit'];

const ABOUT_PYTHON = `
import json, sys
about = {"version": sys.version.split()[0], "prefix": sys.prefix}
for name in ("jax", "jaxlib", "numpy"):
    try:
        about[name] = __import__(name).__version__
    except Exception as error:
        about[name + "Error"] = f"{type(error).__name__}: {error}"[:300]
print(json.dumps(about))
`;

/** What is known of the machine; never throws. */
export async function describeMachine() {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    gpus: await describeGpus(),
  };
}

/** Every GPU that nvidia-smi lists, or why there is none. */
async function describeGpus() {
  const query = [`--query-gpu=${GPU_FIELDS.join(',')}`, '--format=csv,noheader'];
  try {
    const { stdout } = await execute('nvidia-smi', query, { timeout: TIMEOUT_MS });
    return stdout
      .trim()
      .split('\n')
      .map((line) => Object.fromEntries(line.split(', ').map((value, i) => [GPU_FIELDS[i], value])));
  } catch (error) {
    return { reason: firstLine(error) };
  }
}

/**
 * A Python interpreter and its packages.
 *
 * @returns {Promise<{ interpreter: string, version?: string, prefix?: string, jax?: string, reason?: string }>} `reason`: why
 *   JAX cannot be measured with it
 */
export async function describePython(interpreter) {
  let about;
  try {
    about = JSON.parse((await execute(interpreter, ['-c', ABOUT_PYTHON], { timeout: TIMEOUT_MS })).stdout);
  } catch (error) {
    return { interpreter, reason: `${interpreter} does not run: ${firstLine(error)}` };
  }
  const missing = ['jax', 'numpy'].find((name) => about[name] === undefined);
  const reason = missing && `${interpreter} cannot import ${missing}: ${about[`${missing}Error`]}`;
  return { interpreter, ...about, ...(reason === undefined ? {} : { reason }) };
}

const firstLine = (error) => String(error?.message ?? error).split('\n')[0];
