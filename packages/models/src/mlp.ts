// Multilayer perceptron: dense layers with one activation between them and a linear output.

import {
  add,
  exp,
  log,
  matmul,
  maximum,
  mul,
  neg,
  relu,
  reshape,
  sigmoid,
  sizeOf,
  type Tensor,
  type TensorValue,
  tanh,
} from '@gaussmark/autodiff';
import type { DatasetSpec, Incompatible, Model, ModelPlugin, Params } from '@gaussmark/core';
import { type Initialization, weightSource } from './initialization.js';

const ACTIVATIONS = {
  sigmoid,
  tanh,
  relu,
  /** x sigmoid(x). Elfwing et al., arXiv 1702.03118. */
  silu: (x) => mul(x, sigmoid(x)),
  /** The tanh approximation of x Phi(x): x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). arXiv 1606.08415. */
  gelu: (x) => {
    const cubic = add(x, mul(0.044715, mul(x, mul(x, x))));
    return mul(mul(0.5, x), add(1, tanh(mul(Math.sqrt(2 / Math.PI), cubic))));
  },
  /** ln(1 + e^x), as max(x, 0) + ln(1 + e^-|x|), which does not overflow. */
  softplus: (x) => {
    const magnitude = maximum(x, neg(x));
    return add(relu(x), log(add(1, exp(neg(magnitude)))));
  },
} as const satisfies Readonly<Record<string, (x: Tensor) => Tensor>>;

export type Activation = keyof typeof ACTIVATIONS;

export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly Activation[];

export interface MlpHyperparameters {
  /** Widths of the hidden layers, from the input on; none is a linear model. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly initialization: Initialization;
  /** Seed of the initial weights; `null` for the initialization's own choice (10 for `paper`, else the run's seed). */
  readonly initializationSeed: number | null;
}

/** Parameters: per layer, a weight (in, out) and a bias (out). */
export interface MlpParams {
  readonly layers: readonly { readonly weight: Tensor; readonly bias: Tensor }[];
  readonly [key: string]: Params;
}

/**
 * h_0 = x, h_i = activation(h_(i-1) W_i + b_i), output = h_(n-1) W_n + b_n.
 *
 * An input of any shape is flattened. The output's width is the number of classes (logits, (M, classes)), or the size
 * of the target ((M, ...target.shape)). Biases start at zero.
 *
 * With `hidden: [100, 100], activation: 'sigmoid', initialization: 'paper'` this is the start of the experiments of
 * arXiv 2006.02409, in which every seed begins at the same weights.
 */
const mlp: ModelPlugin<MlpHyperparameters> = {
  create({ hidden, activation, initialization, initializationSeed }, data): Model | Incompatible {
    const outputs = outputShape(data);
    if ('incompatible' in outputs) return outputs;
    const inputSize = sizeOf(data.input.shape);
    const widths = [inputSize, ...hidden, sizeOf(outputs.shape)];
    const activate = ACTIVATIONS[activation];

    return {
      init(seed) {
        const draw = weightSource(initialization, seed, initializationSeed);
        const layers = hidden
          .concat(widths.at(-1)!)
          .map((width, i): { weight: TensorValue; bias: TensorValue } => {
            const fanIn = widths[i]!;
            return {
              weight: { type: { dtype: 'float64', shape: [fanIn, width] }, data: draw(fanIn, width) },
              bias: { type: { dtype: 'float64', shape: [width] }, data: new Float64Array(width) },
            };
          });
        return { layers };
      },

      apply(params, x) {
        const { layers } = params as MlpParams;
        const batch = x.shape[0]!;
        let h = reshape(x, [batch, inputSize]);
        for (const [i, { weight, bias }] of layers.entries()) {
          if (i > 0) h = activate(h);
          h = add(matmul(h, weight), bias);
        }
        return reshape(h, [batch, ...outputs.shape]);
      },
    };
  },
};

export default mlp;

function outputShape(data: DatasetSpec): { readonly shape: readonly number[] } | Incompatible {
  switch (data.task) {
    case 'regression':
      return { shape: data.target.shape };
    case 'classification':
      return data.classes === undefined
        ? { incompatible: 'the dataset does not say how many classes it has' }
        : { shape: [data.classes] };
    default:
      return data.task satisfies never;
  }
}
