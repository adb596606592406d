// What decides whether K-FAC is what its name says.

import { reshape, type Tensor, type TensorValue, type Tree, tensorValue, tree } from '@gaussmark/autodiff';
import { completeHyperparameters, convolve, dense, type ManifestOf, parseManifest } from '@gaussmark/core';
import {
  deviation,
  goldenOracles,
  type Oracle,
  type TestProblem,
  takeSteps,
} from '@gaussmark/plugin-conformance';
import json from '../manifest.json' with { type: 'json' };
import kfac, { type KfacHyperparameters } from '../src/kfac.js';
import * as convnet from './convnet.js';
import { expectedFactors, SOFTMAX } from './expected-factors.js';

export const manifest = parseManifest(json, 'manifest.json') as ManifestOf<'optimizer'>;
export const settings = (given: Partial<KfacHyperparameters>): KfacHyperparameters =>
  completeHyperparameters(manifest, { ...given });

const wave = (count: number, phase: number) =>
  Array.from({ length: count }, (_, i) => Math.sin(1.7 * i * i + phase));
const value = (shape: readonly number[], phase: number): TensorValue =>
  tensorValue(
    'float64',
    [...shape],
    wave(
      shape.reduce((a, b) => a * b, 1),
      phase,
    ),
  );

type Layer = { readonly weight: Tensor; readonly bias: Tensor };

/** f(x) = x W + b on six examples of three inputs and two outputs. */
export const LINEAR: TestProblem = {
  spec: { task: 'regression', input: { shape: [3] }, target: { shape: [2] } },
  loss: 'squaredError',
  model: {
    init: () => ({ weight: value([3, 2], 1), bias: value([2], 2) }),
    apply: (params, x) => dense(x, params as Layer),
  },
  batches: [{ inputs: value([6, 3], 3), targets: value([6, 2], 4) }],
};

/** Images (2, 3, 3) through one convolution of four filters: of the whole image, or of 2 x 2 places. */
export const image = (window: 2 | 3): TestProblem => ({
  spec: { task: 'regression', input: { shape: [2, 3, 3] }, target: { shape: [4 * (4 - window) ** 2] } },
  loss: 'squaredError',
  model: {
    init: () => ({ weight: value([4, 2, window, window], 1), bias: value([4], 2) }),
    apply: (params, x) => reshape(convolve(x, params as Layer), [x.shape[0]!, 4 * (4 - window) ** 2]),
  },
  batches: [{ inputs: value([5, 2, 3, 3], 3), targets: value([5, 4 * (4 - window) ** 2], 4) }],
});

/** The dense layer of the same numbers as `image(3)`. */
const flatImage = (): TestProblem => {
  const { model, batches } = image(3);
  const { weight, bias } = model.init(1) as unknown as {
    readonly weight: TensorValue;
    readonly bias: TensorValue;
  };
  const transposed = Array.from({ length: 72 }, (_, i) => weight.data[(i % 4) * 18 + Math.floor(i / 4)]!);
  return {
    spec: { task: 'regression', input: { shape: [18] }, target: { shape: [4] } },
    loss: 'squaredError',
    model: {
      init: () => ({ weight: tensorValue('float64', [18, 4], transposed), bias }),
      apply: (params, x) => dense(x, params as Layer),
    },
    batches: [
      { inputs: tensorValue('float64', [5, 18], [...batches[0].inputs.data]), targets: batches[0].targets },
    ],
  };
};

export const steps = (problem: TestProblem, given: Partial<KfacHyperparameters>, count: number) =>
  takeSteps(kfac, { problem, hyperparameters: settings(given), steps: count });

export type Factors = { readonly A: TensorValue; readonly S: TensorValue };
export const factorsOf = (state: unknown): readonly Factors[] =>
  (state as { readonly factors: readonly Factors[] }).factors;

export const numbersOf = (values: Tree<TensorValue>): number[] =>
  tree.leaves<TensorValue>(values).flatMap(({ data }) => [...data]);

