// Steps of our engine beside JAX, and WebGPU, on the same device: rows of bench/peers, by processes that are started again.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { readExchange, writeExchange } from '../../peers/src/exchange.mjs';
import { PeerFailure, PeerProcess } from '../../peers/src/peer-process.mjs';
import { ours, PEERS, peerCommand, peerEnvironment } from '../../peers/src/peers.mjs';
import { timeRow } from '../../peers/src/rounds.mjs';

/** Seconds for requests; the part's deadline ends what takes longer than the part. */
const HELLO_SECONDS = 60;
const LIMITS = { prepare: 120, run: 60 };
const PEER_SECONDS = 20;

export const OURS = 'gaussmark';

/**
 * What takes part in every row: our side first.
 *
 * @param {{ platform: 'cuda' | 'cpu', precision: 'highest' | 'default', parts: readonly string[] }} options
 * @param {{ interpreter: string, reason?: string }} python
 * @returns {{ specs: Record<string, object>, left: Record<string, string> }} with the reason for those left out
 */
export function entrants({ platform, precision, parts }, python) {
  const specs = { [OURS]: { ...ours('xla', { platform, precision }), interpreter: process.execPath } };
  const left = {};
  if (python.reason === undefined) {
    const env = {
      JAX_PLATFORMS: platform,
      // Both sides share the card, each with as much memory as it needs.
      XLA_PYTHON_CLIENT_PREALLOCATE: 'false',
      ...(precision === 'highest' ? { JAX_DEFAULT_MATMUL_PRECISION: 'highest' } : {}),
    };
    specs.jax = { ...PEERS.jax, env, interpreter: python.interpreter };
  } else left.jax = python.reason;
  if (!parts.includes('webgpu')) left.webgpu = 'not asked for (--parts)';
  else specs.webgpu = { ...ours('onnxruntime', { provider: 'webgpu' }), interpreter: process.execPath };
  return { specs, left };
}

/** Processes by name, started when they are needed, and again after they ended. */
export class Contestants {
  #running = new Map();
  #options;

  /**
   * @param {ReturnType<typeof entrants>} entrants
   * @param {{ threads: number, canPin: boolean, log: (line: string) => void }} options
   */
  constructor({ specs, left }, { threads, canPin, log }) {
    this.specs = specs;
    /** Names that cannot take part, with the reason. */
    this.left = left;
    /** What those that started said of themselves. */
    this.info = {};
    this.#options = { threads, canPin, log };
  }

  /** Our side. @throws PeerFailure if it does not start */
  async ours() {
    return this.#process(OURS);
  }

  /**
   * Those of the named that start. One that does not is left out from then on.
   *
   * @param {readonly string[]} names
   * @param {AbortSignal} deadline
   */
  async others(names, deadline) {
    const present = [];
    for (const name of names) {
      if (name in this.left) continue;
      try {
        present.push(await this.#process(name));
      } catch (error) {
        if (deadline.aborted || !(error instanceof PeerFailure)) throw error;
        this.#leaveOut(name, error.message);
      }
    }
    return present;
  }

  async #process(name) {
    const known = this.#running.get(name);
    if (known?.alive) return known;
    const { threads, canPin } = this.#options;
    const spec = this.specs[name];
    const command = peerCommand(spec, { interpreter: spec.interpreter, threads, canPin });
    const started = new PeerProcess(name, command, { env: peerEnvironment(spec, { threads }) });
    this.#running.set(name, started);
    const { info } = await started.ask({ op: 'hello', threads }, HELLO_SECONDS);
    this.info[name] = info;
    // Its timings would say nothing of the card.
    if (name === 'webgpu' && String(info.device).endsWith('(on the CPU)')) {
      await started.stop();
      throw new PeerFailure('unsupported', `the only device is ${info.device}`);
    }
    return started;
  }

  #leaveOut(name, reason) {
    this.left[name] = reason;
    this.#options.log(`  ${name} is left out: ${reason.split('\n')[0]}`);
  }

  kill() {
    for (const each of this.#running.values()) each.kill();
  }

  async stop() {
    await Promise.all([...this.#running.values()].map((each) => each.stop()));
    this.#running.clear();
  }
}

/**
 * Writes a problem's files: from the data in the bundle's `data/NAME` if it is there, else from the dataset.
 *
 * @throws PeerFailure if the data are missing
 */
export async function writeProblem(contestants, problem, { bundled, directory, mostExamples }) {
  const source = path.join(bundled, problem.name);
  if (existsSync(path.join(source, 'manifest.json'))) {
    await cutExchange(source, directory, mostExamples);
  } else {
    const limit = Number.isFinite(mostExamples) ? { mostExamples } : {};
    const ours = await contestants.ours();
    await ours.ask({ op: 'write', problem: problem.name, directory, ...limit }, LIMITS.prepare);
  }
}

/** Copies a problem's files with batches of at most `most` examples. */
export async function cutExchange(source, directory, most) {
  const { manifest, params, batches } = await readExchange(source);
  const batchSize = Math.min(manifest.batchSize, most);
  const cut = (name) => {
    const parts = batches.map((batch) => {
      const each = batch[name];
      return each.subarray(0, (each.length / manifest.batchSize) * batchSize);
    });
    const whole = new parts[0].constructor(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  await writeExchange(
    directory,
    { ...manifest, batchSize },
    { params, inputs: cut('inputs'), targets: cut('targets') },
  );
}

/**
 * The part of a row: one problem and step, by our side and the named others.
 *
 * @param {Contestants} contestants
 * @param {{ problem: object, text: string, step: object, names: readonly string[],
 *   isExtra: boolean }} what `isExtra`: our side alone is not worth the time
 * @param {{ work: string, bundled: string, rounds: number, runSeconds: number, threads: number, mostExamples: number }} options
 * @param {(row: object) => void} onRow
 * @returns {(deadline: AbortSignal) => Promise<void>}
 */
export function rowPart(contestants, { problem, text, step, names, isExtra }, options, onRow) {
  return async (deadline) => {
    const stop = () => contestants.kill();
    deadline.addEventListener('abort', stop);
    const directory = path.join(options.work, problem.name);
    try {
      if (!existsSync(path.join(directory, 'manifest.json'))) {
        await writeProblem(contestants, problem, { ...options, directory });
      }
      const others = await contestants.others(names, deadline);
      if (isExtra && others.length === 0) return;
      const { manifest } = await readExchange(directory);
      const row = await timeRow(await contestants.ours(), others, {
        ...options,
        directory,
        dtype: manifest.dtype,
        step,
        limits: LIMITS,
        peerSeconds: PEER_SECONDS,
        seed: 1,
      });
      const { dtype, batchSize, generated = false } = manifest;
      onRow({ problem: problem.name, dtype, batchSize, generated, step: text, ...row });
    } finally {
      deadline.removeEventListener('abort', stop);
    }
  };
}
