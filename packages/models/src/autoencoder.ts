// Deep autoencoder: dense layers down to a short code and back up, which reproduce their input.

import { reshape, sizeOf } from '@gaussmark/autodiff';
import type { ModelPlugin } from '@gaussmark/core';
import type { Activation } from './activations.js';
import type { AffineParams } from './affine.js';
import { demandFloats } from './data-shapes.js';
import { type DenseLayer, denseNetwork } from './dense-network.js';
import { type ScaledInitialization, sparseSource, start, weightSource } from './initialization.js';

export interface AutoencoderHyperparameters {
  /** Widths of the encoder's hidden layers; the decoder has them in reverse. */
  readonly hidden: readonly number[];
  /** Numbers that an example is reduced to, by a linear layer. */
  readonly code: number;
  readonly activation: Activation;
  /** Of the reconstruction. */
  readonly output: 'sigmoid' | 'linear';
  readonly initialization: 'sparse' | ScaledInitialization;
  /** Seed of the initial weights; `null` for the run's seed. */
  readonly initializationSeed: number | null;
}

/** Parameters: per layer, from the input on, a weight (in, out) and a bias (out). Encoder and decoder share none. */
export type AutoencoderParams = { readonly layers: readonly AffineParams[] };

/**
 * x -> hidden -> code -> reversed hidden -> reconstruction, of the target's shape. The code is linear, the reconstruction
 * linear or between 0 and 1; biases start at zero.
 *
 * By default this is the MNIST autoencoder 784-1000-500-250-30-250-500-1000-784 of Hinton and Salakhutdinov, *Reducing the
 * dimensionality of data with neural networks*, Science 313 (2006), with the sparse start of J. Martens, *Deep learning via
 * Hessian-free optimization*, ICML 2010, which trained it without pretraining.
 *
 * Where this differs: 1. they minimize the cross-entropy of pixels and report the squared error, summed over pixels; here
 * the squared error is also what is minimized, as its mean over pixels (times 784 it is theirs). 2. There is no weight decay.
 */
const autoencoder: ModelPlugin<AutoencoderHyperparameters, AutoencoderParams> = {
  create(hyperparameters, data) {
    const { hidden, code, activation, output, initialization, initializationSeed } = hyperparameters;
    const size = sizeOf(data.input.shape);
    const tokens = demandFloats(data);
    if (tokens !== undefined) return tokens;
    if (data.task !== 'regression' || sizeOf(data.target.shape) !== size) {
      const target = data.task === 'regression' ? `[${data.target.shape.join(', ')}]` : 'a class';
      const incompatible = `an autoencoder's target is its input, [${data.input.shape.join(', ')}]; this one is ${target}`;
      return {
        incompatible: `${incompatible}; take data whose inputs are its targets, such as mnist[target=image]`,
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

      apply({ layers }, x) {
        const batch = x.shape[0]!;
        const rows = network.apply(layers, reshape(x, [batch, size]));
        return reshape(rows, [batch, ...data.target.shape]);
      },
    };
  },
};

export default autoencoder;
