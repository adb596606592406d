// Multilayer perceptron: dense layers, an activation after each hidden one, and a linear output.

import { reshape, sizeOf } from '@gaussmark/autodiff';
import type { AffineParams, ModelPlugin } from '@gaussmark/core';
import type { Activation } from './activations.js';
import { demandFloats, outputShape } from './data-shapes.js';
import { type DenseLayer, denseNetwork } from './dense-network.js';
import { type Initialization, start, weightSource } from './initialization.js';

export interface MlpHyperparameters {
  /** Widths of the hidden layers, from the input on; an empty list is a linear model. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly initialization: Initialization;
  /** Seed of the initial weights; `null` for the initialization's own choice (10 for `paper`, else the run's seed). */
  readonly initializationSeed: number | null;
}

/** Parameters: for each layer, a weight (in, out) and a bias (out). */
export type MlpParams = { readonly layers: readonly AffineParams[] };

/**
 * h_0 = x, h_i = activation(h_(i-1) W_i + b_i), output = h_(n-1) W_n + b_n.
 *
 * Inputs of any shape are flattened. The output's width is the number of classes (logits, (M, ...target.shape, classes)), or the
 * size of the target ((M, ...target.shape)). Biases start at zero.
 *
 * `hidden: [100, 100], activation: 'sigmoid', initialization: 'paper'` is the setup of the experiments of arXiv 2006.02409, in which
 * all seeds start at the same weights.
 */
const mlp: ModelPlugin<MlpHyperparameters, MlpParams> = {
  create({ hidden, activation, initialization, initializationSeed }, data) {
    const outputs = outputShape(data);
    const mismatch = demandFloats(data);
    if (mismatch !== undefined) return mismatch;
    if ('incompatible' in outputs) return outputs;
    const inputSize = sizeOf(data.input.shape);
    const network = denseNetwork(inputSize, [
      ...hidden.map((width): DenseLayer => ({ width, activation })),
      { width: sizeOf(outputs.shape), activation: 'linear' },
    ]);

    return {
      ...start(
        (draw) => ({ layers: network.init(draw) }),
        (seed) => weightSource(initialization, seed, initializationSeed),
      ),

      roles: () => network.roles,

      apply({ layers }, x) {
        const batch = x.shape[0]!;
        const outputRows = network.apply(layers, reshape(x, [batch, inputSize]));
        return reshape(outputRows, [batch, ...outputs.shape]);
      },
    };
  },
};

export default mlp;
