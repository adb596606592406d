// __name__: one hidden layer of tanh units. Replace it with your architecture.

import { add, matmul, reshape, sizeOf, tanh, tensorValue } from '@gaussmark/autodiff';
import { RandomState } from '@gaussmark/random';

/** f(x) = tanh(x W1 + b1) W2 + b2; inputs of any shape are flattened. */
export default {
  create({ width }, { input, target, classes }) {
    if (input.vocabulary !== undefined) return { incompatible: 'its inputs are numbers, not tokens' };
    // Logits have an axis of classes after the shape of the target.
    const shape = classes === undefined ? target.shape : [...target.shape, classes];
    const [inputs, outputs] = [sizeOf(input.shape), sizeOf(shape)];

    return {
      init(seed) {
        const random = new RandomState(seed);
        // Variance 1 / inputs keeps the size of activations (LeCun).
        const weights = (rows, columns) =>
          Array.from({ length: rows * columns }, () => random.standardNormal() / Math.sqrt(rows));
        const layer = (rows, columns) => ({
          weight: tensorValue('float64', [rows, columns], weights(rows, columns)),
          bias: tensorValue('float64', [columns], new Array(columns).fill(0)),
        });
        return { hidden: layer(inputs, width), output: layer(width, outputs) };
      },

      apply({ hidden, output }, x) {
        const examples = x.shape[0];
        const rows = reshape(x, [examples, inputs]);
        const activations = tanh(add(matmul(rows, hidden.weight), hidden.bias));
        return reshape(add(matmul(activations, output.weight), output.bias), [examples, ...shape]);
      },
    };
  },
};
