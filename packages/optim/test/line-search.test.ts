// The line search against a plain loop, on a quadratic.

import {
  add,
  less,
  mul,
  type Operand,
  scalar,
  select,
  square,
  sub,
  type Tensor,
  type TensorValue,
} from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { grownStepSize, type LineSearchOptions, lineSearch } from '../src/line-search.js';
import { double, evaluated, numbersOf } from './evaluated.js';

type Options = LineSearchOptions & { readonly stepSize: number };

const DEFAULTS: Options = {
  stepSize: 1,
  sufficientDecrease: 1e-4,
  backtrackingFactor: 0.5,
  maxLineSearchSteps: 10,
};

/** Along -g from x on c x^2 / 2. */
function search(c: number, x: number, options: Partial<Options>) {
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
function plainSearch(c: number, x: number, options: Partial<Options>) {
  const { stepSize, sufficientDecrease, backtrackingFactor, maxLineSearchSteps } = {
    ...DEFAULTS,
    ...options,
  };
  const lossAt = (alpha: number) => (c / 2) * (x - alpha * c * x) ** 2;
  const bound = (alpha: number) => lossAt(0) - alpha * sufficientDecrease * (c * x) ** 2;
  const boundAt = (alpha: number) => bound(options.bound === 'current' ? alpha : stepSize);
  let steps = 0;
  const at = (k: number) => stepSize * backtrackingFactor ** k;
  while (lossAt(at(steps)) > boundAt(at(steps)) && steps < maxLineSearchSteps) steps += 1;
  const alpha = at(steps);
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
    ["Armijo's condition", 1.9, { sufficientDecrease: 0.45, bound: 'current' }, 1],
    ['the condition of the first alpha', 1.9, { sufficientDecrease: 0.45, bound: 'first' }, 10],
  ] as const)('accepts %s', (_, c, options, steps) => {
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

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'shortens at a loss of %d if that fails the test',
    (beyond) => {
      const found = (nonFinite: 'pass' | 'fail') =>
        evaluated(
          (start: Tensor) => {
            // (alpha - 1)^2 up to alpha = 1, and not finite from there on.
            const lossAt = (alpha: Operand) => {
              const x = add(start, alpha);
              return select(less(1, x), beyond, square(sub(x, 1)));
            };
            const { stepSize, steps } = lineSearch(
              { lossAt, loss: lossAt(0), slope: scalar(-2, 'float64') },
              { ...DEFAULTS, stepSize: 6, bound: 'current', nonFinite },
            );
            return { stepSize, steps };
          },
          double([], [0]),
        ) as Readonly<Record<string, TensorValue>>;
      const [passed, failed] = (['pass', 'fail'] as const).map(found);
      expect(failed!.stepSize!.data[0]).toBe(0.75);
      expect(failed!.steps!.data[0]).toBe(3);
      // Infinity is above every bound.
      expect(passed!.steps!.data[0]).toBe(Number.isNaN(beyond) ? 0 : 3);
    },
  );

  it('takes the first alpha as a tensor, and evaluates it if its loss is not given', () => {
    const found = (first: Tensor) => {
      // 2 (1 - 4 alpha)^2
      const start = scalar(1, 'float64');
      const lossOf = (at: Tensor) => mul(2, mul(at, at));
      const lossAt = (alpha: Operand) => lossOf(sub(start, mul(alpha, mul(4, start))));
      const line = { lossAt, loss: lossOf(start), slope: mul(-16, start) };
      return lineSearch(line, { ...DEFAULTS, stepSize: first, bound: 'current' }).stepSize;
    };
    expect(numbersOf(evaluated(found, double([], [3])))).toEqual([0.375]);
  });
});

describe('grownStepSize', () => {
  const grown = (accepted: number) => {
    const next = (alpha: Tensor) => grownStepSize(alpha, { growth: 1.5, maxStepSize: 1, minStepSize: 0.1 });
    return numbersOf(evaluated(next, double([], [accepted])))[0];
  };

  it('grows the last alpha within bounds', () => {
    expect([0.5, 0.9, 1, 0.01].map(grown)).toEqual([0.75, 1, 1, 0.1]);
    expect([Number.NaN, Number.POSITIVE_INFINITY].map(grown)).toEqual([1, 1]);
  });

  it('rejects options that do not grow', () => {
    expect(() => grownStepSize(undefined as never, { growth: 1, maxStepSize: 1 })).toThrow(
      /growth > 1.*got 1/,
    );
  });
});
