// Tiny networks with waves for parameters and inputs, evaluated in float64 by the reference.

import {
  averagePool2d,
  maxPool2d,
  reshape,
  type Shape,
  sizeOf,
  type Tensor,
  type TensorType,
  type TensorValue,
  type Tree,
  tanh,
  tensorValue,
  trace,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { bindProblem } from '../src/bind-problem.js';
import type { Network, Params, Problem } from '../src/contract.js';
import { type AffineParams, addPerChannel, convolution, convolve, dense } from '../src/layers.js';
import { type Loss, losses } from '../src/losses.js';

/** sin(0.7 i + 1.3 seed + 0.2) at position i. */
export function wave(shape: Shape, seed: number): TensorValue {
  const data = Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(0.7 * i + 1.3 * seed + 0.2));
  return tensorValue('float64', shape, data);
}

/** A network, the loss, and what to evaluate them on. */
export interface Setup {
  readonly network: Network;
  readonly loss: Loss;
  readonly params: Tree<TensorValue>;
  readonly inputs: TensorValue;
  readonly targets: TensorValue;
}

const affine = (weight: Shape, units: number, seed: number) => ({
  weight: wave(weight, seed),
  bias: wave([units], seed + 50),
});

/** 3 inputs, 4 hidden units, 3 outputs, M = 5. */
export function mlpSetup(loss: 'squaredError' | 'softmaxCrossEntropy'): Setup {
  const labels = tensorValue('int32', [5], [0, 2, 1, 1, 2]);
  return {
    network: {
      apply: ({ first, second }: { first: AffineParams; second: AffineParams }, x: Tensor) =>
        dense(tanh(dense(x, first)), second),
    },
    loss: losses[loss],
    params: { first: affine([3, 4], 4, 1), second: affine([4, 3], 3, 2) },
    inputs: wave([5, 3], 9),
    targets: loss === 'squaredError' ? wave([5, 3], 7) : labels,
  };
}

/** Images [2, 4, 4], strides, groups and padding, a convolution pooled before its bias, 3 classes, M = 3. */
export function convnetSetup(): Setup {
  type ConvParams = { first: AffineParams; second: AffineParams; output: AffineParams };
  return {
    network: {
      apply: ({ first, second, output }: ConvParams, x: Tensor) => {
        const one = tanh(convolve(x, first, { padding: 'same', groups: 2 }));
        const pooled = maxPool2d(convolution(one, second, { padding: 1 }), { window: 2, strides: 2 });
        const two = averagePool2d(tanh(addPerChannel(pooled, second.bias)), { window: 2, strides: 1 });
        return dense(reshape(two, [x.shape[0]!, 3]), output);
      },
    },
    loss: losses.softmaxCrossEntropy,
    params: {
      first: affine([4, 1, 3, 2], 4, 1),
      second: affine([3, 4, 3, 3], 3, 2),
      output: affine([3, 3], 3, 3),
    },
    inputs: wave([3, 2, 4, 4], 9),
    targets: tensorValue('int32', [3], [0, 2, 1]),
  };
}

/** Dense layers over (M, T, in), one used twice: M = 2, T = 3, 3 classes at each position. */
export function sequenceSetup(): Setup {
  return {
    network: {
      apply: ({ shared, output }: { shared: AffineParams; output: { weight: Tensor } }, x: Tensor) =>
        dense(tanh(dense(tanh(dense(x, shared)), shared)), output),
    },
    loss: losses.softmaxCrossEntropy,
    params: { shared: affine([4, 4], 4, 1), output: { weight: wave([4, 3], 3) } },
    inputs: wave([2, 3, 4], 9),
    targets: tensorValue('int32', [2, 3], [0, 2, 1, 1, 0, 2]),
  };
}

/** Traces a function of the problem and its parameters, and evaluates it: the leaves of its result. */
export function run(
  { network, loss, params, inputs, targets }: Setup,
  fn: (problem: Problem, params: Params, ...more: Tensor[]) => Tree<Tensor>,
  ...more: readonly TensorValue[]
): TensorValue[] {
  const program = traced({ network, loss, params, inputs, targets }, fn, ...more);
  return evaluate(program, [...tree.leaves<TensorValue>(params), inputs, targets, ...more]);
}

/** Like {@link run}, traced once, for any further inputs of the types of `like`. */
export function runner(
  setup: Setup,
  fn: (problem: Problem, params: Params, ...more: Tensor[]) => Tree<Tensor>,
  ...like: readonly TensorValue[]
): (...more: readonly TensorValue[]) => TensorValue[] {
  const program = traced(setup, fn, ...like);
  const own = [...tree.leaves<TensorValue>(setup.params), setup.inputs, setup.targets];
  return (...more) => evaluate(program, [...own, ...more]);
}

/** The program of a function of the problem and its parameters. */
export function traced(
  { network, loss, params, inputs, targets }: Setup,
  fn: (problem: Problem, params: Params, ...more: Tensor[]) => Tree<Tensor>,
  ...more: readonly TensorValue[]
) {
  const types = tree.map((value: TensorValue) => value.type, params) as Tree<TensorType>;
  return trace(
    (at: Params, x: Tensor, y: Tensor, ...rest: Tensor[]) =>
      fn(bindProblem(network, loss, { inputs: x, targets: y }), at, ...rest),
    types,
    inputs.type,
    targets.type,
    ...more.map(({ type }) => type),
  ).program;
}

/** A setup's examples `start` to `stop` - 1. */
export function restricted(setup: Setup, start: number, stop: number): Setup {
  const part = ({ type: { dtype, shape }, data }: TensorValue): TensorValue => {
    const row = sizeOf(shape.slice(1));
    const values = Array.from(data).slice(start * row, stop * row);
    return tensorValue(dtype, [stop - start, ...shape.slice(1)], values);
  };
  return { ...setup, inputs: part(setup.inputs), targets: part(setup.targets) };
}

/** The parameters with h added to element `element` of leaf `leaf`. */
export function shifted(
  params: Tree<TensorValue>,
  leaf: number,
  element: number,
  h: number,
): Tree<TensorValue> {
  const leaves = tree.leaves<TensorValue>(params).map(({ type, data }, i) => ({
    type,
    data: Float64Array.from(data, (value, j) => (i === leaf && j === element ? value + h : value)),
  }));
  return tree.unflatten(tree.structureOf(params), leaves);
}

/** The Gauss-Newton matrix applied to each unit vector of a leaf: that leaf of the products, one row each. */
export function gaussNewtonBlock(setup: Setup, leaf: number): number[][] {
  const structure = tree.structureOf(setup.params);
  const leaves = tree.leaves<TensorValue>(setup.params);
  const product = runner(
    setup,
    (problem, params, ...v: Tensor[]) => problem.linearize(params).ggnProduct(tree.unflatten(structure, v)),
    ...leaves,
  );
  return Array.from(leaves[leaf]!.data, (_, element) => {
    const unit = leaves.map(({ type, data }, i) => ({
      type,
      data: Float64Array.from(data, (__, j) => (i === leaf && j === element ? 1 : 0)),
    }));
    return numbers([product(...unit)[leaf]!]);
  });
}

/** Every number of a list of values. */
export function numbers(values: readonly TensorValue[]): number[] {
  return values.flatMap(({ data }) => Array.from(data));
}

/** The largest difference, relative to the largest expected number. */
export function errorOf(got: readonly number[], expected: readonly number[]): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...got.map((value, i) => Math.abs(value - expected[i]!))) / scale;
}
