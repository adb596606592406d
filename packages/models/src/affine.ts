// Initial values of affine layers, dense and convolutional.

import type { AffineParams, ValuesOf } from '@gaussmark/core';
import { constant, type WeightShape, type WeightSource } from './initialization.js';

/** Initial values of a layer's parameters. */
export type AffineValues = ValuesOf<AffineParams>;

/** The shape of a dense weight, (in, out). */
export function denseWeight(inputs: number, outputs: number): WeightShape {
  return { shape: [inputs, outputs], fanIn: inputs, fanOut: outputs };
}

/** The shape of a convolution's weight, (filters, channels per group, height, width). */
export function convWeight(
  filters: number,
  channels: number,
  [height, width]: readonly [number, number],
  groups = 1,
): WeightShape {
  return {
    shape: [filters, channels / groups, height, width],
    fanIn: (channels / groups) * height * width,
    fanOut: (filters / groups) * height * width,
  };
}

/** A drawn weight, and a bias of `units` zeros. */
export function affineValues(draw: WeightSource, weight: WeightShape, units: number): AffineValues {
  return { weight: draw(weight), bias: draw(constant([units], 0)) };
}
