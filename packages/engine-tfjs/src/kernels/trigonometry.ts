// Sine and cosine, computed explicitly where a backend's own come from the shading language.
//
// WGSL requires only an absolute error of 2^-11 for sin and cos in [-pi, pi]. The explicit form follows Moshier's Cephes (sinf.c):
// x = k pi/2 + r with k = round(x 2/pi) and |r| <= pi/4, subtracting k pi/2 in three parts, the first two exact products for
// |k| < 2^16; then a polynomial in r, for sine or cosine by the quadrant k mod 4, and its sign.

import * as tf from '@tensorflow/tfjs-core';
import type { KernelFactory } from './kernel.js';

const HALF_PI = [1.5703125, 4.83751296997e-4, 7.54978995489e-8] as const;
const SINE = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1] as const;
const COSINE = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2] as const;

/** The polynomial with these coefficients, highest first. */
const polynomial = (coefficients: readonly number[], x: tf.Tensor): tf.Tensor =>
  coefficients
    .slice(1)
    .reduce<tf.Tensor>((sum, c) => tf.add(tf.mul(sum, x), c), tf.fill(x.shape, coefficients[0]!));

/** sin(x + quadrants pi/2) */
function sine(x: tf.Tensor, quadrants: 0 | 1): tf.Tensor {
  const k = tf.round(tf.mul(x, 2 / Math.PI));
  const r = HALF_PI.reduce<tf.Tensor>((rest, part) => tf.sub(rest, tf.mul(k, part)), x);
  const r2 = tf.square(r);
  const sinR = tf.add(tf.mul(tf.mul(polynomial(SINE, r2), r2), r), r);
  const cosR = tf.add(tf.sub(tf.mul(tf.mul(polynomial(COSINE, r2), r2), r2), tf.mul(r2, 0.5)), 1);
  const shifted = tf.add(k, quadrants);
  const quadrant = tf.sub(shifted, tf.mul(tf.floor(tf.mul(shifted, 0.25)), 4));
  // 0: sin r, 1: cos r, 2: -sin r, 3: -cos r.
  const odd = tf.logicalOr(tf.equal(quadrant, 1), tf.equal(quadrant, 3));
  const value = tf.where(odd, cosR, sinR);
  return tf.where(tf.greaterEqual(quadrant, 2), tf.neg(value), value);
}

export const sin: KernelFactory<'sin'> = (_, { wgsl }) => (wgsl ? ([x]) => sine(x!, 0) : ([x]) => tf.sin(x!));

export const cos: KernelFactory<'cos'> = (_, { wgsl }) => (wgsl ? ([x]) => sine(x!, 1) : ([x]) => tf.cos(x!));
