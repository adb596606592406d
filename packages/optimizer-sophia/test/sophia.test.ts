// Sophia: its oracles, and the traps of ports.

import { meetOracle } from '@gaussmark/plugin-conformance';
import { expect, it } from 'vitest';
import { G, H, oracles, path } from './oracles.js';

it.each(oracles)('$optimizer: $name', async (oracle) => {
  expect(await meetOracle(oracle)).toBeLessThanOrEqual(oracle.tolerance);
});

it('estimates the curvature in the first step, and then every k steps', () => {
  const curvatures = path(G, { every: 3, learningRate: 0.01 }, 7).map(({ curvature }) => curvature[0]!);
  const changed = curvatures.map((h, i) => h !== (curvatures[i - 1] ?? 0));
  expect(changed).toEqual([true, false, false, true, false, false, true]);
});

it('never estimates a negative curvature from gradients', () => {
  for (const { curvature } of path(G, { every: 1 }, 20))
    expect(Math.min(...curvature)).toBeGreaterThanOrEqual(0);
});

it('reports the share of the parameters that are not clipped', () => {
  const rates = (gamma: number) => path(H, { gamma, every: 1 }, 3).map(({ metrics }) => metrics.winRate);
  expect(rates(1e-12)).toEqual([0, 0, 0]);
  expect(rates(1e12)).toEqual([1, 1, 1]);
});
