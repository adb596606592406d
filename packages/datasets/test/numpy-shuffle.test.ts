import { expect, it } from 'vitest';
import { numpyShuffle } from '../src/numpy-shuffle.js';
import expected from './numpy-shuffle.expected.json' with { type: 'json' };

it.each(expected.shuffles)('orders $size rows as numpy does with seed $seed', ({ seed, size, order }) => {
  expect([...numpyShuffle(seed, size)]).toEqual(order);
});
