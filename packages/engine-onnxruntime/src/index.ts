// The onnxruntime engine as a plugin.

import type { EnginePlugin } from '@gaussmark/core';
import { OnnxRuntimeEngine } from './engine.js';
import { resolveHyperparameters } from './settings.js';

export { OnnxRuntimeEngine } from './engine.js';
export type { ProfiledEquation } from './profile.js';
export type { LogLevel, OnnxRuntimeHyperparameters } from './settings.js';

const plugin: EnginePlugin = {
  async create(hyperparameters) {
    return new OnnxRuntimeEngine(resolveHyperparameters(hyperparameters));
  },
};

export default plugin;
