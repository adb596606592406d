// What decides whether L-BFGS is what its name says.

import type { TensorValue, Tree } from '@gaussmark/autodiff';
import { completeHyperparameters, type ManifestOf, parseManifest } from '@gaussmark/core';
import {
  deviation,
  goldenOracles,
  leastSquares,
  type Oracle,
  takeSteps,
} from '@gaussmark/plugin-conformance';
import json from '../manifest.json' with { type: 'json' };
import lbfgs, { type LbfgsHyperparameters } from '../src/lbfgs.js';
import { type PlainBatch, plainGradient, plainSteps, product } from './plain-lbfgs.js';
import { golden, rosenbrock } from './rosenbrock.js';

export const manifest = parseManifest(json, 'manifest.json') as ManifestOf<'optimizer'>;
export const settings = (given: Partial<LbfgsHyperparameters>): LbfgsHyperparameters =>
  completeHyperparameters(manifest, { ...given });

const INPUTS = [
  [1, -2, 0.5],
  [0.5, 3, 1],
  [-1, 0.25, 2],
  [2, 1, -1],
];
export const TARGETS = [1, -0.5, 2, 0.25];
export const PROBLEM = leastSquares({ inputs: INPUTS, targets: TARGETS, start: [0.3, -0.7, 0.1] });

export const weightOf = (params: Tree<TensorValue>): number[] => [
  ...(params as { readonly weight: TensorValue }).weight.data,
];

/** (2 / M) X'(X w - y) */
export const gradientAt = (w: readonly number[]): number[] =>
  plainGradient({ inputs: INPUTS, targets: TARGETS }, w);

export const steps = (given: Partial<LbfgsHyperparameters>, count: number) =>
  takeSteps(lbfgs, { problem: PROBLEM, hyperparameters: settings(given), steps: count });

/** (m, n) as rows. */
export const rowsOf = ({ type, data }: TensorValue): number[][] =>
  Array.from({ length: type.shape[0]! }, (_, i) => [
    ...data.slice(i * type.shape[1]!, (i + 1) * type.shape[1]!),
  ]);

/** Mini-batches of unlike curvature, so that a step on one is at times too long on the next. */
const THREE: readonly PlainBatch[] = [1, 2, 0.5].map((scale, k) => ({
  inputs: INPUTS.map((row, i) => row.map((_, j) => scale * row[(j + k) % 3]! + (i === k ? 0.5 : 0))),
  targets: TARGETS.map((y) => (1 + k) * y),
}));

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(lbfgs, manifest, new URL('../golden', import.meta.url))),
  {
    optimizer: 'lbfgs',
    name: "20 steps on a sum of Rosenbrock's functions, without a line search",
    reference: golden.source,
    tolerance: 1e-9,
    worst() {
      const { memory, learningRate, trajectory, scale } = golden;
      const taken = takeSteps(lbfgs, {
        problem: rosenbrock(scale),
        hyperparameters: settings({ memory, learningRate, lineSearch: 'none' }),
        steps: trajectory.length,
      });
      return Math.max(...trajectory.map((w, i) => deviation(weightOf(taken[i]!.params), w)));
    },
  },
  {
    optimizer: 'lbfgs',
    name: 'a quadratic of 3 parameters with exact line searches, 4 steps',
    reference: 'the minimum: with m >= d it is that of conjugate gradients',
    tolerance: 1e-9,
    worst() {
      const last = steps({ curvature: 1e-10, sufficientDecrease: 1e-12, maxEvaluations: 40 }, 4).at(-1)!;
      return Math.max(...gradientAt(weightOf(last.params)).map(Math.abs));
    },
  },
  {
    optimizer: 'lbfgs',
    name: 'the kept pairs',
    reference: 'y = A s with the Hessian A of the least squares, plus lambda s',
    tolerance: 1e-12,
    worst() {
      const { state } = steps({ damping: 0.25, memory: 3 }, 3).at(-1)!;
      const { s, y } = state as unknown as { readonly s: TensorValue; readonly y: TensorValue };
      const zero = gradientAt([0, 0, 0]);
      return Math.max(
        ...rowsOf(s).map((row, i) => {
          const product = gradientAt(row).map((g, j) => g - zero[j]! + 0.25 * row[j]!);
          return deviation(rowsOf(y)[i]!, product);
        }),
      );
    },
  },
  {
    optimizer: 'lbfgs',
    name: 'a step along -H y of the newest pair',
    reference: 'the secant equation H y = s, by the two-loop recursion in plain loops',
    tolerance: 1e-12,
    worst() {
      const options = { lineSearch: 'none', learningRate: 0.3, memory: 3 } as const;
      const [, , third, fourth] = steps(options, 4);
      const { s, y } = third!.state as unknown as { readonly s: TensorValue; readonly y: TensorValue };
      const pairs = rowsOf(s).map((row, i) => ({ s: row, y: rowsOf(y)[i]! }));
      const { s: newestS, y: newestY } = pairs.at(-1)!;
      const before = weightOf(third!.params);
      const expected = product(pairs, gradientAt(before)).map((d, i) => before[i]! - 0.3 * d);
      return Math.max(
        deviation(product(pairs, newestY), newestS),
        deviation(weightOf(fourth!.params), expected),
      );
    },
  },
  {
    optimizer: 'lbfgs',
    name: 'armijo steps over three mini-batches, with damping',
    reference: 'the two-loop recursion, halving and the rule for pairs in plain loops; the evaluations too',
    tolerance: 1e-11,
    worst() {
      const options = { memory: 2, learningRate: 1, sufficientDecrease: 0.2, damping: 0.25 } as const;
      const start = [0.3, -0.7, 0.1];
      const [first, ...others] = THREE.map((batch) => leastSquares({ ...batch, start }).batches[0]);
      const taken = takeSteps(lbfgs, {
        problem: { ...PROBLEM, batches: [first!, ...others] },
        hyperparameters: settings({ ...options, lineSearch: 'armijo', maxEvaluations: 4 }),
        steps: 7,
      });
      const batches = taken.map((_, i) => THREE[i % 3]!);
      const plain = plainSteps(batches, start, { ...options, maxEvaluations: 4 });
      return Math.max(
        ...plain.map(({ w, evaluations }, i) =>
          Math.max(
            deviation(weightOf(taken[i]!.params), w),
            Math.abs(taken[i]!.metrics.evaluations! - evaluations),
          ),
        ),
      );
    },
  },
];
