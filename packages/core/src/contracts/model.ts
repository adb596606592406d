// The model contract: an architecture for the shapes of a dataset.

import type { Tensor, TensorType, TensorValue, Tree } from '@gaussmark/autodiff';
import type { DatasetSpec } from './dataset.js';
import type { Params } from './optimizer.js';

/** Values for parameters P: the same records and arrays, with a value for each tensor. */
export type ValuesOf<P> = P extends Tensor
  ? TensorValue
  : P extends readonly (infer Item)[]
    ? readonly ValuesOf<Item>[]
    : { readonly [K in keyof P]: ValuesOf<P[K]> };

/**
 * @typeParam H its hyperparameters
 * @typeParam P its parameters; a type alias, since an interface is no {@link Params}
 */
export interface ModelPlugin<H = Readonly<Record<string, unknown>>, P extends Params = Params> {
  /**
   * The model for data of this shape, or why there is none (a convnet on tabular data): such a pair is skipped with
   * the reason.
   */
  create(hyperparameters: H, data: DatasetSpec): Model<P> | Incompatible;
}

export interface Incompatible {
  readonly incompatible: string;
}

export interface Model<P extends Params = Params> {
  /** Initial parameters, as float64 values; the harness casts them to the run's dtype. The same seed gives the same values. */
  init(seed: number): ValuesOf<P>;
  /**
   * The types of what `init` gives, without drawing it. Optional: with it, a network that is too large is refused at once,
   * and planning draws no weights.
   */
  types?(): Tree<TensorType>;
  /** The network's outputs before the loss for a batch: `x` is (M, ...data.input.shape), the result (M, ...outputs). Traced. */
  apply(params: P, x: Tensor): Tensor;
}
