// __name__: one hidden layer of tanh units. Replace it with your architecture.

import { add, matmul, reshape, sizeOf, type Tensor, tanh, tensorValue } from '@gaussmark/autodiff';
import type { ModelPlugin } from '@gaussmark/core';
import { RandomState } from '@gaussmark/random';

/** Described in manifest.json, with bounds and defaults. */
export interface __Type__Hyperparameters {
  readonly width: number;
}

/** A type, because an interface does not fit a tree of tensors. */
export type __Type__Params = {
  /** W1, (inputs, width), and b1, (width) */
  readonly hidden: { readonly weight: Tensor; readonly bias: Tensor };
  /** W2, (width, outputs), and b2, (outputs) */
  readonly output: { readonly weight: Tensor; readonly bias: Tensor };
};

/** f(x) = tanh(x W1 + b1) W2 + b2; inputs of any shape are flattened. */
const model: ModelPlugin<__Type__Hyperparameters, __Type__Params> = {
  create({ width }, { input, target, classes }) {
    if (input.vocabulary !== undefined) return { incompatible: 'its inputs are numbers, not tokens' };
    // Logits have an axis of classes after the shape of the target.
    const shape = classes === undefined ? target.shape : [...target.shape, classes];
    const [inputs, outputs] = [sizeOf(input.shape), sizeOf(shape)];

    return {
      init(seed) {
        const random = new RandomState(seed);
        // Variance 1 / inputs keeps the size of activations (LeCun).
        const weights = (rows: number, columns: number) =>
          Array.from({ length: rows * columns }, () => random.standardNormal() / Math.sqrt(rows));
        const layer = (rows: number, columns: number) => ({
          weight: tensorValue('float64', [rows, columns], weights(rows, columns)),
          bias: tensorValue('float64', [columns], new Array<number>(columns).fill(0)),
        });
        return { hidden: layer(inputs, width), output: layer(width, outputs) };
      },

      apply({ hidden, output }, x) {
        const examples = x.shape[0]!;
        const rows = reshape(x, [examples, inputs]);
        const activations = tanh(add(matmul(rows, hidden.weight), hidden.bias));
        return reshape(add(matmul(activations, output.weight), output.bias), [examples, ...shape]);
      },
    };
  },
};

export default model;
