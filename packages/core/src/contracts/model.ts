// The model contract: an architecture for the shapes of a dataset.

import type { Tensor, TensorType, TensorValue, Tree } from '@gaussmark/autodiff';
import type { DatasetSpec } from './dataset.js';
import type { Params } from './optimizer.js';

export interface ModelPlugin<H = Readonly<Record<string, unknown>>> {
  /**
   * The model for data of this shape, or why there is none (a convnet on tabular data): such a pair is skipped with
   * the reason.
   */
  create(hyperparameters: H, data: DatasetSpec): Model | Incompatible;
}

export interface Incompatible {
  readonly incompatible: string;
}

export interface Model {
  /** Initial parameters, as float64 values; the harness casts them to the run's dtype. The same seed gives the same values. */
  init(seed: number): Tree<TensorValue>;
  /**
   * The types of what `init` gives, without drawing it. Optional: with it, a network that is too large is refused at once,
   * and planning draws no weights.
   */
  types?(): Tree<TensorType>;
  /** The network's outputs before the loss for a batch: `x` is (M, ...data.input.shape), the result (M, ...outputs). Traced. */
  apply(params: Params, x: Tensor): Tensor;
}
