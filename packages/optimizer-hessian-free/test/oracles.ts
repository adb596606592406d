// What decides whether Hessian-free optimization is what its name says.

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
import hessianFree, { type HessianFreeHyperparameters } from '../src/hessian-free.js';

export const manifest = parseManifest(json, 'manifest.json') as ManifestOf<'optimizer'>;
export const settings = (given: Partial<HessianFreeHyperparameters>): HessianFreeHyperparameters =>
  completeHyperparameters(manifest, { ...given });

const INPUTS = [
  [1, -2, 0.5],
  [0.5, 3, 1],
  [-1, 0.25, 2],
  [2, 1, -1],
];
const TARGETS = [1, -0.5, 2, 0.25];
export const START = [0.3, -0.7, 0.1];
const PROBLEM = leastSquares({ inputs: INPUTS, targets: TARGETS, start: START });

export const steps = (given: Partial<HessianFreeHyperparameters>, count: number) =>
  takeSteps(hessianFree, { problem: PROBLEM, hyperparameters: settings(given), steps: count });

export const weightOf = (params: Tree<TensorValue>): number[] => [
  ...(params as { readonly weight: TensorValue }).weight.data,
];

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
/** 2/M X'X, of the first `rows` examples. */
export const hessian = (rows = INPUTS.length): number[][] =>
  START.map((_, i) =>
    START.map((__, j) => (2 / rows) * INPUTS.slice(0, rows).reduce((sum, x) => sum + x[i]! * x[j]!, 0)),
  );
export const gradientAt = (w: readonly number[]): number[] =>
  w.map((_, j) => (2 / 4) * INPUTS.reduce((sum, x, i) => sum + x[j]! * (dot(x, w) - TARGETS[i]!), 0));

/** (A + damping I)^-1 b for three unknowns, by Cramer's rule. */
export function dampedSolve(
  A: readonly (readonly number[])[],
  damping: number,
  b: readonly number[],
): number[] {
  const M = A.map((row, i) => row.map((x, j) => (i === j ? x + damping : x)));
  const determinant = (m: readonly (readonly number[])[]) =>
    m[0]![0]! * (m[1]![1]! * m[2]![2]! - m[1]![2]! * m[2]![1]!) -
    m[0]![1]! * (m[1]![0]! * m[2]![2]! - m[1]![2]! * m[2]![0]!) +
    m[0]![2]! * (m[1]![0]! * m[2]![1]! - m[1]![1]! * m[2]![0]!);
  return b.map(
    (_, k) => determinant(M.map((row, i) => row.map((x, j) => (j === k ? b[i]! : x)))) / determinant(M),
  );
}

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(hessianFree, manifest, new URL('../golden', import.meta.url))),
  {
    optimizer: 'hessian-free',
    name: 'a quadratic of 3 parameters, one step',
    reference: 'the dense solution of (B + lambda I) x = g',
    tolerance: 1e-12,
    worst: () =>
      Math.max(
        ...[1e-9, 0.5, 20].map((damping) => {
          const [only] = steps({ damping, minDamping: 1e-9, cgIterations: 20 }, 1);
          const x = dampedSolve(hessian(), damping, gradientAt(START));
          return deviation(
            weightOf(only!.params),
            START.map((w, i) => w - x[i]!),
          );
        }),
      ),
  },
  {
    optimizer: 'hessian-free',
    name: 'gain ratio on a quadratic, damping included',
    reference: "(g'x - x'Bx / 2) / (g'x / 2), since (B + lambda I) x = g",
    tolerance: 1e-11,
    worst() {
      const [only] = steps({ damping: 2, cgIterations: 20 }, 1);
      const [g, B] = [gradientAt(START), hessian()];
      const x = dampedSolve(B, 2, g);
      const product = B.map((row) => dot(row, x));
      return deviation([only!.metrics.gainRatio!], [(dot(g, x) - dot(x, product) / 2) / (dot(g, x) / 2)]);
    },
  },
  {
    optimizer: 'hessian-free',
    name: 'curvature of half the mini-batch',
    reference: 'the dense solution with B of the first two examples, g of all',
    tolerance: 1e-12,
    worst() {
      const options = {
        damping: 1,
        cgIterations: 20,
        curvatureShare: 0.5,
        maxLineSearchSteps: 0,
        cgBacktracking: false,
      };
      const [only] = steps(options, 1);
      const x = dampedSolve(hessian(2), 1, gradientAt(START));
      return deviation(
        weightOf(only!.params),
        START.map((w, i) => w - x[i]!),
      );
    },
  },
];
