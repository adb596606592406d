// Elementwise kernels. The primitives propagate NaN; where a backend's operation loses it, these kernels restore it.

import type { Primitive } from '@gaussmark/autodiff';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelFactory } from './kernel.js';

type Elementwise = (...operands: tf.Tensor[]) => tf.Tensor;

/** An operation of TensorFlow.js that needs no adaptation. */
export function direct(operation: Elementwise): KernelFactory<Primitive> {
  return () => (operands) => operation(...operands);
}

/** One operation for floats, another for int32. */
export function byDType(float: Elementwise, int32: Elementwise): KernelFactory<Primitive> {
  return ({ inputs }) => {
    const operation = inputs[0]!.type.dtype === 'int32' ? int32 : float;
    return (operands) => operation(...operands);
  };
}

/** The unchanged values. */
export const alias: KernelFactory<Primitive> = () => (operands) => tf.clone(operands[0]!);

const negative: Elementwise = (x) => tf.sub(tf.scalar(0, 'int32'), x!);
const isNotNumber = (x: tf.Tensor) => tf.notEqual(x, x);

export const neg = byDType((x) => tf.neg(x!), negative);
export const abs = byDType(
  (x) => tf.abs(x!),
  (x) => tf.maximum(x!, negative(x!)),
);

/** -1, 1, or the value itself for 0, -0 and NaN. */
export const sign = direct((x) =>
  tf.where(tf.greater(x!, 0), tf.scalar(1), tf.where(tf.less(x!, 0), tf.scalar(-1), x!)),
);

/** max(x, 0) by comparison: the Relu of several backends maps NaN to 0. */
export const relu = direct((x) => tf.where(tf.lessEqual(x!, 0), tf.zerosLike(x!), x!));

export const sigmoid: KernelFactory<'sigmoid'> = (_, { wgsl }) =>
  wgsl ? ([x]) => tf.where(isNotNumber(x!), x!, tf.sigmoid(x!)) : ([x]) => tf.sigmoid(x!);

export const finite = direct((x) => tf.less(tf.abs(x!), Number.POSITIVE_INFINITY));

export const cast: KernelFactory<'cast'> = (equation, backend) => {
  const { dtype } = equation.params;
  const from = equation.inputs[0]!.type.dtype;
  if (from === dtype) return alias(equation, backend);
  if (dtype === 'bool') return ([x]) => tf.notEqual(x!, tf.scalar(0, from as 'int32'));
  return ([x]) => tf.cast(x!, dtype as 'float32' | 'int32');
};

/** The second operand if it wins or is NaN, else the first; no comparison replaces a NaN in the first. */
const preferred =
  (better: (b: tf.Tensor, a: tf.Tensor) => tf.Tensor): Elementwise =>
  (a, b) =>
    tf.where(tf.logicalOr(better(b!, a!), isNotNumber(b!)), b!, a!);

export const maximum = byDType(preferred(tf.greater), (a, b) => tf.maximum(a!, b!));
export const minimum = byDType(preferred(tf.less), (a, b) => tf.minimum(a!, b!));

/**
 * Quotients. int32 quotients are truncated towards zero, but TensorFlow.js rounds them down, on some backends through float32. So
 * the remainder r = |a| - q |b| corrects the guess q: q + 1 if r >= |b|, and q - 1 if r < 0. Up to 2^24 the guess is at most one
 * off.
 */
export const div = byDType(
  (a, b) => tf.div(a!, b!),
  (a, b) => {
    const [one, zero] = [tf.scalar(1, 'int32'), tf.scalar(0, 'int32')];
    const magnitude = (x: tf.Tensor) => tf.maximum(x, tf.sub(zero, x));
    const [p, d] = [magnitude(a!), magnitude(b!)];
    const guess = tf.floorDiv(p, d);
    const rest = tf.sub(p, tf.mul(guess, d));
    const up = tf.where(tf.greaterEqual(rest, d), tf.add(guess, one), guess);
    const quotient = tf.where(tf.less(rest, zero), tf.sub(guess, one), up);
    const opposite = tf.notEqual(tf.less(a!, zero), tf.less(b!, zero));
    return tf.where(opposite, tf.sub(zero, quotient), quotient);
  },
);

export const equal: KernelFactory<'equal'> = ({ inputs }) =>
  inputs[0]!.type.dtype === 'bool'
    ? ([a, b]) => tf.logicalNot(tf.logicalXor(a!, b!))
    : ([a, b]) => tf.equal(a!, b!);

/** For bools, by logic: Select on WebAssembly writes past the end of bool tensors and breaks later operations. */
export const select: KernelFactory<'select'> = ({ inputs }) =>
  inputs[1]!.type.dtype === 'bool'
    ? ([predicate, a, b]) =>
        tf.logicalOr(tf.logicalAnd(predicate!, a!), tf.logicalAnd(tf.logicalNot(predicate!), b!))
    : ([predicate, a, b]) => tf.where(predicate!, a!, b!);
