// Muon: its oracles, its groups of parameters, and the traps of ports.

import { meetOracle } from '@gaussmark/plugin-conformance';
import { expect, it } from 'vitest';
import { oracles, steps } from './oracles.js';

it.each(oracles)('$name', async (oracle) => {
  expect(await meetOracle(oracle)).toBeLessThanOrEqual(oracle.tolerance);
});

const SQUARE = [
  [1, 2],
  [-3, 0.5],
];

it('gives the weight that makes the outputs to AdamW', () => {
  const values = { auxiliaryLearningRate: 0.25, auxiliaryEpsilon: 1e-200 };
  // The gradient is -T / 2: the first step of Adam is a quarter of its sign.
  expect(steps(SQUARE, values, { role: 'head' })).toEqual([
    [0.25, 0.25, -0.25, 0.25].map((x) => expect.closeTo(x, 12)),
  ]);
});

it('schedules AdamW with the rest', () => {
  const values = { learningRate: 2, auxiliaryLearningRate: 0.25, auxiliaryEpsilon: 1e-200 };
  const path = steps(SQUARE, { ...values, schedule: 'step', decayEvery: 1 }, { role: 'head', count: 2 });
  const second = path[1]!.map((x, i) => Math.abs(x - path[0]![i]!));
  // The gradient has hardly changed, so the second step is as long, times 0.1.
  for (const x of second) expect(x).toBeCloseTo(0.025, 2);
});

it('decays by eta lambda theta, before the update', () => {
  const [, plain] = steps(SQUARE, { learningRate: 0.5, momentum: 0 }, { count: 2 });
  const [first, decayed] = steps(SQUARE, { learningRate: 0.5, momentum: 0, weightDecay: 0.25 }, { count: 2 });
  // The first step starts from 0, where nothing decays.
  expect(plain!.map((x, i) => x - decayed![i]!)).toEqual(first!.map((x) => expect.closeTo(0.125 * x, 12)));
});

it('leaves a matrix without a gradient alone', () => {
  expect(
    steps(
      [
        [0, 0],
        [0, 0],
      ],
      {},
      { count: 2 },
    ),
  ).toEqual([
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
});
