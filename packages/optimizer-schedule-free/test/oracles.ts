// What the Schedule-Free optimizers are compared with.

import { type Tensor, type TensorValue, type Tree, tree } from '@gaussmark/autodiff';
import {
  completeHyperparameters,
  type HyperparameterValues,
  type ManifestOf,
  type OptimizerPlugin,
  parseManifest,
} from '@gaussmark/core';
import {
  deviation,
  goldenOracles,
  leastSquares,
  type Oracle,
  takeSteps,
} from '@gaussmark/plugin-conformance';
import adamWJson from '../manifests/schedule-free-adamw.json' with { type: 'json' };
import sgdJson from '../manifests/schedule-free-sgd.json' with { type: 'json' };
import adamW from '../src/schedule-free-adamw.js';
import sgd from '../src/schedule-free-sgd.js';

const GOLDEN = new URL('../golden', import.meta.url);
const manifestOf = (json: unknown) => parseManifest(json, 'manifest') as ManifestOf<'optimizer'>;
const [SGD, ADAMW] = [manifestOf(sgdJson), manifestOf(adamWJson)];

const INPUTS = [
  [1, -2],
  [0.25, 3],
  [-1, 0.5],
];
const TARGETS = [1, -0.5, 2];
export const START = [0.3, -0.7];

/** y and x after each step of least squares. */
function path<H, S extends Tree<Tensor>>(
  plugin: OptimizerPlugin<H, S>,
  manifest: ManifestOf<'optimizer'>,
  values: HyperparameterValues,
  { factor = 1, steps = 8 } = {},
) {
  const problem = leastSquares({
    inputs: INPUTS.map((row) => row.map((x) => factor * x)),
    targets: TARGETS.map((y) => factor * y),
    start: START,
  });
  const hyperparameters = completeHyperparameters<H>(manifest, values);
  const numbers = (params: Tree<TensorValue>) =>
    tree.leaves<TensorValue>(params).flatMap(({ data }) => [...data]);
  return takeSteps(plugin, { problem, hyperparameters, steps }).map(
    ({ params, evaluationPoint, metrics }) => ({
      y: numbers(params),
      x: numbers(evaluationPoint),
      metrics,
    }),
  );
}
export const sgdPath = (values: HyperparameterValues, steps = 8) => path(sgd, SGD, values, { steps });

/** 2/M X'(X w - y) */
export const gradientAt = (w: readonly number[]): number[] =>
  w.map(
    (_, j) =>
      (2 / 3) *
      INPUTS.map(
        (x, i) => x[j]! * (x.reduce((sum, value, k) => sum + value * w[k]!, 0) - TARGETS[i]!),
      ).reduce((a, b) => a + b),
  );

/** The three sequences of the paper, with weights gamma_t^2, and a warm-up of `rising` steps. */
function threeSequences(gamma: number, beta: number, rising: number) {
  let [x, z, total] = [[...START], [...START], 0];
  return Array.from({ length: 8 }, (_, s) => {
    const rate = gamma * Math.min((s + 1) / rising, 1);
    const y = x.map((own, i) => (1 - beta) * z[i]! + beta * own);
    const g = gradientAt(y);
    z = z.map((own, i) => own - rate * g[i]!);
    total += rate ** 2;
    const c = rate ** 2 / total;
    x = x.map((own, i) => (1 - c) * own + c * z[i]!);
    return { y: x.map((own, i) => (1 - beta) * z[i]! + beta * own), x };
  });
}

const EXACT = 1e-12;

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(sgd, SGD, GOLDEN)),
  ...(await goldenOracles(adamW, ADAMW, GOLDEN)),
  {
    optimizer: 'schedule-free-sgd',
    name: 'the two sequences of the state',
    reference: 'the three sequences of arXiv 2405.15682, in plain loops',
    tolerance: EXACT,
    worst: () => {
      const got = sgdPath({ learningRate: 0.1, beta: 0.8, warmup: 0.5 });
      const expected = threeSequences(0.1, 0.8, 4);
      return Math.max(
        ...got.map(({ y, x }, i) => Math.max(deviation(y, expected[i]!.y), deviation(x, expected[i]!.x))),
      );
    },
  },
  {
    optimizer: 'schedule-free-sgd',
    name: 'the first point of evaluation',
    reference: 'z1 = theta - gamma g, since c = 1',
    tolerance: EXACT,
    worst: () => {
      const [first] = sgdPath({ learningRate: 0.1 }, 1);
      const g = gradientAt(START);
      return deviation(
        first!.x,
        START.map((w, i) => w - 0.1 * g[i]!),
      );
    },
  },
  {
    optimizer: 'schedule-free-adamw',
    name: 'the loss times 16',
    reference: 'the same steps, for a tiny epsilon',
    tolerance: EXACT,
    worst: () => {
      const values = { learningRate: 0.1, epsilon: 1e-200 };
      const flat = (factor: number) =>
        path(adamW, ADAMW, values, { factor }).flatMap(({ y, x }) => [...y, ...x]);
      return deviation(flat(4), flat(1));
    },
  },
];
