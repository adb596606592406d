// Kernels for reductions, and for primitives that normalize along an axis.

import * as tf from '@tensorflow/tfjs-core';
import { alias } from './elementwise.js';
import type { KernelFactory } from './kernel.js';

export const reduceSum: KernelFactory<'reduceSum'> = (equation, backend) => {
  const { axes, keepDims } = equation.params;
  if (axes.length === 0) return alias(equation, backend);
  return ([x]) => tf.sum(x!, [...axes], keepDims);
};

/** The maximum, or NaN if there is one: x = x is false only for NaN. */
export const reduceMax: KernelFactory<'reduceMax'> = (equation, backend) => {
  const { axes, keepDims } = equation.params;
  if (axes.length === 0) return alias(equation, backend);
  if (equation.inputs[0]!.type.dtype === 'int32') return ([x]) => tf.max(x!, [...axes], keepDims);
  return ([x]) => {
    const peak = tf.max(x!, [...axes], keepDims);
    const numbers = tf.all(tf.equal(x!, x!), [...axes], keepDims);
    return tf.where(numbers, peak, tf.fill(peak.shape, Number.NaN));
  };
};

/** The first maximum. If there are NaNs, the first NaN: x is then replaced by 1 for NaN and 0 for numbers. */
export const argMax: KernelFactory<'argMax'> = ({ params: { axis } }) => {
  return ([x]) => {
    const numbers = tf.equal(x!, x!);
    const all = tf.all(numbers, axis, true);
    return tf.argMax(tf.where(all, x!, tf.cast(tf.logicalNot(numbers), 'float32')), axis);
  };
};

/** exp(x - max) / sum exp(x - max) */
export const softmax: KernelFactory<'softmax'> = ({ params: { axis } }) => {
  return ([x]) => {
    const powers = tf.exp(tf.sub(x!, tf.max(x!, axis, true)));
    return tf.div(powers, tf.sum(powers, axis, true));
  };
};

/** x - max - log sum exp(x - max) */
export const logSoftmax: KernelFactory<'logSoftmax'> = ({ params: { axis } }) => {
  return ([x]) => {
    const shifted = tf.sub(x!, tf.max(x!, axis, true));
    return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), axis, true)));
  };
};