/** The gradient of LINEAR's loss in the weight and the bias, by plain loops. */
function linearGradient(params: Tree<TensorValue>): number[] {
  const { weight, bias } = params as { readonly weight: TensorValue; readonly bias: TensorValue };
  const [{ inputs, targets }] = LINEAR.batches;
  const found = new Array<number>(8).fill(0);
  for (let n = 0; n < 6; n++)
    for (let k = 0; k < 2; k++) {
      let residual = bias.data[k]! - targets.data[2 * n + k]!;
      for (let j = 0; j < 3; j++) residual += inputs.data[3 * n + j]! * weight.data[2 * j + k]!;
      for (let j = 0; j < 3; j++) found[2 * j + k]! += (residual * inputs.data[3 * n + j]!) / 6;
      found[6 + k]! += residual / 6;
    }
  return found;
}

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(kfac, manifest, new URL('../golden', import.meta.url))),
  {
    optimizer: 'kfac',
    name: 'one linear layer, one step without damping',
    reference:
      'the least-squares solution: there A (x) S is the Gauss-Newton matrix, since S is a multiple of I',
    tolerance: 1e-8,
    worst() {
      const options = { damping: 1e-22, minDamping: 1e-22, fisher: 'exact' } as const;
      const unit = [
        steps(LINEAR, options, 1),
        steps(LINEAR, { ...options, stepSize: 'fixed', momentum: 0, learningRate: 1 }, 1),
      ];
      return Math.max(...unit.flatMap(([only]) => linearGradient(only!.params).map(Math.abs)));
    },
  },
  {
    optimizer: 'kfac',
    name: 'a convolution whose window is the image, 3 steps',
    reference: 'the dense layer of the same numbers',
    tolerance: 1e-12,
    worst() {
      const last = (problem: TestProblem) =>
        steps(problem, { fisher: 'exact', inversesEvery: 1 }, 3).at(-1)!.params;
      const [conv, flat] = [last(image(3)), last(flatImage())] as unknown as {
        readonly weight: TensorValue;
        readonly bias: TensorValue;
      }[];
      const transposed = Array.from(
        conv!.weight.data,
        (_, i) => flat!.weight.data[(i % 18) * 4 + Math.floor(i / 18)]!,
      );
      return Math.max(deviation(conv!.weight.data, transposed), deviation(conv!.bias.data, flat!.bias.data));
    },
  },
  {
    optimizer: 'kfac',
    name: 'factors of a convolution with four places',
    reference: 'KFC in plain loops: A sums over places, S is their mean',
    tolerance: 1e-12,
    worst() {
      const [only] = steps(image(2), { fisher: 'exact', factorDecay: 0 }, 1);
      const [{ A, S }] = factorsOf(only!.state) as [Factors];
      const { data } = image(2).batches[0].inputs;
      const expected = new Array<number>(81).fill(0);
      for (let n = 0; n < 5; n++)
        for (const y of [0, 1])
          for (const x of [0, 1]) {
            const patch = Array.from({ length: 8 }, (_, i) => {
              const [c, dy, dx] = [i >> 2, (i >> 1) & 1, i & 1];
              return data[n * 18 + c * 9 + (y + dy) * 3 + x + dx]!;
            }).concat(1);
            for (const [i, p] of patch.entries())
              for (const [j, q] of patch.entries()) expected[9 * i + j]! += (p * q) / 5;
          }
      // Each output is a pre-activation: H = 2 / (5 16) I, summed over 5 examples and 4 places, divided by the places.
      const unit = Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? (5 * 2) / (5 * 16) : 0));
      const [{ A: drawn }] = factorsOf(steps(image(2), { factorDecay: 0 }, 1)[0]!.state) as [Factors];
      return Math.max(deviation(A.data, expected), deviation(drawn.data, expected), deviation(S.data, unit));
    },
  },
  {
    optimizer: 'kfac',
    name: 'A (x) S and the damped direction of a convolutional softmax network',
    reference: convnet.source,
    tolerance: 1e-12,
    worst() {
      const options = {
        fisher: 'exact',
        factorDecay: 0,
        stepSize: 'fixed',
        learningRate: 1,
        momentum: 0,
      } as const;
      const [only] = steps(
        convnet.CONVNET,
        { ...options, damping: convnet.damping, adaptiveDamping: false },
        1,
      );
      const moved = tree
        .leaves<TensorValue>(only!.params)
        .map(({ data }, leaf) => Array.from(data, (x, i) => convnet.start[leaf]![i]! - x));
      const product = convnet.timesFactors(factorsOf(only!.state));
      return Math.max(
        ...moved.map((own, leaf) => deviation(own, convnet.direction[leaf]!)),
        ...product.map((own, leaf) => deviation(own, convnet.product[leaf]!)),
      );
    },
  },
  {
    optimizer: 'kfac',
    name: 'the mean sampled factors of a convolutional softmax network',
    reference: 'the exact factors; the expectation is the sum over all nine pairs of labels',
    tolerance: 1e-12,
    worst() {
      const options = { factorDecay: 0, stepSize: 'fixed', adaptiveDamping: false } as const;
      const exact = factorsOf(steps(SOFTMAX, { ...options, fisher: 'exact' }, 1)[0]!.state);
      const expected = expectedFactors(settings({ ...options, fisher: 'sampled' }));
      return Math.max(...exact.map(({ S }, i) => deviation(S.data, expected[i]!)));
    },
  },
  {
    optimizer: 'kfac',
    name: 'the mean of 200 sampled factors',
    reference: 'the exact ones; 0.06 is two standard deviations of a mean of 200 draws of 6 examples',
    tolerance: 0.1,
    worst() {
      const still = { stepSize: 'fixed', learningRate: 1e-30, momentum: 0, adaptiveDamping: false } as const;
      const many = { ...still, factorDecay: 0.9999, inversesEvery: 1000 } as const;
      const sampled = factorsOf(steps(LINEAR, many, 200).at(-1)!.state)[0]!;
      const exact = factorsOf(steps(LINEAR, { ...many, fisher: 'exact' }, 1)[0]!.state)[0]!;
      const weight = (t: number) => 1 - 0.9999 ** t;
      return Math.max(
        deviation(
          [...sampled.S.data].map((x) => x / weight(200)),
          [...exact.S.data].map((x) => x / weight(1)),
        ),
        deviation(
          [...sampled.A.data].map((x) => x / weight(200)),
          [...exact.A.data].map((x) => x / weight(1)),
        ),
      );
    },
  },
];
