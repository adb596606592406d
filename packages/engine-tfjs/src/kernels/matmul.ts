// The kernel for matrix products.

import * as tf from '@tensorflow/tfjs-core';
import type { KernelFactory } from './kernel.js';

export const matmul: KernelFactory<'matmul'> = ({ params, inputs }, { transposesFirst }) => {
  const { transposeA, transposeB } = params;
  if (!transposesFirst) return ([a, b]) => tf.matMul(a!, b!, transposeA, transposeB);
  const axes = inputs[0]!.type.shape.map((_, axis) => axis);
  const swapped = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
  const turned = (x: tf.Tensor, transposed: boolean) => (transposed ? tf.transpose(x, swapped) : x);
  return ([a, b]) => tf.matMul(turned(a!, transposeA), turned(b!, transposeB));
};
