// The onnxruntime engine as a plugin.

import { defined, type EngineBackend, type EnginePlugin } from '@gaussmark/core';
import { channelBlock } from './channel-block.js';
import { OnnxRuntimeEngine } from './engine.js';
import { VERSION } from './session.js';
import { type OnnxRuntimeHyperparameters, resolveHyperparameters } from './settings.js';

export type { Traffic } from './device/tensors.js';
export { OnnxRuntimeEngine } from './engine.js';
export type { ProfiledEquation, ProfiledKernel } from './profile.js';
export type { ProviderName } from './providers/provider.js';
export type { LogLevel, OnnxRuntimeHyperparameters } from './settings.js';

const plugin: EnginePlugin<Partial<OnnxRuntimeHyperparameters>> = {
  async create(hyperparameters) {
    const settings = resolveHyperparameters(hyperparameters);
    if (settings.provider === 'cpu') return new OnnxRuntimeEngine(settings, undefined, await channelBlock());
    // Loaded on demand: a run on the CPU starts without it.
    const { startProvider } = await import('./providers/start.js');
    return new OnnxRuntimeEngine(settings, await startProvider(settings.provider, settings.device));
  },

  async backends() {
    const { tryProvider } = await import('./providers/start.js');
    const { PROVIDERS } = await import('./providers/provider.js');
    const { isSoftware } = await import('./providers/graphics.js');
    const backends: EngineBackend[] = [];
    for (const provider of Object.values(PROVIDERS)) {
      const attempt = await tryProvider(provider, 0);
      const hyperparameters = { provider: provider.name };
      if ('reason' in attempt) {
        const { reason, remedy } = attempt;
        backends.push({ hyperparameters, available: false, reason, ...defined({ remedy }) });
      } else {
        const { facts } = attempt;
        const automatic = facts === undefined || !isSoftware(facts);
        const details = { version: VERSION, ...facts };
        backends.push({ hyperparameters, automatic, available: true, details });
      }
    }
    return backends;
  },

  installers: {
    'onnxruntime-cuda': {
      summary: "ONNX Runtime's libraries for CUDA 12 and TensorRT, for provider=cuda and provider=tensorrt",
      describe: async () => (await import('./providers/install-cuda.js')).describeCuda(),
      install: async (_, options) => (await import('./providers/install-cuda.js')).installCuda(options),
    },
  },
};

export default plugin;
