// Shared by the tests: engines, types, and the number of tensors held by TensorFlow.js.

import type { DType, TensorType } from '@gaussmark/autodiff';
import type { Engine } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import plugin from '../src/index.js';
import { findNative } from '../src/native-location.js';

export const createEngine = (hyperparameters: Readonly<Record<string, unknown>>): Promise<Engine> =>
  plugin.create(hyperparameters);

/** The backends included in this package, and TensorFlow's library if installed. */
export const BACKENDS = ['wasm', 'cpu', ...(findNative('tfjs-node') === undefined ? [] : ['node'])] as const;

export const type = (dtype: DType, ...shape: readonly number[]): TensorType => ({ dtype, shape });

/** Number of tensors of all engines in the process. */
export const tensorCount = () => tf.memory().numTensors;
