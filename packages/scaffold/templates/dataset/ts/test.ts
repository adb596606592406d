// Without noise, every point lies on its half circle.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import dataset from './index.ts';

test('points lie on two circles of radius 1', async () => {
  const sizes = { trainSize: 20, testSize: 4, noise: 0 };
  const { train } = await dataset.load(sizes, { cacheDirectory: '' });
  for (let i = 0; i < train.size; i++) {
    const [x = 0, y = 0] = train.inputs.subarray(2 * i, 2 * i + 2);
    const radius = train.targets[i] === 0 ? Math.hypot(x, y) : Math.hypot(1 - x, 0.5 - y);
    assert.ok(Math.abs(radius - 1) < 1e-12, `example ${i} has radius ${radius}`);
  }
});
