// What the tests share: engines, values, runs, and the number of tensors that TensorFlow.js keeps.

import type { DType, Program, TensorType, TensorValue } from '@gaussmark/autodiff';
import type { CompileOptions, Engine } from '@gaussmark/core';
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

export async function run(
  engine: Engine,
  program: Program,
  inputs: readonly TensorValue[],
  options?: CompileOptions,
): Promise<TensorValue[]> {
  const executable = await engine.compile(program, options);
  const buffers = inputs.map((input) => engine.upload(input));
  const outputs = await executable.run(buffers);
  const values = await Promise.all(
    outputs.map(async (output) => ({ type: output.type, data: (await output.read()).slice() })),
  );
  for (const buffer of [...buffers, ...outputs]) buffer.dispose();
  await executable.dispose();
  return values;
}
