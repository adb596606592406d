// What Muon is compared with.

import { matmul, type Tensor, type TensorValue, tensorValue, tree } from '@gaussmark/autodiff';
import {
  completeHyperparameters,
  type HyperparameterValues,
  type ManifestOf,
  parseManifest,
} from '@gaussmark/core';
import {
  deviation,
  goldenOracles,
  type Oracle,
  type TestProblem,
  takeSteps,
} from '@gaussmark/plugin-conformance';
import manifestJson from '../manifest.json' with { type: 'json' };
import muon, { type MuonHyperparameters } from '../src/muon.js';

export const manifest = parseManifest(manifestJson, 'manifest.json') as ManifestOf<'optimizer'>;

type Matrix = readonly (readonly number[])[];

/**
 * f(x) = x W on the rows x of the identity, from W = 0 to targets T: the gradient at the start is -2 T / (rows columns).
 *
 * @param role of W
 */
function matrixProblem(targets: Matrix, role: 'weight' | 'head'): TestProblem {
  const [rows, columns] = [targets.length, targets[0]!.length];
  const identity = targets.flatMap((_, i) => targets.map((__, j) => Number(i === j)));
  return {
    spec: { task: 'regression', input: { shape: [rows] }, target: { shape: [columns] } },
    loss: 'squaredError',
    model: {
      init: () => ({ W: tensorValue('float64', [rows, columns], new Array(rows * columns).fill(0)) }),
      roles: () => ({ W: role }),
      apply: (params, x) => matmul(x, (params as { readonly W: Tensor }).W),
    },
    batches: [
      {
        inputs: tensorValue('float64', [rows, rows], identity),
        targets: tensorValue('float64', [rows, columns], targets.flat()),
      },
    ],
  };
}

/** W after each step, row by row. */
export function steps(
  targets: Matrix,
  values: HyperparameterValues,
  { count = 1, role = 'weight' }: { readonly count?: number; readonly role?: 'weight' | 'head' } = {},
): number[][] {
  const hyperparameters = completeHyperparameters<MuonHyperparameters>(manifest, {
    learningRate: 1,
    ...values,
  });
  return takeSteps(muon, { problem: matrixProblem(targets, role), hyperparameters, steps: count }).map(
    ({ params }) => tree.leaves<TensorValue>(params).flatMap(({ data }) => [...data]),
  );
}

/** The quintic on a singular value, `iterations` times. */
function quintic(x: number, iterations = 5): number {
  let value = x;
  for (let i = 0; i < iterations; i++) value = 3.4445 * value - 4.775 * value ** 3 + 2.0315 * value ** 5;
  return value;
}

const EXACT = 1e-12;
/** The epsilon of the norm shows at 1e-7. */
const norm = (values: readonly number[], rows: number, columns: number) =>
  Math.hypot(...values) + (1e-7 * rows * columns) / 2;

/** [cos, -sin; sin, cos] */
const turn = (angle: number): Matrix => [
  [Math.cos(angle), -Math.sin(angle)],
  [Math.sin(angle), Math.cos(angle)],
];
const product = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
const flipped = (a: Matrix): number[][] => a[0]!.map((_, j) => a.map((row) => row[j]!));

const RAW = { momentum: 0, nesterov: false };
const TALL = [
  [1, 2],
  [-3, 0.5],
  [0.25, -1],
];

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(muon, manifest, new URL('../golden', import.meta.url))),
  {
    optimizer: 'muon',
    name: 'a diagonal gradient',
    reference: 'the quintic on each entry, five times',
    tolerance: EXACT,
    worst: () => {
      const diagonal = [3, 1, 0.5];
      const got = steps(
        diagonal.map((x, i) => diagonal.map((_, j) => (i === j ? x : 0))),
        RAW,
      );
      const expected = diagonal.flatMap((x, i) =>
        diagonal.map((_, j) => (i === j ? quintic(x / norm(diagonal, 3, 3)) : 0)),
      );
      return deviation(got[0]!, expected);
    },
  },
  {
    optimizer: 'muon',
    name: 'a matrix with known singular vectors',
    reference: 'U f(S) V, with f the quintic, three times',
    tolerance: EXACT,
    worst: () => {
      const [U, V, sigma] = [turn(0.3), turn(-1.1), [2, 0.7]];
      const between = (a: number, b: number) =>
        product(
          product(U, [
            [a, 0],
            [0, b],
          ]),
          V,
        );
      const got = steps(between(sigma[0]!, sigma[1]!), { ...RAW, iterations: 3 });
      const [a, b] = sigma.map((x) => quintic(x / norm(sigma, 2, 2), 3));
      return deviation(got[0]!, between(a!, b!).flat());
    },
  },
  {
    optimizer: 'muon',
    name: 'one input, three outputs',
    reference: 'sqrt(3) f(1) u / |u|',
    tolerance: EXACT,
    worst: () => {
      const u = [1, -2, 2];
      const length = quintic(3 / norm(u, 1, 3));
      return deviation(
        steps([u], RAW)[0]!,
        u.map((x) => (Math.sqrt(3) * length * x) / 3),
      );
    },
  },
  {
    optimizer: 'muon',
    name: 'the transposed matrix',
    reference: 'the transposed update, but for its factor',
    tolerance: EXACT,
    worst: () => {
      const wide = steps(flipped(TALL), { ...RAW, adjust: 'rms' })[0]!;
      const back = flipped([wide.slice(0, 3), wide.slice(3)]).flat();
      return deviation(steps(TALL, { ...RAW, adjust: 'rms' })[0]!, back);
    },
  },
  {
    optimizer: 'muon',
    name: 'the gradient times 16',
    reference: 'the same first step, to the epsilon of the norm',
    tolerance: 1e-6,
    worst: () =>
      deviation(
        steps(
          TALL.map((row) => row.map((x) => 16 * x)),
          {},
        )[0]!,
        steps(TALL, {})[0]!,
      ),
  },
];
