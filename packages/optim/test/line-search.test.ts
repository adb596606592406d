// The line search against a plain loop, on a quadratic.

import { mul, type Operand, sub, type Tensor, type TensorValue } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { type LineSearchOptions, lineSearch } from '../src/line-search.js';
import { double, evaluated } from './evaluated.js';

const DEFAULTS: LineSearchOptions = {
  stepSize: 1,
  sufficientDecrease: 1e-4,
  backtrackingFactor: 0.5,
  maxLineSearchSteps: 10,
};

/** Along -g from x on c x^2 / 2. */
function search(c: number, x: number, options: Partial<LineSearchOptions>) {
  const given = { ...DEFAULTS, ...options };
  const traced = (start: Tensor) => {
    const lossOf = (at: Tensor) => mul(c / 2, mul(at, at));
    const lossAt = (alpha: Operand) => lossOf(sub(start, mul(alpha, mul(c, start))));
    const slope = mul(-c * c, mul(start, start));
    const { stepSize, loss, steps } = lineSearch(
      { lossAt, loss: lossOf(start), slope, fullStepLoss: lossAt(given.stepSize) },
      given,
    );
    return { stepSize, loss, steps };
  };
  const values = evaluated(traced, double([], [x])) as Readonly<Record<string, TensorValue>>;
  return { stepSize: values.stepSize!.data[0]!, loss: values.loss!.data[0]!, steps: values.steps!.data[0]! };
}

/** The largest alpha f^k with a sufficient decrease, or the last one allowed. */
function plainSearch(c: number, x: number, options: Partial<LineSearchOptions>) {
  const { stepSize, sufficientDecrease, backtrackingFactor, maxLineSearchSteps } = {
    ...DEFAULTS,
    ...options,
  };
  const lossAt = (alpha: number) => (c / 2) * (x - alpha * c * x) ** 2;
  const bound = lossAt(0) - stepSize * sufficientDecrease * (c * x) ** 2;
  let steps = 0;
  while (lossAt(stepSize * backtrackingFactor ** steps) > bound && steps < maxLineSearchSteps) steps += 1;
  const alpha = stepSize * backtrackingFactor ** steps;
  return { stepSize: alpha, loss: lossAt(alpha), steps };
}

describe('lineSearch', () => {
  it.each([
    ['the full step', 1, {}, 0],
    ['a step too long by far', 100, {}, 6],
    ['a slow reduction', 3, { backtrackingFactor: 0.9 }, 4],
    ['another first step', 3, { stepSize: 4 }, 3],
    ['a strict condition', 1.9, { sufficientDecrease: 0.2 }, 1],
    ['a search that gives up', 1e6, { maxLineSearchSteps: 3 }, 3],
    ['a search without reductions', 1e6, { maxLineSearchSteps: 0 }, 0],
  ])('accepts %s', (_, c, options, steps) => {
    const got = search(c, 0.7, options);
    const expected = plainSearch(c, 0.7, options);
    expect(got.steps).toBe(steps);
    expect(expected.steps).toBe(steps);
    expect(got.stepSize).toBeCloseTo(expected.stepSize, 14);
    expect(got.loss / expected.loss || 0).toBeCloseTo(expected.loss === 0 ? 0 : 1, 12);
  });

  it('passes on a NaN loss', () => {
    expect(search(Number.NaN, 1, {})).toEqual({ stepSize: 1, loss: Number.NaN, steps: 0 });
  });
});
