// What Prodigy is compared with.

import { type FloatDType, type TensorValue, tree } from '@gaussmark/autodiff';
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
import prodigy, { type ProdigyHyperparameters } from '../src/prodigy.js';

const manifest = parseManifest(manifestJson, 'manifest.json') as ManifestOf<'optimizer'>;

const INPUTS = [
  [1, -2],
  [0.25, 3],
  [-1, 0.5],
];
const TARGETS = [1, -0.5, 2];

interface Data {
  readonly factor?: number;
  readonly order?: readonly number[];
  readonly steps?: number;
  /** All targets and weights are 0: so is the gradient. */
  readonly still?: boolean;
  /** Default float64. */
  readonly dtype?: FloatDType;
}

/** The weight and d after each step of least squares. */
export function path(
  values: HyperparameterValues,
  { factor = 1, order = [0, 1, 2], steps = 12, still, dtype = 'float64' }: Data = {},
) {
  const problem = leastSquares({
    inputs: order.map((i) => INPUTS[i]!.map((x) => factor * x)),
    targets: order.map((i) => (still ? 0 : factor * TARGETS[i]!)),
    start: still ? [0, 0] : [0.3, -0.7],
  });
  const hyperparameters = completeHyperparameters<ProdigyHyperparameters>(manifest, values);
  return takeSteps(prodigy, { problem, hyperparameters, steps, dtype }).map(({ params, metrics }) => ({
    weights: tree.leaves<TensorValue>(params).flatMap(({ data }) => [...data]),
    d: metrics.d!,
  }));
}

const flat = (values: HyperparameterValues, data?: Data) =>
  path(values, data).flatMap(({ weights, d }) => [...weights, d]);

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(prodigy, manifest, new URL('../golden', import.meta.url))),
  {
    optimizer: 'prodigy',
    name: 'the loss times 16',
    reference: 'the same steps and the same d, for a tiny epsilon',
    tolerance: 1e-11,
    worst: () => deviation(flat({ epsilon: 1e-200 }, { factor: 4 }), flat({ epsilon: 1e-200 })),
  },
  {
    optimizer: 'prodigy',
    name: 'examples in another order',
    reference: 'the same steps and the same d',
    tolerance: 1e-11,
    worst: () => deviation(flat({}, { order: [2, 0, 1] }), flat({})),
  },
];
