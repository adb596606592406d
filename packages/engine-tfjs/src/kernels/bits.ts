// Operations on the bits of int32 words. TensorFlow.js has almost none, so the host computes them, exactly.

import { broadcastShapes, sizeOf, threefryBlock } from '@gaussmark/autodiff';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelFactory } from './kernel.js';

/** The operands' words, broadcast to one shape. The values are in the process's memory, or can be read without waiting. */
function wordsOf(operands: readonly tf.Tensor[]) {
  const shape = [...broadcastShapes(...operands.map((operand) => operand.shape))!];
  const words = operands.map((operand) => {
    const scalar = sizeOf(operand.shape) === 1;
    const data = (scalar ? operand : tf.broadcastTo(operand, shape)).dataSync<'int32'>();
    return scalar ? () => data[0]! : (i: number) => data[i]!;
  });
  return { shape, size: sizeOf(shape), words };
}

const tensor = (data: Int32Array, shape: number[]) => tf.tensor(data, shape, 'int32');

export const xor: KernelFactory<'xor'> = () => (operands) => {
  const { shape, size, words } = wordsOf(operands);
  const [a, b] = words as [(i: number) => number, (i: number) => number];
  return tensor(
    Int32Array.from({ length: size }, (_, i) => a(i) ^ b(i)),
    shape,
  );
};

export const shiftRight: KernelFactory<'shiftRight'> =
  ({ params: { bits } }) =>
  ([x]) =>
    tensor(
      x!.dataSync<'int32'>().map((word) => word >>> bits),
      x!.shape,
    );

export const threefry2x32: KernelFactory<'threefry2x32'> = () => (operands) => {
  const { shape, size, words } = wordsOf(operands);
  const results = [new Int32Array(size), new Int32Array(size)] as const;
  for (let i = 0; i < size; i++) {
    const [k0, k1, c0, c1] = words.map((word) => word(i)) as [number, number, number, number];
    [results[0][i], results[1][i]] = threefryBlock([k0, k1], [c0, c1]);
  }
  return results.map((data) => tensor(data, shape));
};
