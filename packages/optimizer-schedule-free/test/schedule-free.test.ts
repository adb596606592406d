// Schedule-Free: its oracles, and the traps of ports.

import { meetOracle } from '@gaussmark/plugin-conformance';
import { expect, it } from 'vitest';
import { oracles, sgdPath } from './oracles.js';

it.each(oracles)('$optimizer: $name', async (oracle) => {
  expect(await meetOracle(oracle)).toBeLessThanOrEqual(oracle.tolerance);
});

it('evaluates another point than the one it trains', () => {
  const [, second] = sgdPath({ learningRate: 0.1 });
  expect(Math.abs(second!.x[0]! - second!.y[0]!)).toBeGreaterThan(1e-3);
});

it('weighs steps equally without a warm-up, and by the square of their rate in one', () => {
  const weights = (values: Record<string, number>) =>
    sgdPath({ learningRate: 0.1, ...values }, 4).map(({ metrics }) => metrics.averageWeight);
  const close = (values: readonly number[]) => values.map((x) => expect.closeTo(x, 14));
  expect(weights({})).toEqual(close([1, 1 / 2, 1 / 3, 1 / 4]));
  expect(weights({ averagePower: 1 })).toEqual(close([1, 2 / 3, 3 / 6, 4 / 10]));
  expect(weights({ warmup: 0.5 })).toEqual(close([1, 4 / 5, 4 / 9, 4 / 13]));
  expect(weights({ warmup: 0.5, ratePower: 0 })).toEqual(close([1, 1 / 2, 1 / 3, 1 / 4]));
});
