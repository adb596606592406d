// Lion: its oracles, and the traps of ports.

import { leastSquares, meetOracle, takeSteps } from '@gaussmark/plugin-conformance';
import { expect, it } from 'vitest';
import lion, { type LionHyperparameters } from '../src/lion.js';
import { gradientAt, oracles, RATE, START, weights } from './oracles.js';

it.each(oracles)('$name', async (oracle) => {
  expect(await meetOracle(oracle)).toBeLessThanOrEqual(oracle.tolerance);
});

it('begins with the sign of the gradient, without bias correction of m', () => {
  const expected = gradientAt(START).map((g, i) => START[i]! - RATE * Math.sign(g));
  expect(weights({ beta1: 0.99 })[0]).toEqual(expected.map((w) => expect.closeTo(w, 14)));
});

it('does not move a parameter without a gradient', () => {
  const problem = leastSquares({ inputs: [[1, 0]], targets: [1], start: [0, 0.5] });
  const hyperparameters: LionHyperparameters = {
    learningRate: 0.1,
    beta1: 0.9,
    beta2: 0.99,
    weightDecay: 0,
    decayed: 'all',
    schedule: 'constant',
    scheduleSteps: null,
    decayFactor: 0.1,
    decayEvery: null,
    warmup: 0,
  };
  const [, , third] = takeSteps(lion, { problem, hyperparameters, steps: 3 });
  expect((third!.params as unknown as { weight: { data: Float64Array } }).weight.data[1]).toBe(0.5);
});
