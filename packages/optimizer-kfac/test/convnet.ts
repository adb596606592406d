// A convolutional softmax network, with K-FAC's curvature and direction there from curvlinops: golden/make_curvlinops.py.

import { reshape, type Tensor, type TensorValue, tanh, tensorValue } from '@gaussmark/autodiff';
import { convolve, dense } from '@gaussmark/core';
import type { TestProblem } from '@gaussmark/plugin-conformance';
import golden from './golden/convnet.json' with { type: 'json' };

type Nested = readonly (number | Nested)[];
const flat = (rows: Nested): number[] => rows.flat(3) as number[];
const value = (shape: readonly number[], rows: Nested): TensorValue =>
  tensorValue('float64', [...shape], flat(rows));

type Layer<T> = { readonly weight: T; readonly bias: T };
type Network<T> = { readonly conv: Layer<T>; readonly head: Layer<T> };

/** Conv (2 filters, 2, 2, 2), head (18, 3), in the order of the leaves. */
const numbers = ({ conv, head }: Network<Nested>) =>
  [conv.weight, conv.bias, head.weight, head.bias].map(flat);

export const { source, damping } = golden;
/** The direction -D: the damped inverse times the gradient. */
export const direction = numbers(golden.direction);
/** A (x) S of each layer times its parameters. */
export const product = numbers(golden.product);
export const start = numbers(golden.params);

/** Two filters of 2 x 2 on images (2, 4, 4), tanh, and three classes; one mini-batch of five. */
export const CONVNET: TestProblem = {
  spec: { task: 'classification', input: { shape: [2, 4, 4] }, target: { shape: [] }, classes: 3 },
  loss: 'softmaxCrossEntropy',
  model: {
    init: () => ({
      conv: {
        weight: value([2, 2, 2, 2], golden.params.conv.weight),
        bias: value([2], golden.params.conv.bias),
      },
      head: { weight: value([18, 3], golden.params.head.weight), bias: value([3], golden.params.head.bias) },
    }),
    apply(params, x) {
      const { conv, head } = params as unknown as Network<Tensor>;
      return dense(reshape(tanh(convolve(x, conv)), [x.shape[0]!, 18]), head);
    },
  },
  batches: [
    {
      inputs: value([5, 2, 4, 4], golden.inputs),
      targets: tensorValue('int32', [5], golden.targets),
    },
  ],
};

/** (A (x) S) vec W of each layer, with the bias as the last row of W, from A and S as the state has them. */
export function timesFactors(
  factors: readonly { readonly A: TensorValue; readonly S: TensorValue }[],
): readonly (readonly number[])[] {
  return factors.flatMap(({ A, S }, layer) => {
    const [rows, units] = [A.type.shape[0]!, S.type.shape[0]!];
    const [weight, bias] = [start[2 * layer]!, start[2 * layer + 1]!];
    const isConv = layer === 0;
    // A convolution's weight is (filters, fan-in), a dense one (fan-in, units).
    const at = (i: number, k: number) =>
      i === rows - 1 ? bias[k]! : weight[isConv ? k * (rows - 1) + i : i * units + k]!;
    const entry = (i: number, k: number) => {
      let total = 0;
      for (let j = 0; j < rows; j++)
        for (let l = 0; l < units; l++) total += A.data[i * rows + j]! * at(j, l) * S.data[l * units + k]!;
      return total;
    };
    const size = (rows - 1) * units;
    return [
      Array.from({ length: size }, (_, n) =>
        isConv ? entry(n % (rows - 1), Math.floor(n / (rows - 1))) : entry(Math.floor(n / units), n % units),
      ),
      Array.from({ length: units }, (_, k) => entry(rows - 1, k)),
    ];
  });
}
