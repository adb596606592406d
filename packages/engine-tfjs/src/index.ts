// The tfjs engine as a plugin.
//
// It runs programs with the operations of TensorFlow.js, one by one, on one of its backends:
//
//   node-gpu  TensorFlow's library with CUDA     bench engine install tfjs-node --gpu, or the package @tensorflow/tfjs-node-gpu
//   node      TensorFlow's library on the CPU    bench engine install tfjs-node, or the package @tensorflow/tfjs-node
//   webgpu    a GPU through WebGPU               the packages webgpu and @tensorflow/tfjs-backend-webgpu
//   wasm      WebAssembly, one thread            included
//   cpu       plain JavaScript, slow             included

import { defined, type EngineBackend, type EnginePlugin, GaussmarkError } from '@gaussmark/core';
import { BACKENDS, type BackendName } from './backend.js';
import { TfjsEngine } from './engine.js';
import { nativeInstaller } from './install-native.js';
import { resolveHyperparameters, type TfjsHyperparameters } from './settings.js';
import { startBackend } from './start.js';

export { TfjsEngine } from './engine.js';
export type { TfjsHyperparameters } from './settings.js';

const plugin: EnginePlugin<Partial<TfjsHyperparameters>> = {
  async create(hyperparameters) {
    const { backend, threads } = resolveHyperparameters(hyperparameters);
    return new TfjsEngine(await startBackend(backend, { threads }));
  },

  async backends() {
    const found: EngineBackend[] = [];
    for (const name of BACKENDS) found.push(await tryBackend(name));
    return found;
  },

  installers: { 'tfjs-node': nativeInstaller },
};

/** Too slow to be tried by `--engine auto`. */
const INTERPRETED: readonly BackendName[] = ['wasm', 'cpu'];

async function tryBackend(name: BackendName): Promise<EngineBackend> {
  const hyperparameters = { backend: name };
  try {
    const { info } = await startBackend(name, { threads: 0 });
    return { hyperparameters, automatic: !INTERPRETED.includes(name), available: true, details: info };
  } catch (error) {
    if (!(error instanceof GaussmarkError)) throw error;
    const { summary, remedy } = error;
    return { hyperparameters, available: false, reason: summary, ...defined({ remedy }) };
  }
}

export default plugin;
