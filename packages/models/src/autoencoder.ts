// Deep autoencoder: dense layers down to a short code and back up, trained to reproduce their input.

import { reshape, sizeOf } from '@gaussmark/autodiff';
import type { AffineParams, ModelPlugin } from '@gaussmark/core';
import type { Activation } from './activations.js';
import { demandFloats } from './data-shapes.js';
import { type DenseLayer, denseNetwork } from './dense-network.js';
import { type ScaledInitialization, sparseSource, start, weightSource } from './initialization.js';

export interface AutoencoderHyperparameters {
  /** Widths of the encoder's hidden layers; the decoder mirrors them. */
  readonly hidden: readonly number[];
  /** Size of the code, computed by a linear layer. */
  readonly code: number;
  readonly activation: Activation;
  /** Activation of the reconstruction. */
  readonly output: 'sigmoid' | 'linear';
  readonly initialization: 'sparse' | ScaledInitialization;
  /** Seed of the initial weights; `null` for the run's seed. */
  readonly initializationSeed: number | null;
}

/** Parameters: for each layer, from the input on, a weight (in, out) and a bias (out). Encoder and decoder share none. */
export type AutoencoderParams = { readonly layers: readonly AffineParams[] };

/**
 * x -> hidden -> code -> mirrored hidden -> reconstruction, with the target's shape. The code is linear, the reconstruction linear
 * or between 0 and 1; biases start at zero.
 *
 * By default, the MNIST autoencoder 784-1000-500-250-30-250-500-1000-784 of Hinton and Salakhutdinov, *Reducing the
 * dimensionality of data with neural networks*, Science 313 (2006), with the sparse initialization of J. Martens, *Deep learning via
 * Hessian-free optimization*, ICML 2010, who trained it without pretraining.
 *
 * Differences: 1. They minimize the cross-entropy of pixels and report the squared error summed over pixels; here, the squared
 * error is minimized too, as its mean over pixels (784 times smaller). 2. There is no weight decay.
 */
const autoencoder: ModelPlugin<AutoencoderHyperparameters, AutoencoderParams> = {
  create(hyperparameters, data) {
    const { hidden, code, activation, output, initialization, initializationSeed } = hyperparameters;
    const size = sizeOf(data.input.shape);
    const tokens = demandFloats(data);
    if (tokens !== undefined) return tokens;
    if (data.task !== 'regression' || sizeOf(data.target.shape) !== size) {
      const target = data.task === 'regression' ? `[${data.target.shape.join(', ')}]` : 'a class';
      const incompatible = `an autoencoder's target is its input, [${data.input.shape.join(', ')}]; here it is ${target}`;
      return {
        incompatible: `${incompatible}; use data whose targets are its inputs, such as mnist[target=image]`,
      };
    }
    const side = (widths: readonly number[]) => widths.map((width): DenseLayer => ({ width, activation }));
    const network = denseNetwork(size, [
      ...side(hidden),
      { width: code, activation: 'linear' },
      ...side([...hidden].reverse()),
      { width: size, activation: output },
    ]);

    return {
      ...start(
        (draw) => ({ layers: network.init(draw) }),
        (seed) =>
          initialization === 'sparse'
            ? sparseSource(initializationSeed ?? seed)
            : weightSource(initialization, seed, initializationSeed),
      ),

      roles: () => network.roles,

      apply({ layers }, x) {
        const batch = x.shape[0]!;
        const rows = network.apply(layers, reshape(x, [batch, size]));
        return reshape(rows, [batch, ...data.target.shape]);
      },
    };
  },
};

export default autoencoder;
