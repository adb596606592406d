// The model contract: an architecture for data of given shapes.

import type { Tensor, TensorType, TensorValue, Tree } from '@gaussmark/autodiff';
import type { Params } from '@gaussmark/problem';
import type { DatasetSpec } from './dataset.js';
import type { ParameterRole } from './parameters.js';

/** Values for parameters P: the same tree, with a value for each tensor. */
export type ValuesOf<P> = P extends Tensor
  ? TensorValue
  : P extends readonly (infer Item)[]
    ? readonly ValuesOf<Item>[]
    : { readonly [K in keyof P]: ValuesOf<P[K]> };

/**
 * @typeParam H its hyperparameters
 * @typeParam P its parameters; use a type alias, since an interface is not assignable to {@link Params}
 */
export interface ModelPlugin<H = Readonly<Record<string, unknown>>, P extends Params = Params> {
  /**
   * The model for data of this shape, or why there is none (a convnet on tabular data). Such a combination is skipped
   * with that reason.
   */
  create(hyperparameters: H, data: DatasetSpec): Model<P> | Incompatible;
}

export interface Incompatible {
  readonly incompatible: string;
}

export interface Model<P extends Params = Params> {
  /** Initial parameters as float64 values, determined by the seed; the harness casts them to the run's dtype. */
  init(seed: number): ValuesOf<P>;
  /**
   * The types of `init`'s values, without drawing them. Optional; it lets the planner reject networks that are too large
   * without drawing weights.
   */
  types?(): Tree<TensorType>;
  /**
   * The roles of parameters by path, as in `{ 'layers.2.weight': 'head' }`, where those inferred from names and shapes are not right. See
   * {@link parametersOf}.
   */
  roles?(): Readonly<Record<string, ParameterRole>>;
  /** The network's outputs before the loss: maps a batch `x` (M, ...data.input.shape) to (M, ...outputs). Traced. */
  apply(params: P, x: Tensor): Tensor;
}
