// What decides whether Shampoo and SOAP are what their names say.

import { deviation, goldenOracles, type Oracle } from '@gaussmark/plugin-conformance';
import shampoo from '../src/shampoo.js';
import soap from '../src/soap.js';
import { norm, polarFactor } from './plain-matrices.js';
import { flat, type Matrix } from './prescribed-gradient.js';
import { shampooManifest, shampooSteps, soapManifest, soapSteps } from './settings.js';

const GOLDEN = new URL('../golden', import.meta.url);

export const SQUARE: Matrix = [
  [1.5, -0.4, 0.3],
  [0.2, -0.9, 1.1],
  [-0.7, 0.5, 0.8],
];

/** No memory, no damping, no grafting: the step is -lr L^(-1/4) G R^(-1/4) of this gradient alone. */
export const ALONE = {
  learningRate: 1,
  beta1: 0,
  beta2: 0,
  epsilon: 0,
  refreshEvery: 1,
  grafting: 'none',
} as const;

export const oracles: readonly Oracle[] = [
  ...(await goldenOracles(shampoo, shampooManifest, GOLDEN)),
  {
    optimizer: 'shampoo',
    name: 'a step without memory on a square matrix',
    reference:
      "the polar factor of G, which is Muon's direction without Newton-Schulz; by Newton's iteration in plain loops",
    tolerance: 1e-12,
    worst: () =>
      deviation(
        shampooSteps([SQUARE], ALONE)[0]!,
        flat(polarFactor(SQUARE)).map((x) => -x),
      ),
  },
  {
    optimizer: 'shampoo',
    name: 'two diagonal gradients',
    reference: 'closed form: each entry g divided by the root of the sum of its squares',
    tolerance: 1e-12,
    worst() {
      const gradients = [
        [
          [3, 0],
          [0, -0.5],
        ],
        [
          [1, 0],
          [0, 2],
        ],
      ];
      const options = { ...ALONE, beta2: 1, learningRate: 1e-9 };
      // So small a rate that the second gradient is the given one to 1e-9 of it; the sum is of both steps.
      const [first, second] = shampooSteps(gradients, options);
      const expected = [-1 / Math.hypot(3, 1), 0, 0, -2 / Math.hypot(0.5, 2)];
      return Math.max(
        deviation(
          first!.map((x) => x * 1e9),
          [-1, 0, 0, 1],
        ),
        deviation(
          second!.map((x, i) => (x - first![i]!) * 1e9),
          expected,
        ) - 1e-8,
        0,
      );
    },
  },
  {
    optimizer: 'shampoo',
    name: 'length of a step grafted on SGD and Adam',
    reference: 'the norms of the momentum and of the sign of the gradient',
    tolerance: 1e-7,
    worst() {
      const options = { ...ALONE, epsilon: 1e-6, beta2: 1, startStep: 1 };
      const length = (grafting: 'sgd' | 'adam') => norm(shampooSteps([SQUARE], { ...options, grafting })[0]!);
      // Adam's first step is the sign of the gradient, up to its epsilon.
      return Math.max(
        deviation([length('sgd')], [norm(flat(SQUARE))]),
        deviation([length('adam')], [Math.sqrt(9)]),
      );
    },
  },
  ...(await goldenOracles(soap, soapManifest, GOLDEN)),
  {
    optimizer: 'soap',
    name: 'the first move, if the gradient repeats',
    reference: 'the polar factor of G: the basis makes it diagonal, and Adam its sign',
    tolerance: 1e-6,
    worst: () =>
      deviation(
        soapSteps([SQUARE], { learningRate: 1, weightDecay: 0 }, 2)[1]!,
        flat(polarFactor(SQUARE)).map((x) => -x),
      ),
  },
  {
    optimizer: 'soap',
    name: 'without rotation',
    reference: 'Adam in plain loops, with epsilon before the bias correction, from the second gradient on',
    tolerance: 1e-13,
    worst: () => deviation(soapSteps([SQUARE], UNROTATED, 5).at(-1)!, plainAdam(SQUARE, 4)),
  },
];

const UNROTATED = { learningRate: 0.1, beta1: 0.9, beta2: 0.8, epsilon: 0.05, weightDecay: 0.3, maxSize: 1 };

/** On mean((W - Y)^2), from W = 0, where the gradient is G. */
function plainAdam(G: Matrix, moves: number): number[] {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = UNROTATED;
  const g0 = flat(G);
  const [w, m, v] = [g0.map(() => 0), g0.map(() => 0), g0.map(() => 0)];
  for (let t = 1; t <= moves; t++) {
    const g = g0.map((x, i) => x + (2 * w[i]!) / g0.length);
    for (const [i, x] of g.entries()) {
      m[i] = beta1 * m[i]! + (1 - beta1) * x;
      v[i] = beta2 * v[i]! + (1 - beta2) * x * x;
      const rate = (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
      w[i] = (w[i]! - (rate * m[i]!) / (Math.sqrt(v[i]!) + epsilon)) * (1 - learningRate * weightDecay);
    }
  }
  return w;
}
