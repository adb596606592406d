// Kernels that move elements without changing them.

import * as tf from '@tensorflow/tfjs-core';
import { alias } from './elementwise.js';
import type { KernelFactory } from './kernel.js';

export const reshape: KernelFactory<'reshape'> =
  ({ params: { shape } }) =>
  ([x]) =>
    tf.reshape(x!, [...shape]);

export const transpose: KernelFactory<'transpose'> =
  ({ params: { permutation } }) =>
  ([x]) =>
    tf.transpose(x!, [...permutation]);

export const broadcast: KernelFactory<'broadcast'> =
  ({ params: { shape } }) =>
  ([x]) =>
    tf.broadcastTo(x!, [...shape]);

/** Drops empty parts, which some backends do not support. */
export const concat: KernelFactory<'concat'> = (equation, backend) => {
  const parts = equation.inputs.flatMap(({ type }, i) => (type.shape[equation.params.axis] === 0 ? [] : [i]));
  if (parts.length === 1) return (operands) => tf.clone(operands[parts[0]!]!);
  if (equation.inputs.length === 1) return alias(equation, backend);
  return (operands) =>
    tf.concat(
      parts.map((i) => operands[i]!),
      equation.params.axis,
    );
};

export const slice: KernelFactory<'slice'> = (equation, backend) => {
  const { starts, stops } = equation.params;
  if (starts.length === 0) return alias(equation, backend);
  const sizes = stops.map((stop, axis) => stop - starts[axis]!);
  return ([x]) => tf.slice(x!, [...starts], sizes);
};

export const pad: KernelFactory<'pad'> = (equation, backend) => {
  const { before, after } = equation.params;
  if (before.length === 0) return alias(equation, backend);
  const paddings = before.map((n, axis): [number, number] => [n, after[axis]!]);
  return ([x]) => tf.pad(x!, paddings);
};
