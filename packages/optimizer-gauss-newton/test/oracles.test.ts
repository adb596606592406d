// The optimizers meet their oracles.

import { meetOracle } from '@gaussmark/plugin-conformance';
import { expect, it } from 'vitest';
import { oracles } from './oracles.js';

it.each(oracles)('$optimizer: $name', async (oracle) => {
  const off = await meetOracle(oracle);
  if (process.env.SHOW_ORACLES) console.log(oracle.optimizer, oracle.name, off);
  expect(off).toBeLessThanOrEqual(oracle.tolerance);
});
