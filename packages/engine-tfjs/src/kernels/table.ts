// The kernel table: without a TensorFlow.js kernel for every primitive, this file does not compile.

import type { ControlFlow, Equation, Primitive } from '@gaussmark/autodiff';
import { sizeOf } from '@gaussmark/autodiff';
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../backend.js';
import * as bits from './bits.js';
import { conv2d, conv2dFilterAdjoint, conv2dInputAdjoint } from './convolution.js';
import * as elementwise from './elementwise.js';
import { alias, direct } from './elementwise.js';
import { scatterAdd, take } from './indexing.js';
import type { Kernel, KernelFactory } from './kernel.js';
import { broadcast, concat, pad, reshape, slice, transpose } from './layout.js';
import { matmul } from './matmul.js';
import { maxPool2d, maxPool2dScatter, maxPool2dTake } from './pooling.js';
import { argMax, logSoftmax, reduceMax, reduceSum, softmax } from './reductions.js';
import { cos, sin } from './trigonometry.js';

const KERNELS: { readonly [P in Exclude<Primitive, ControlFlow>]: KernelFactory<P> } = {
  neg: elementwise.neg,
  abs: elementwise.abs,
  sign: elementwise.sign,
  exp: direct((x) => tf.exp(x!)),
  log: direct((x) => tf.log(x!)),
  sqrt: direct((x) => tf.sqrt(x!)),
  sin,
  cos,
  tanh: direct((x) => tf.tanh(x!)),
  sigmoid: elementwise.sigmoid,
  relu: elementwise.relu,
  isFinite: elementwise.finite,
  not: direct((x) => tf.logicalNot(x!)),
  cast: elementwise.cast,
  stopGradient: alias,

  add: direct((a, b) => tf.add(a!, b!)),
  sub: direct((a, b) => tf.sub(a!, b!)),
  mul: direct((a, b) => tf.mul(a!, b!)),
  div: elementwise.div,
  pow: direct((a, b) => tf.pow(a!, b!)),
  maximum: elementwise.maximum,
  minimum: elementwise.minimum,
  equal: elementwise.equal,
  less: direct((a, b) => tf.less(a!, b!)),
  lessEqual: direct((a, b) => tf.lessEqual(a!, b!)),
  and: direct((a, b) => tf.logicalAnd(a!, b!)),
  or: direct((a, b) => tf.logicalOr(a!, b!)),
  xor: bits.xor,
  shiftRight: bits.shiftRight,
  threefry2x32: bits.threefry2x32,
  select: elementwise.select,

  reduceSum,
  reduceMax,
  argMax,
  softmax,
  logSoftmax,

  matmul,
  conv2d,
  conv2dInputAdjoint,
  conv2dFilterAdjoint,
  maxPool2d,
  maxPool2dTake,
  maxPool2dScatter,

  reshape,
  transpose,
  broadcast,
  concat,
  slice,
  pad,
  take,
  scatterAdd,
};

/**
 * The kernel of an equation. Empty results, and sums over nothing, are computed here: not all backends support empty tensors.
 */
export function kernelOf(equation: Exclude<Equation, { primitive: ControlFlow }>, backend: Backend): Kernel {
  const outputs = equation.outputs.map(({ type }) => type);
  const isEmpty = ({ shape }: { readonly shape: readonly number[] }) => sizeOf(shape) === 0;
  const nothingSummed = equation.primitive !== 'concat' && equation.inputs.some(({ type }) => isEmpty(type));
  if (outputs.every(isEmpty) || nothingSummed)
    return () => outputs.map(({ shape, dtype }) => tf.zeros([...shape], dtype as 'float32'));
  const factory = KERNELS[equation.primitive] as KernelFactory<Primitive>;
  return factory(equation, backend);
}
