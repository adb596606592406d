// What decides whether DAS is what its name says: trajectories in numpy, and the moments of a quadratic.

import { type TensorValue, tree } from '@gaussmark/autodiff';
import {
  deviation,
  goldenOracles,
  leastSquares,
  type Oracle,
  takeSteps,
} from '@gaussmark/plugin-conformance';
import das from '../src/das.js';
import { manifest, settings } from './settings.js';

/** The loss is w'H w / 2 + g'w + 5/2 around the start 0, with the H and g below. */
export const quadratic = leastSquares({
  inputs: [
    [1, 2],
    [2, -1],
  ],
  targets: [2, 1],
  start: [0, 0],
});
/** X'X */
export const hessian = [
  [5, 0],
  [0, 5],
] as const;
/** -X'y */
export const gradient = [-4, -3] as const;

export const flat = (params: Parameters<typeof tree.leaves<TensorValue>>[0]) =>
  tree.leaves<TensorValue>(params).flatMap(({ data }) => [...data]);

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(das, manifest, new URL('../golden', import.meta.url))),
  {
    optimizer: 'das',
    name: 'a step on a quadratic, from points on the axes',
    reference: 'closed form: -dt sigma^2 g, since z has second moment I and third moment 0',
    tolerance: 1e-7,
    worst() {
      const [sigma, timeStep] = [0.3, 1e-8];
      const hyperparameters = settings({ sampling: 'axes', initialWindow: sigma, timeStep, center: false });
      const [step] = takeSteps(das, { problem: quadratic, hyperparameters, steps: 1 });
      const dt = step!.metrics.timeStep!;
      return deviation(
        flat(step!.params),
        gradient.map((g) => -dt * sigma ** 2 * g),
      );
    },
  },
];
