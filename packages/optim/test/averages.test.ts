// Averages of parameters, against plain loops.

import type { Tensor, TensorValue } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import {
  type AverageState,
  exponentialAverage,
  type ParameterAverage,
  uniformAverage,
} from '../src/averages.js';
import { compiled, double, evaluated, numbersOf } from './evaluated.js';

const PATH = [
  [1, -2],
  [3, 0.5],
  [-4, 8],
];

/** The value before the first step, and after each. */
function valuesOf(average: ParameterAverage<AverageState>) {
  const point = (x: readonly number[]) => ({ a: double([2], x) });
  const start = point([7, 7]);
  let state = evaluated((params: { a: Tensor }) => average.init(params), start);
  const value = compiled((params: { a: Tensor }, s: AverageState) => average.value(params, s), start, state);
  const next = compiled((s: AverageState, params: { a: Tensor }) => average.next(s, params), state, start);
  const values = [numbersOf(value(start, state))];
  for (const x of PATH) {
    state = next(state, point(x));
    values.push(numbersOf(value(point([99, 99]), state)));
  }
  return { values, count: numbersOf((state as { readonly count: TensorValue }).count) };
}

describe('averages', () => {
  it('exponentialAverage weighs each point by its age, and the start not at all', () => {
    const { values, count } = valuesOf(exponentialAverage(0.8));
    const expected = PATH.map((_, t) => {
      const weights = PATH.slice(0, t + 1).map((__, s) => 0.8 ** (t - s));
      const total = weights.reduce((a, b) => a + b);
      return [0, 1].map((i) => weights.reduce((sum, w, s) => sum + w * PATH[s]![i]!, 0) / total);
    });
    expect(values).toEqual([[7, 7], ...expected.map((row) => row.map((x) => expect.closeTo(x, 14)))]);
    expect(count).toEqual([3]);
  });

  it('uniformAverage is the mean', () => {
    const { values } = valuesOf(uniformAverage());
    expect(values).toEqual([[7, 7], [1, -2], [2, -0.75], [0, 6.5 / 3].map((x) => expect.closeTo(x, 14))]);
  });

  it('needs a decay below 1', () => {
    expect(() => exponentialAverage(1)).toThrow(
      'exponentialAverage: expected decay of at least 0 and below 1, got 1',
    );
  });
});
