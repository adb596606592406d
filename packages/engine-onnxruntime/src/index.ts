// The onnxruntime engine as a plugin.

import type { EnginePlugin } from '@gaussmark/core';
import { OnnxRuntimeEngine } from './engine.js';
import { DEFAULTS, type OnnxRuntimeHyperparameters } from './settings.js';

export { OnnxRuntimeEngine } from './engine.js';
export type { LogLevel, OnnxRuntimeHyperparameters } from './settings.js';

const plugin: EnginePlugin<Partial<OnnxRuntimeHyperparameters>> = {
  async create(hyperparameters) {
    return new OnnxRuntimeEngine({ ...DEFAULTS, ...hyperparameters });
  },
};

export default plugin;
