// SGN's steps beside plain float64 loops over the explicit Gauss-Newton matrix: the settings, and both runs.

import { type TensorValue, tensorValue } from '@gaussmark/autodiff';
import { randomNumbers, randomVector, type Vector } from '../../optim/test/plain-linear-algebra.js';
import type { SgnHyperparameters } from '../src/sgn.js';
import { DEEP, randomBatch, SMALL } from './fixtures.js';
import { type LossName, type Network, parameterCount } from './plain-network.js';
import { type PlainState, plainStep } from './plain-sgn.js';
import { hyperparameters, paramValues, traceStep } from './traced-step.js';

export const STEPS = 6;

interface Case {
  readonly options: Partial<SgnHyperparameters>;
  readonly loss?: LossName;
  readonly network?: Network;
}

const plain = { trustRegion: false, lineSearch: false } as const;

/**
 * CG amplifies rounding errors with the condition number of its system. At this damping, ten iterations of both
 * implementations, which sum in different orders, agree to eight digits; cases with less damping use fewer iterations.
 */
export const DAMPING = 0.2;
export const TOLERANCE = 1e-8;

export const CASES: readonly (Case & { readonly name: string })[] = [
  { name: 'the defaults except for the damping', options: {} },
  { name: 'the defaults, cross-entropy', options: {}, loss: 'softmaxCrossEntropy' },
  { name: 'the defaults, deeper', options: {}, network: DEEP, loss: 'softmaxCrossEntropy' },
  { name: 'the paper’s damping', options: { damping: 1e-4, cgIterations: 3, warmupSteps: 0 } },
  { name: 'the damping of the reference', options: { damping: 1e-3, cgIterations: 3, warmupSteps: 0 } },
  { name: 'one CG iteration', options: { cgIterations: 1, warmupSteps: 0 } },
  {
    name: 'fewer CG iterations after the warm-up',
    options: { cgIterations: 2, warmupCgIterations: 6, warmupSteps: 4 },
  },
  {
    name: 'more CG iterations after the warm-up',
    options: { cgIterations: 6, warmupCgIterations: 1, warmupSteps: 3 },
  },
  { name: 'a loose tolerance', options: { cgTolerance: 1e-2 } },
  { name: 'neither trust region nor line search', options: { ...plain } },
  { name: 'a short step', options: { ...plain, stepSize: 0.3 } },
  { name: 'a trust region alone', options: { lineSearch: false } },
  { name: 'a line search alone', options: { trustRegion: false, stepSize: 3 } },
  { name: 'steps too long', options: { stepSize: 5, cgIterations: 4 }, loss: 'softmaxCrossEntropy' },
  {
    name: 'a slower backtracking',
    options: { stepSize: 4, backtrackingFactor: 0.8, sufficientDecrease: 0.05 },
  },
  { name: 'a line search that gives up', options: { sufficientDecrease: 0.99, maxLineSearchSteps: 3 } },
  {
    name: 'a linear schedule',
    options: {
      trustRegion: false,
      dampingSchedule: 'linear',
      scheduleSteps: 4,
      minDamping: 0.01,
      cgIterations: 5,
      warmupSteps: 0,
    },
  },
  {
    name: 'a cosine schedule over the planned steps',
    options: { ...plain, dampingSchedule: 'cosine', minDamping: 0.02, cgIterations: 5, warmupSteps: 0 },
  },
  {
    name: 'a cosine schedule that ends',
    options: {
      ...plain,
      dampingSchedule: 'cosine',
      scheduleSteps: 3,
      minDamping: 0.002,
      cgIterations: 4,
      warmupSteps: 0,
    },
  },
  { name: 'momentum', options: { momentum: 0.7 } },
  {
    name: 'momentum alone',
    options: { ...plain, momentum: 0.9, cgIterations: 3 },
    loss: 'softmaxCrossEntropy',
  },
  { name: 'a preconditioner', options: { preconditioned: true, cgIterations: 5, warmupSteps: 0 } },
  {
    name: 'a preconditioner with an exponent, and momentum',
    options: {
      preconditioned: true,
      preconditionerExponent: 0.75,
      momentum: 0.5,
      cgIterations: 4,
      warmupSteps: 2,
    },
    network: DEEP,
  },
  { name: 'a floor that the trust region meets', options: { minDamping: 0.15 } },
];

/** The state's values in the order of the traced leaves: damping with a trust region, momentum. */
function stateValues(network: Network, { rho, m }: PlainState, h: SgnHyperparameters): TensorValue[] {
  return [
    ...(h.trustRegion ? [tensorValue('float64', [], [rho])] : []),
    ...(h.momentum > 0 ? paramValues(network, m) : []),
  ];
}

/**
 * Steps of both on two alternating mini-batches. Each traced step starts from the state of the previous plain one:
 * differences are those of a single step, not amplified by CG and training.
 */
export function runBoth({ options, loss = 'squaredError', network = SMALL }: Case) {
  const h = hyperparameters({ damping: DAMPING, ...options });
  const batchAt = (t: number) => randomBatch(network, loss, 100 + (t % 2));
  const traced = traceStep(network, batchAt(0), h, STEPS);
  let theta: Vector = randomVector(parameterCount(network), randomNumbers(7));
  let state: PlainState = { t: 0, rho: h.damping, m: theta.map(() => 0) };
  return Array.from({ length: STEPS }, (_, i) => {
    const start = i === 0 ? traced.initialState : stateValues(network, state, h);
    const got = traced.run(paramValues(network, theta), start, { taken: i, batch: batchAt(i) });
    const expected = plainStep(network, batchAt(i), h, STEPS, theta, state);
    ({ theta, state } = expected);
    return { expected, got, expectedState: stateValues(network, state, h) };
  });
}
