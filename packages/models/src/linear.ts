// Linear network: dense layers without biases or activations.

import { reshape, sizeOf, type Tensor } from '@gaussmark/autodiff';
import { dense, type ModelPlugin } from '@gaussmark/core';
import { denseWeight } from './affine.js';
import { demandFloats, outputShape } from './data-shapes.js';
import { constant, type ScaledInitialization, start, weightSource } from './initialization.js';

export interface LinearHyperparameters {
  /** Widths of the hidden layers; an empty list is a linear model, and its loss convex. */
  readonly hidden: readonly number[];
  /** `zero` needs a single layer: deeper networks have a saddle point there. */
  readonly initialization: 'zero' | ScaledInitialization;
  /** Seed of the initial weights; `null` for the run's seed. */
  readonly initializationSeed: number | null;
}

/** Parameters: for each layer, a weight (in, out). */
export type LinearParams = { readonly layers: readonly { readonly weight: Tensor }[] };

/**
 * f(x) = x W_1 ... W_n: a linear function of the input whose loss is not convex in its factors.
 *
 * Inputs of any shape are flattened. The output's width is the number of classes (logits, (M, ...target.shape, classes)), or the size of
 * the target ((M, ...target.shape)). All minima of the squared error are global, and the dynamics of gradient flow from small or
 * orthogonal weights are known: A. M. Saxe, J. L. McClelland, S. Ganguli, *Exact solutions to the nonlinear dynamics of learning in deep
 * linear neural networks*, 2013, arXiv 1312.6120.
 */
const linear: ModelPlugin<LinearHyperparameters, LinearParams> = {
  create({ hidden, initialization, initializationSeed }, data) {
    const outputs = outputShape(data);
    const mismatch = demandFloats(data);
    if (mismatch !== undefined) return mismatch;
    if ('incompatible' in outputs) return outputs;
    if (initialization === 'zero' && hidden.length > 0) {
      return {
        incompatible: `the initialization 'zero' is a saddle point of a network with hidden layers; use 'glorot', or hidden=[]`,
      };
    }
    const widths = [sizeOf(data.input.shape), ...hidden, sizeOf(outputs.shape)];
    const shapes = hidden.concat(widths.at(-1)!).map((width, i) => denseWeight(widths[i]!, width));

    return {
      ...start(
        (draw) => ({
          layers: shapes.map((shape) => ({
            weight: draw(initialization === 'zero' ? constant(shape.shape, 0) : shape),
          })),
        }),
        (seed) =>
          weightSource(initialization === 'zero' ? 'glorot' : initialization, seed, initializationSeed),
      ),

      roles: () => ({ [`layers.${shapes.length - 1}.weight`]: 'head' }),

      apply({ layers }, x) {
        const batch = x.shape[0]!;
        const rows = layers.reduce((h, layer) => dense(h, layer), reshape(x, [batch, widths[0]!]));
        return reshape(rows, [batch, ...outputs.shape]);
      },
    };
  },
};

export default linear;
