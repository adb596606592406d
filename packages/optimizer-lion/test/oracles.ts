// What Lion is compared with.

import { type TensorValue, tree } from '@gaussmark/autodiff';
import {
  completeHyperparameters,
  type HyperparameterValues,
  type ManifestOf,
  parseManifest,
} from '@gaussmark/core';
import {
  deviation,
  goldenOracles,
  leastSquares,
  type Oracle,
  takeSteps,
} from '@gaussmark/plugin-conformance';
import manifestJson from '../manifest.json' with { type: 'json' };
import lion, { type LionHyperparameters } from '../src/lion.js';

const manifest = parseManifest(manifestJson, 'manifest.json') as ManifestOf<'optimizer'>;
const INPUTS = [
  [1, -2, 0.5],
  [0.25, 3, -1],
  [-1, 0.5, 2],
  [2, 1, 1],
];
const TARGETS = [1, -0.5, 2, 0];
export const START = [0.3, -0.7, 0.1];
export const RATE = 0.03;

/** The weight after each of six steps on a least-squares problem. */
export function weights(values: HyperparameterValues, factor = 1, order = [0, 1, 2, 3]): number[][] {
  const problem = leastSquares({
    inputs: order.map((i) => INPUTS[i]!.map((x) => factor * x)),
    targets: order.map((i) => factor * TARGETS[i]!),
    start: START,
  });
  const given = { learningRate: RATE, ...values };
  const hyperparameters = completeHyperparameters<LionHyperparameters>(manifest, given);
  return takeSteps(lion, { problem, hyperparameters, steps: 6 }).map(({ params }) =>
    tree.leaves<TensorValue>(params).flatMap(({ data }) => [...data]),
  );
}

/** 2/M X'(X w - y) */
export const gradientAt = (w: readonly number[]): number[] =>
  w.map(
    (_, j) =>
      INPUTS.map(
        (x, i) => x[j]! * (x.reduce((sum, value, k) => sum + value * w[k]!, 0) - TARGETS[i]!),
      ).reduce((a, b) => a + b) / 2,
  );

/** Six steps in plain loops. */
function plain(beta1: number, beta2: number, lambda: number): number[][] {
  let [w, m] = [[...START], START.map(() => 0)];
  return Array.from({ length: 6 }, () => {
    const g = gradientAt(w);
    const c = m.map((x, i) => beta1 * x + (1 - beta1) * g[i]!);
    w = w.map((x, i) => x - RATE * (Math.sign(c[i]!) + lambda * x));
    m = m.map((x, i) => beta2 * x + (1 - beta2) * g[i]!);
    return w;
  });
}

const EXACT = 1e-12;
const same = (a: number[][], b: number[][]) => deviation(a.flat(), b.flat());

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(lion, manifest, new URL('../golden', import.meta.url))),
  {
    optimizer: 'lion',
    name: 'six steps of least squares',
    reference: 'plain loops in float64',
    tolerance: EXACT,
    worst: () => same(weights({ beta1: 0.5, beta2: 0.8, weightDecay: 0.3 }), plain(0.5, 0.8, 0.3)),
  },
  {
    optimizer: 'lion',
    name: 'the length of steps',
    reference: '|theta change + eta lambda theta| = eta, for every parameter',
    tolerance: EXACT,
    worst: () => {
      const path = [START, ...weights({ weightDecay: 0.5 })];
      const lengths = path
        .slice(1)
        .map((w, s) => w.map((x, i) => Math.abs(x - (1 - 0.5 * RATE) * path[s]![i]!)));
      return deviation(
        lengths.flat(),
        lengths.flat().map(() => RATE),
      );
    },
  },
  {
    optimizer: 'lion',
    name: 'the loss times 16',
    reference: 'the same steps',
    tolerance: 0,
    worst: () => same(weights({}, 4), weights({})),
  },
  {
    optimizer: 'lion',
    name: 'examples in another order',
    reference: 'the same steps',
    tolerance: EXACT,
    worst: () => same(weights({}, 1, [2, 0, 3, 1]), weights({})),
  },
];
