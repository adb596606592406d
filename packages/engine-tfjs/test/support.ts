// What the tests share: engines, values, and the number of tensors that TensorFlow.js keeps.

import type { DType, TensorType } from '@gaussmark/autodiff';
import type { Engine } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import plugin from '../src/index.js';
import { findNative } from '../src/native-location.js';

export const createEngine = (hyperparameters: Readonly<Record<string, unknown>>): Promise<Engine> =>
  plugin.create(hyperparameters);

/** The backends that need nothing but this package, and TensorFlow's library where it is installed. */
export const BACKENDS = ['wasm', 'cpu', ...(findNative('tfjs-node') === undefined ? [] : ['node'])] as const;

export const type = (dtype: DType, ...shape: readonly number[]): TensorType => ({ dtype, shape });

/** Tensors of all engines in the process. */
export const tensorCount = () => tf.memory().numTensors;
