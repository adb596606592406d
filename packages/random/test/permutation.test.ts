// Permutations: all orders are equally likely.

import { expect, it } from 'vitest';
import { permutation, xoroshiro128plus } from '../src/index.js';

it('draws each of the six orders of three items equally often', () => {
  const generator = xoroshiro128plus(1);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = permutation(3, generator).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(['012', '021', '102', '120', '201', '210']);
  // Chi-squared with 5 degrees of freedom: its 0.999 quantile is 20.5.
  const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(chiSquared).toBeLessThan(20.5);
});

it('depends only on its generator, and draws nothing for a single item', () => {
  expect(permutation(20, xoroshiro128plus(7))).toEqual(permutation(20, xoroshiro128plus(7)));
  expect(permutation(20, xoroshiro128plus(7))).not.toEqual(permutation(20, xoroshiro128plus(8)));
  expect([...permutation(1, xoroshiro128plus(7))]).toEqual([0]);
});
