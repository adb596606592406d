// Affine layers, dense and convolutional.

import { add, type Conv2dOptions, conv2d, matmul, reshape, type Tensor } from '@gaussmark/autodiff';
import type { ValuesOf } from '@gaussmark/core';
import { constant, type WeightShape, type WeightSource } from './initialization.js';

/** Parameters of a layer: dense (in, out) and (out); convolutional (filters, channels, height, width) and (filters). */
export type AffineParams = { readonly weight: Tensor; readonly bias: Tensor };

/** Their initial values. */
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

/** h W + b, over the last axis: (..., in) -> (..., out). */
export function dense(h: Tensor, { weight, bias }: AffineParams): Tensor {
  return add(matmul(h, weight), bias);
}

/** The convolution of images (M, C, H, W), plus a bias per filter. */
export function convolve(h: Tensor, { weight, bias }: AffineParams, options: Conv2dOptions = {}): Tensor {
  return addPerChannel(conv2d(h, weight, options), bias);
}

/** (M, C, H, W) + (C) */
export function addPerChannel(h: Tensor, bias: Tensor): Tensor {
  return add(h, perChannel(bias));
}

/** (C) -> (C, 1, 1): one number for every position of a channel. */
export function perChannel(x: Tensor): Tensor {
  return reshape(x, [x.shape[0]!, 1, 1]);
}
