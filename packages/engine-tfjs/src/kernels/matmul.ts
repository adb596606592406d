// The kernel of matrix products.

import * as tf from '@tensorflow/tfjs-core';
import type { KernelFactory } from './kernel.js';

export const matmul: KernelFactory<'matmul'> =
  ({ params: { transposeA, transposeB } }) =>
  ([a, b]) =>
    tf.matMul(a!, b!, transposeA, transposeB);
