// Kernels that select rows by index.

import * as tf from '@tensorflow/tfjs-core';
import type { KernelFactory } from './kernel.js';

/**
 * Rejects indices out of range, on backends that would access whatever memory they point to. The values are in the process's
 * memory, so checking is almost free; the native library does its own check.
 */
function demandRows(what: string, indices: tf.Tensor, rows: number): void {
  for (const row of indices.dataSync()) {
    if (row < 0 || row >= rows) throw new RangeError(`${what}: row ${row} of ${rows}`);
  }
}

export const take: KernelFactory<'take'> = ({ inputs }, { hostChecksIndices, gathersWhole }) => {
  const rows = inputs[0]!.type.shape[0]!;
  return ([x, indices]) => {
    if (hostChecksIndices) demandRows('take', indices!, rows);
    return gathersWhole
      ? tf.gatherND(x!, tf.reshape(indices!, [-1, 1]))
      : tf.gather(x!, indices as tf.Tensor1D);
  };
};

export const scatterAdd: KernelFactory<'scatterAdd'> = (
  { outputs, params: { size } },
  { hostChecksIndices },
) => {
  const shape = [...outputs[0]!.type.shape];
  return ([rows, indices]) => {
    if (hostChecksIndices) demandRows('scatterAdd', indices!, size);
    return tf.scatterND(tf.reshape(indices!, [-1, 1]), rows!, shape);
  };
};
