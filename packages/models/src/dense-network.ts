// A chain of dense layers with activations, shared by perceptrons and autoencoders.

import type { Tensor } from '@gaussmark/autodiff';
import { type AffineParams, dense, type ParameterRole } from '@gaussmark/core';
import { type Activation, activationOf } from './activations.js';
import { type AffineValues, affineValues, denseWeight } from './affine.js';
import type { WeightSource } from './initialization.js';

/** A layer: its width and activation. */
export interface DenseLayer {
  readonly width: number;
  readonly activation: Activation | 'linear';
}

/** h_0 = x, h_i = activation_i(h_(i-1) W_i + b_i). */
export interface DenseNetwork {
  /** Weights layer by layer, from the input on; biases are zero. */
  init(draw: WeightSource): readonly AffineValues[];
  /** The last layer's weight is the head of a model whose parameters are `{ layers }`. */
  readonly roles: Readonly<Record<string, ParameterRole>>;
  /** (M, inputs) -> (M, width of the last layer). */
  apply(layers: readonly AffineParams[], x: Tensor): Tensor;
}

export function denseNetwork(inputs: number, layers: readonly DenseLayer[]): DenseNetwork {
  return {
    init: (draw) =>
      layers.map(({ width }, i) => {
        const fanIn = i === 0 ? inputs : layers[i - 1]!.width;
        return affineValues(draw, denseWeight(fanIn, width), width);
      }),
    roles: { [`layers.${layers.length - 1}.weight`]: 'head' },
    apply: (params, x) =>
      layers.reduce((h, { activation }, i) => activationOf(activation)(dense(h, params[i]!)), x),
  };
}
