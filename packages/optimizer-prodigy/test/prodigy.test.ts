// Prodigy: its oracles, and the traps of ports.

import { deviation, meetOracle } from '@gaussmark/plugin-conformance';
import { expect, it } from 'vitest';
import { oracles, path } from './oracles.js';

it.each(oracles)('$name', async (oracle) => {
  expect(await meetOracle(oracle)).toBeLessThanOrEqual(oracle.tolerance);
});

it('starts from d0, which the first gradient does not change, and then only grows', () => {
  const distances = path({ d0: 1e-4 }).map(({ d }) => d);
  expect(distances[0]).toBe(1e-4);
  expect(distances.at(-1)).toBeGreaterThan(1e-3);
  for (const [i, d] of distances.slice(1).entries()) expect(d).toBeGreaterThanOrEqual(distances[i]!);
});

it('grows by at most its growthRate after the first time', () => {
  const distances = path({ d0: 1e-4, growthRate: 1.05 }).map(({ d }) => d);
  const ratios = distances.slice(1).map((d, i) => d / distances[i]!);
  const first = ratios.findIndex((ratio) => ratio > 1);
  for (const ratio of ratios.slice(first + 1)) expect(ratio).toBeLessThanOrEqual(1.05 + 1e-12);
  expect(Math.max(...ratios.slice(first + 1))).toBeCloseTo(1.05, 12);
});

it('multiplies its estimates by dCoefficient', () => {
  // The estimate after the second step comes from two steps of length d0.
  const second = (dCoefficient: number) => path({ d0: 1e-9, dCoefficient })[1]!.d;
  expect(second(3) / second(1.5)).toBeCloseTo(2, 6);
});

it('keeps d and the parameters where there is no gradient', () => {
  const last = path({}, { still: true }).at(-1)!;
  expect(last).toEqual({ weights: [0, 0], d: 1e-6 });
});

it('does not let a schedule at 0 spoil the estimate', () => {
  for (const { weights, d } of path({ schedule: 'linear', warmup: 0.5 }))
    expect([...weights, d].every(Number.isFinite)).toBe(true);
});

it('corrects the bias in float32 for a beta2 that rounds to 1', () => {
  const values = { biasCorrection: true, beta2: 1 - 1e-9, d0: 0.1 };
  const weights = (dtype: 'float32' | 'float64') =>
    path(values, { dtype, steps: 3 }).flatMap((at) => at.weights);
  expect(Math.abs(weights('float64')[0]! - 0.3)).toBeGreaterThan(0.05);
  expect(deviation(weights('float32'), weights('float64'))).toBeLessThan(1e-4);
});
