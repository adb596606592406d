// Networks with waves for parameters and inputs, as in numpy-reference/networks.py, run by the reference evaluator.

import {
  type Shape,
  sizeOf,
  type Tensor,
  type TensorType,
  type TensorValue,
  type Tree,
  trace,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import type { Incompatible, Model, Params } from '@gaussmark/core';

/** sin(0.7 i + 1.3 seed + 0.2) / 2 at position i. */
export function wave(shape: Shape, seed: number): TensorValue {
  const data = Float64Array.from(
    { length: sizeOf(shape) },
    (_, i) => Math.sin(0.7 * i + 1.3 * seed + 0.2) / 2,
  );
  return { type: { dtype: 'float64', shape }, data };
}

/** The model. @throws Error if it is incompatible with the data */
export function demandModel<P extends Params>(model: Model<P> | Incompatible): Model<P> {
  if ('incompatible' in model) throw new Error(model.incompatible);
  return model;
}

/** The model's initial parameters with waves for values: the k-th leaf has seed k. */
export function waveParameters(model: Model): Tree<TensorValue> {
  let k = 0;
  return tree.map(({ type }: TensorValue) => wave(type.shape, k++), model.init(1)) as Tree<TensorValue>;
}

/** Shapes of a tree's leaves, in order. */
export function shapesOf(params: Tree<TensorValue>): Shape[] {
  return tree.leaves<TensorValue>(params).map(({ type }) => type.shape);
}

export function parameterCount(model: Model): number {
  return shapesOf(model.init(1)).reduce((count, shape) => count + sizeOf(shape), 0);
}

/** Traces a function of a model's parameters and further inputs, and evaluates it. */
export function run(
  fn: (...args: never[]) => Tensor,
  params: Tree<TensorValue>,
  ...inputs: readonly TensorValue[]
): TensorValue {
  const types = tree.map((value: TensorValue) => value.type, params) as Tree<TensorType>;
  const { program } = trace(fn, types, ...inputs.map(({ type }) => type));
  return evaluate(program, [...tree.leaves(params), ...inputs])[0]!;
}

/** The mean of the squares: the variance of numbers drawn around 0. */
export function secondMoment({ data }: TensorValue): number {
  return Float64Array.from(data).reduce((sum, value) => sum + value * value, 0) / data.length;
}
