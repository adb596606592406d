// The oracles of K-FAC.

import { meetOracle } from '@gaussmark/plugin-conformance';
import { expect, it } from 'vitest';
import { oracles } from './oracles.js';

it.each(oracles)('$optimizer: $name', async (oracle) => {
  expect(await meetOracle(oracle)).toBeLessThanOrEqual(oracle.tolerance);
});
