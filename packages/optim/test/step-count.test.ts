// Counts of steps up to the largest int32.

import { type Tensor, tensorValue } from '@gaussmark/autodiff';
import { expect, it } from 'vitest';
import { countLike, noSteps, oneMore } from '../src/step-count.js';
import { double, evaluated, numbersOf } from './evaluated.js';

it('counts, stays at the largest int32, and becomes a float', () => {
  const after = (count: number) => numbersOf(evaluated(oneMore, tensorValue('int32', [], [count])))[0];
  expect([0, 41, 2 ** 31 - 2, 2 ** 31 - 1].map(after)).toEqual([1, 42, 2 ** 31 - 1, 2 ** 31 - 1]);
  const asFloat = evaluated(
    (like: Tensor) => countLike(oneMore(noSteps()), { a: [like] }),
    double([], [0.5]),
  );
  expect(asFloat).toEqual(double([], [1]));
});
