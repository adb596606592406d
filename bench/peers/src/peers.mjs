// The peers: how each is started.

import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const file = (...parts) => path.join(HERE, ...parts);

/** The peers that 'ours / best' refers to: what a user of Python would pick. */
export const PYTHON_PEERS = ['jax', 'torch', 'torch-eager'];

/**
 * @typedef {object} PeerSpec
 * @property {'jax' | 'torch'} [python] the environment it needs
 * @property {boolean} [javascript] whether it needs the packages of the JavaScript peers
 * @property {string} script
 * @property {readonly string[]} [args]
 * @property {Record<string, string>} [env]
 */

/** @type {Readonly<Record<string, PeerSpec>>} */
export const PEERS = {
  jax: { python: 'jax', script: file('peers', 'jax_peer.py') },
  torch: {
    python: 'torch',
    script: file('peers', 'torch_peer.py'),
    env: { PEER_MODE: 'compiled' },
  },
  'torch-eager': {
    python: 'torch',
    script: file('peers', 'torch_peer.py'),
    env: { PEER_MODE: 'eager' },
  },
  'jax-js': { javascript: true, script: file('peers', 'jaxjs-peer.mjs') },
  'tfjs-wasm': {
    javascript: true,
    script: file('peers', 'tfjs-peer.mjs'),
    env: { PEER_MODE: 'wasm' },
  },
  'tfjs-cpu': {
    javascript: true,
    script: file('peers', 'tfjs-peer.mjs'),
    env: { PEER_MODE: 'cpu' },
  },
  // Ours on another engine, to compare engines.
  xla: { script: file('src', 'ours.mjs'), args: ['xla'] },
};

/** Ours on an engine. */
export const ours = (engine, hyperparameters = {}) => ({
  script: file('src', 'ours.mjs'),
  args: [engine, JSON.stringify(hyperparameters)],
});

/**
 * The command that runs a peer on the first `threads` cores.
 *
 * @param {{ interpreter: string, threads: number, canPin: boolean }} options
 */
export function peerCommand({ script, args = [] }, { interpreter, threads, canPin }) {
  const pin = canPin ? ['taskset', '-c', threads === 1 ? '0' : `0-${threads - 1}`] : [];
  return [...pin, interpreter, script, ...args];
}

/** The same for all: as many threads, and glibc's allocator configured to keep big blocks, which is what our runs do. */
export function peerEnvironment({ env = {} }, { threads, packages, sources }) {
  const count = String(threads);
  return {
    PEER_THREADS: count,
    OMP_NUM_THREADS: count,
    MKL_NUM_THREADS: count,
    OPENBLAS_NUM_THREADS: count,
    JAX_PLATFORMS: 'cpu',
    // XLA sizes its pool by the cores it may use; where cores cannot be pinned, this keeps XLA from using the pool.
    ...(threads === 1 ? { XLA_FLAGS: '--xla_cpu_multi_thread_eigen=false' } : {}),
    MALLOC_MMAP_THRESHOLD_: '4294967296',
    MALLOC_TRIM_THRESHOLD_: '8589934592',
    MALLOC_TOP_PAD_: '268435456',
    ...(packages === undefined ? {} : { PEER_PACKAGES: packages }),
    ...(sources === undefined ? {} : { PEER_SOURCES: sources }),
    ...env,
  };
}
