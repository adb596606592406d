// Starts backends. A missing part is an error with a remedy; only `auto` tries the next backend.

import { GaussmarkError } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import { BACKENDS, type Backend, type BackendName } from './backend.js';
import { loadNative, NativeConflict, type NativeLibrary } from './native.js';
import { findNative, type NativeName } from './native-location.js';
import { startWebGpu } from './webgpu.js';

export interface StartOptions {
  /** Threads of the native library; 0 for one per core. */
  readonly threads: number;
}

type Starter = (name: BackendName, options: StartOptions) => Promise<Backend>;

const PLUGIN = "engine 'tfjs'";

// Programs are already type-checked, so argument checks are off; so is the greeting on the console.
tf.enableProdMode();

/** Starts a backend, or the first that works. @throws GaussmarkError with the remedy if it cannot start here. */
export async function startBackend(name: BackendName | 'auto', options: StartOptions): Promise<Backend> {
  if (name !== 'auto') return STARTERS[name](name, options);
  let reason: unknown;
  for (const candidate of BACKENDS) {
    try {
      return await STARTERS[candidate](candidate, options);
    } catch (error) {
      if (!(error instanceof GaussmarkError)) throw error;
      reason = error;
    }
  }
  throw reason;
}

/** A backend that runs in the process's own thread. */
async function startOneThreaded(
  name: BackendName,
  { threads }: StartOptions,
  load: () => Promise<unknown>,
): Promise<Backend> {
  if (threads > 1) {
    throw new GaussmarkError(`the backend ${name} of TensorFlow.js has a single thread in Node`, {
      plugin: PLUGIN,
      expected: 'threads 0 or 1',
      got: `threads ${threads}`,
      remedy: 'do not set threads, or use backend=node',
    });
  }
  await load();
  if (!(await tf.setBackend(name))) {
    throw new GaussmarkError(`the backend ${name} of TensorFlow.js did not start`, {
      plugin: PLUGIN,
      remedy: 'choose another backend (bench engine list shows them)',
    });
  }
  return backendOf(name, name, { threads: 1 });
}

const startWasm: Starter = async (name, options) => {
  const backend = await startOneThreaded(name, options, () => import('@tensorflow/tfjs-backend-wasm'));
  return {
    ...backend,
    hostChecksIndices: true,
    hasFilterAdjoint: false,
    transposesFirst: true,
    gathersWhole: true,
  };
};

const startCpu: Starter = async (name, options) => {
  const backend = await startOneThreaded(name, options, () => import('@tensorflow/tfjs-backend-cpu'));
  return { ...backend, hostChecksIndices: true };
};

const startNative: Starter = async (name, { threads }) => {
  const gpu = name === 'node-gpu';
  // Either library works without a GPU, only one with it.
  const names: readonly NativeName[] = gpu ? ['tfjs-node-gpu'] : ['tfjs-node', 'tfjs-node-gpu'];
  const found = names.map(findNative).find((each) => each !== undefined);
  if (found === undefined) {
    throw new GaussmarkError(
      `TensorFlow's own library${gpu ? ' with CUDA' : ''}, for backend=${name}, is not installed`,
      {
        plugin: PLUGIN,
        remedy: `bench engine install tfjs-node${gpu ? ' --gpu' : ''}`,
      },
    );
  }
  let library: NativeLibrary;
  try {
    library = loadNative(found, { gpu, threads });
  } catch (error) {
    if (error instanceof NativeConflict) return onlyDescribed(name, error);
    throw error;
  }
  if (gpu && !library.gpu) {
    throw new GaussmarkError(`TensorFlow ${library.tensorflow} finds no GPU`, {
      plugin: PLUGIN,
      remedy: 'check nvidia-smi, set TF_CPP_MIN_LOG_LEVEL=0 for messages, or use backend=node',
    });
  }
  await tf.setBackend('tensorflow');
  return backendOf(name, 'tensorflow', { ...library });
};

/**
 * A backend that describes itself but runs nothing: planning asks all engines about themselves in one process, while each runs in
 * its own.
 */
function onlyDescribed(name: BackendName, conflict: NativeConflict): Backend {
  const activate = () => {
    throw conflict;
  };
  return { ...backendOf(name, 'tensorflow', { ...conflict.wanted }), activate };
}

const STARTERS: { readonly [B in BackendName]: Starter } = {
  'node-gpu': startNative,
  node: startNative,
  webgpu: async (name) => {
    const device = await startWebGpu();
    const backend = backendOf(name, 'webgpu', device);
    // The value is on the device, so the host has to wait.
    const holds = async (predicate: tf.Tensor) => (await predicate.data())[0] !== 0;
    return { ...backend, holds, hasFilterAdjoint: false, wgsl: true };
  },
  wasm: startWasm,
  cpu: startCpu,
};

function backendOf(name: BackendName, registered: string, info: Backend['info']): Backend {
  return {
    name,
    hostChecksIndices: false,
    hasFilterAdjoint: true,
    transposesFirst: false,
    gathersWhole: false,
    wgsl: false,
    info,
    activate() {
      if (tf.getBackend() !== registered) void tf.setBackend(registered);
    },
    holds: async (predicate) => predicate.dataSync()[0] !== 0,
  };
}
