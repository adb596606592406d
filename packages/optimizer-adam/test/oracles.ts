// What the optimizers of this package are compared with.

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
import adamWJson from '../manifests/adamw.json' with { type: 'json' };
import adEMAMixJson from '../manifests/ademamix.json' with { type: 'json' };
import nadamWJson from '../manifests/nadamw.json' with { type: 'json' };
import adamW from '../src/adamw.js';
import adEMAMix from '../src/ademamix.js';
import nadamW from '../src/nadamw.js';

const GOLDEN = new URL('../golden', import.meta.url);
const STEPS = 8;

interface Subject<H, S extends Tree<Tensor>> {
  readonly plugin: OptimizerPlugin<H, S>;
  readonly manifest: ManifestOf<'optimizer'>;
}
const subject = <H, S extends Tree<Tensor>>(plugin: OptimizerPlugin<H, S>, json: unknown): Subject<H, S> => ({
  plugin,
  manifest: parseManifest(json, 'manifest') as ManifestOf<'optimizer'>,
});

export const ADAMW = subject(adamW, adamWJson);
export const NADAMW = subject(nadamW, nadamWJson);
export const ADEMAMIX = subject(adEMAMix, adEMAMixJson);

const INPUTS = [
  [1, -2, 0.5],
  [0.25, 3, -1],
  [-1, 0.5, 2],
  [2, 1, 1],
];
const TARGETS = [1, -0.5, 2, 0];
export const START = [0.3, -0.7, 0.1];

export interface Data {
  /** Factor of inputs and targets; the loss changes with its square. */
  readonly factor?: number;
  readonly order?: readonly number[];
  readonly steps?: number;
}

/** The weight after each step on a least-squares problem. */
export function weights<H, S extends Tree<Tensor>>(
  { plugin, manifest }: Subject<H, S>,
  values: HyperparameterValues,
  { factor = 1, order = [0, 1, 2, 3], steps = STEPS }: Data = {},
): number[][] {
  const problem = leastSquares({
    inputs: order.map((i) => INPUTS[i]!.map((x) => factor * x)),
    targets: order.map((i) => factor * TARGETS[i]!),
    start: START,
  });
  const hyperparameters = completeHyperparameters<H>(manifest, values);
  return takeSteps(plugin, { problem, hyperparameters, steps }).map(({ params }) =>
    tree.leaves<TensorValue>(params).flatMap(({ data }) => [...data]),
  );
}

/** 2/M X'(X w - y) at the start. */
export const GRADIENT = START.map(
  (_, j) =>
    INPUTS.map(
      (x, i) => x[j]! * (x.reduce((sum, value, k) => sum + value * START[k]!, 0) - TARGETS[i]!),
    ).reduce((a, b) => a + b) / 2,
);

const EXACT = 1e-12;
const SCALE_FREE = { learningRate: 0.1, epsilon: 1e-200 };
/** Its weights do not depend on the schedule of the decay. */
const same = (a: number[][], b: number[][]) => deviation(a.flat(), b.flat());

/** What holds for each of them, whatever the moments. */
const laws = <H, S extends Tree<Tensor>>(each: Subject<H, S>): readonly Oracle[] => {
  const optimizer = each.manifest.name;
  return [
    {
      optimizer,
      name: 'examples in another order',
      reference: 'the same steps',
      tolerance: EXACT,
      worst: () =>
        same(
          weights(each, { learningRate: 0.1 }, { order: [2, 0, 3, 1] }),
          weights(each, { learningRate: 0.1 }),
        ),
    },
    {
      optimizer,
      name: 'the loss times 16',
      reference: 'the same steps, for a tiny epsilon',
      tolerance: EXACT,
      worst: () => same(weights(each, SCALE_FREE, { factor: 4 }), weights(each, SCALE_FREE)),
    },
  ];
};

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(adamW, ADAMW.manifest, GOLDEN)),
  ...(await goldenOracles(nadamW, NADAMW.manifest, GOLDEN)),
  ...(await goldenOracles(adEMAMix, ADEMAMIX.manifest, GOLDEN)),
  ...laws(ADAMW),
  ...laws(NADAMW),
  ...laws(ADEMAMIX),
  {
    optimizer: 'adamw',
    name: 'the first step',
    reference: '-eta sign(g), for a tiny epsilon',
    tolerance: EXACT,
    worst: () =>
      deviation(
        weights(ADAMW, { ...SCALE_FREE, weightDecay: 0 }, { steps: 1 })[0]!.map((w, i) => w - START[i]!),
        GRADIENT.map((g) => -0.1 * Math.sign(g)),
      ),
  },
  {
    optimizer: 'nadamw',
    name: 'beta1 = 0',
    reference: 'adamw with beta1 = 0',
    tolerance: EXACT,
    worst: () => {
      const values = { learningRate: 0.1, beta1: 0, weightDecay: 0.1 };
      return same(weights(NADAMW, values), weights(ADAMW, values));
    },
  },
  {
    optimizer: 'ademamix',
    name: 'alpha = 0',
    reference: 'adamw',
    tolerance: EXACT,
    worst: () => {
      const values = { learningRate: 0.1, weightDecay: 0.1 };
      return same(weights(ADEMAMIX, { ...values, alpha: 0, slowWarmup: 1 }), weights(ADAMW, values));
    },
  },
];
