// Runs traced functions on values with the reference evaluator.

import { type Tensor, type TensorValue, type Tree, tensorValue, trace, tree } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';

export const double = (shape: readonly number[], values: readonly number[]) =>
  tensorValue('float64', shape, values);

/** Traces fn once for the types of `examples`; returns a function on values. */
export function compiled(
  fn: (...args: never[]) => Tree<Tensor>,
  ...examples: readonly Tree<TensorValue>[]
): (...args: readonly Tree<TensorValue>[]) => Tree<TensorValue> {
  const types = examples.map((example) => tree.map((value: TensorValue) => value.type, example));
  const { program, output } = trace(fn, ...types);
  return (...args) => {
    const inputs = args.flatMap((arg) => tree.leaves<TensorValue>(arg));
    return tree.unflatten(output, evaluate(program, inputs));
  };
}

/** fn at trees of values. */
export const evaluated = (
  fn: (...args: never[]) => Tree<Tensor>,
  ...args: readonly Tree<TensorValue>[]
): Tree<TensorValue> => compiled(fn, ...args)(...args);

/** All numbers in a tree, in order. */
export const numbersOf = (values: Tree<TensorValue>): number[] =>
  tree.leaves<TensorValue>(values).flatMap(({ data }) => [...data]);
