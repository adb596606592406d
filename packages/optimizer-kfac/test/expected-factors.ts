// The expectation of sampled factors: the sum over all labels of a small softmax network, weighted by their probabilities.

import {
  constant,
  reshape,
  type Tensor,
  type TensorValue,
  take,
  tanh,
  tensorValue,
} from '@gaussmark/autodiff';
import { convolve, dense, type OptimizerPlugin } from '@gaussmark/core';
import { type TestProblem, takeSteps } from '@gaussmark/plugin-conformance';
import kfac, { type KfacHyperparameters, type KfacState } from '../src/kfac.js';

const EXAMPLES = 2;
const CLASSES = 3;
/** Sides of the image, the window and the result; filters of the convolution. */
const [SIDE, WINDOW, PLACES, FILTERS] = [3, 2, 2, 2] as const;

type Layer<T> = { readonly weight: T; readonly bias: T };
type Network<T> = { readonly conv: Layer<T>; readonly head: Layer<T> };

const value = (shape: readonly number[], phase: number): TensorValue =>
  tensorValue(
    'float64',
    [...shape],
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i * i + phase)),
  );
const START: Network<TensorValue> = {
  conv: { weight: value([FILTERS, 1, WINDOW, WINDOW], 1), bias: value([FILTERS], 2) },
  head: { weight: value([FILTERS * PLACES ** 2, CLASSES], 3), bias: value([CLASSES], 4) },
};
const INPUTS = value([EXAMPLES, 1, SIDE, SIDE], 5);

/** A convolution and a dense layer, on images (1, 3, 3). */
export const SOFTMAX: TestProblem = {
  spec: {
    task: 'classification',
    input: { shape: [1, SIDE, SIDE] },
    target: { shape: [] },
    classes: CLASSES,
  },
  loss: 'softmaxCrossEntropy',
  model: {
    init: () => START as never,
    apply(params, x) {
      const { conv, head } = params as unknown as Network<Tensor>;
      return dense(reshape(tanh(convolve(x, conv)), [x.shape[0]!, FILTERS * PLACES ** 2]), head);
    },
  },
  batches: [{ inputs: INPUTS, targets: tensorValue('int32', [EXAMPLES], [0, 2]) }],
};

/** All labels of the mini-batch. */
const PAIRS = Array.from({ length: CLASSES ** EXAMPLES }, (_, i) => [i % CLASSES, Math.floor(i / CLASSES)]);

/** S of both layers, as the mean over all labels. */
export function expectedFactors(options: KfacHyperparameters): number[][] {
  const still = { ...options, factorDecay: 0, stepSize: 'fixed', learningRate: 1e-30 } as const;
  const probabilities = plainProbabilities();
  const totals: number[][] = [];
  const taken = takeSteps(enumerating, { problem: SOFTMAX, hyperparameters: still, steps: PAIRS.length });
  for (const [k, { state }] of taken.entries()) {
    const weight = PAIRS[k]!.reduce((product, label, n) => product * probabilities[n]![label]!, 1);
    const { factors } = state as unknown as { readonly factors: readonly { readonly S: TensorValue }[] };
    for (const [layer, { S }] of factors.entries())
      totals[layer] = [...S.data].map((x, i) => (totals[layer]?.[i] ?? 0) + weight * x);
  }
  return totals;
}

/** The optimizer, drawing the k-th pair of labels in step k. */
const enumerating: OptimizerPlugin<KfacHyperparameters, KfacState> = {
  create(options, run) {
    const inner = kfac.create(options, run);
    return {
      ...inner,
      step(problem, params, state, context) {
        const all = constant(tensorValue('int32', [PAIRS.length, EXAMPLES], PAIRS.flat()));
        const drawn = reshape(take(all, reshape(context.step, [1])), [EXAMPLES]);
        const drawing = Object.create(problem, { sampleTargets: { value: () => drawn } });
        return inner.step(drawing, params, state, context);
      },
    };
  },
};

/** p of each label of each example, by plain loops. */
function plainProbabilities(): number[][] {
  const { conv, head } = START;
  return Array.from({ length: EXAMPLES }, (_, n) => {
    const features: number[] = [];
    for (let f = 0; f < FILTERS; f++)
      for (let y = 0; y < PLACES; y++)
        for (let x = 0; x < PLACES; x++) {
          let z = conv.bias.data[f]!;
          for (const dy of [0, 1])
            for (const dx of [0, 1])
              z +=
                conv.weight.data[4 * f + 2 * dy + dx]! *
                INPUTS.data[SIDE ** 2 * n + SIDE * (y + dy) + x + dx]!;
          features.push(Math.tanh(z));
        }
    const powers = Array.from({ length: CLASSES }, (__, c) =>
      Math.exp(features.reduce((z, h, i) => z + h * head.weight.data[CLASSES * i + c]!, head.bias.data[c]!)),
    );
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map((p) => p / total);
  });
}
