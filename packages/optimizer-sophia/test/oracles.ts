// What Sophia is compared with.

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
import gJson from '../manifests/sophia-g.json' with { type: 'json' };
import hJson from '../manifests/sophia-h.json' with { type: 'json' };
import type { SophiaHyperparameters, SophiaState } from '../src/sophia.js';
import sophiaG from '../src/sophia-g.js';
import sophiaH from '../src/sophia-h.js';

const GOLDEN = new URL('../golden', import.meta.url);
const manifestOf = (json: unknown) => parseManifest(json, 'manifest') as ManifestOf<'optimizer'>;
interface Subject {
  readonly plugin: OptimizerPlugin<SophiaHyperparameters, SophiaState>;
  readonly manifest: ManifestOf<'optimizer'>;
}
export const G: Subject = { plugin: sophiaG, manifest: manifestOf(gJson) };
export const H: Subject = { plugin: sophiaH, manifest: manifestOf(hJson) };

/** Columns that are orthogonal to each other: the Hessian is diagonal. */
const ORTHOGONAL = [
  [1, 2],
  [1, -2],
  [-1, 2],
  [-1, -2],
];
const MIXED = [
  [1, -2],
  [0.25, 3],
  [-1, 0.5],
  [2, 1],
];
const TARGETS = [1, -0.5, 2, 0];
export const START = [0.3, -0.7];

/** Weight, h and metrics after each step of least squares. */
export function path(
  { plugin, manifest }: Subject,
  values: HyperparameterValues,
  steps: number,
  inputs = MIXED,
) {
  const problem = leastSquares({ inputs, targets: TARGETS, start: START });
  const hyperparameters = completeHyperparameters<SophiaHyperparameters>(manifest, values);
  const numbers = (values: Tree<TensorValue>) =>
    tree.leaves<TensorValue>(values).flatMap(({ data }) => [...data]);
  return takeSteps(plugin, { problem, hyperparameters, steps }).map(({ params, state, metrics }) => ({
    weights: numbers(params),
    curvature: numbers((state as unknown as { readonly curvature: Tree<TensorValue> }).curvature),
    metrics,
  }));
}

/** 2/M X'X: the Hessian, and here the Gauss-Newton matrix. Its diagonal. */
const diagonalOf = (inputs: number[][]) =>
  START.map((_, j) => (2 / inputs.length) * inputs.reduce((sum, x) => sum + x[j]! ** 2, 0));

/** Estimates alone: h is the estimate of its step, and the parameters stay. */
const ESTIMATES = { learningRate: 1e-300, beta2: 0, every: 1, weightDecay: 0 };

const mean = (rows: readonly (readonly number[])[]) =>
  rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);

function expectation(each: Subject, name: string): Oracle {
  return {
    optimizer: each.manifest.name,
    name: `the mean of 1,000 estimates of ${name}`,
    reference: '2/M X^T X, its diagonal; sampled',
    tolerance: 0.1,
    worst: () =>
      deviation(mean(path(each, ESTIMATES, 1000).map(({ curvature }) => curvature)), diagonalOf(MIXED)),
  };
}

/** max |theta change + eta lambda theta| is the learning rate where every step is clipped. */
const clipped = (each: Subject): Oracle => ({
  optimizer: each.manifest.name,
  name: 'clipped steps',
  reference: '|theta change + eta lambda theta| = eta, for a tiny gamma',
  tolerance: 1e-12,
  worst: () => {
    const values = { learningRate: 0.03, weightDecay: 0.5, gamma: 1e-12 };
    const rows = [START, ...path(each, values, 4).map(({ weights }) => weights)];
    const lengths = rows
      .slice(1)
      .flatMap((w, s) => w.map((x, i) => Math.abs(x - (1 - 0.5 * 0.03) * rows[s]![i]!)));
    return deviation(
      lengths,
      lengths.map(() => 0.03),
    );
  },
});

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(
    sophiaG as OptimizerPlugin<SophiaHyperparameters, Tree<Tensor>>,
    G.manifest,
    GOLDEN,
  )),
  ...(await goldenOracles(
    sophiaH as OptimizerPlugin<SophiaHyperparameters, Tree<Tensor>>,
    H.manifest,
    GOLDEN,
  )),
  expectation(G, 'Gauss-Newton-Bartlett'),
  expectation(H, "Hutchinson's method"),
  clipped(G),
  clipped(H),
  {
    optimizer: 'sophia-h',
    name: 'one probe of a diagonal Hessian',
    reference: '2/M X^T X, its diagonal',
    tolerance: 1e-12,
    worst: () => deviation(path(H, ESTIMATES, 1, ORTHOGONAL)[0]!.curvature, diagonalOf(ORTHOGONAL)),
  },
  {
    optimizer: 'sophia-h',
    name: 'a step that is not clipped',
    reference: '-eta g / (gamma diag H), for beta1 = beta2 = 0',
    tolerance: 1e-12,
    worst: () => {
      const values = { ...ESTIMATES, learningRate: 0.5, beta1: 0, gamma: 100 };
      const [first] = path(H, values, 1, ORTHOGONAL);
      const diagonal = diagonalOf(ORTHOGONAL);
      const gradient = START.map(
        (w, j) => diagonal[j]! * w - (2 / 4) * ORTHOGONAL.reduce((s, x, i) => s + x[j]! * TARGETS[i]!, 0),
      );
      return deviation(
        first!.weights,
        START.map((w, j) => w - (0.5 * gradient[j]!) / (100 * diagonal[j]!)),
      );
    },
  },
];
