// Levenberg-Marquardt damping at its thresholds and at extreme values.

import { FLOAT_LIMITS, type FloatDType, type Tensor, tensorValue } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import {
  gainOf,
  type LevenbergMarquardtOptions,
  levenbergMarquardt,
  predictedChange,
  trustRadius,
} from '../src/levenberg-marquardt.js';
import { compiled, double, evaluated, numbersOf } from './evaluated.js';

interface Step {
  readonly rho: number;
  readonly actual: number;
  readonly predicted: number;
  readonly loss: number;
}

/** The rule, traced once. */
function adaptation(dtype: FloatDType, factors: Partial<LevenbergMarquardtOptions> = {}) {
  const rule = (rho: Tensor, actual: Tensor, predicted: Tensor, loss: Tensor) => {
    const gain = gainOf(actual, predicted, loss);
    return [gain.ratio, levenbergMarquardt(rho, gain, { damping: 1e-4, minDamping: 1e-6, ...factors })];
  };
  const scalar = (value: number) => tensorValue(dtype, [], [value]);
  const run = compiled(rule, scalar(0), scalar(0), scalar(0), scalar(0));
  return ({ rho, actual, predicted, loss }: Step) => {
    const [ratio, next] = numbersOf(run(...[rho, actual, predicted, loss].map(scalar)));
    return { rho: next!, ratio: ratio! };
  };
}

describe.each(['float32', 'float64'] as const)('levenbergMarquardt in %s', (dtype) => {
  const rho = 2 ** -10;
  const { epsilon, smallestNormal: tiny } = FLOAT_LIMITS[dtype];
  const adapt = adaptation(dtype);

  it.each([
    ['0/0, at an exact fit', { actual: 0, predicted: 0, loss: 0 }],
    ['noise over 0', { actual: epsilon / 2, predicted: 0, loss: 1 }],
    ['noise over noise of the other sign', { actual: epsilon, predicted: -epsilon / 8, loss: 1 }],
    [
      'noise of a loss that is itself next to nothing',
      { actual: tiny / 2, predicted: -tiny / 8, loss: tiny },
    ],
  ])('keeps the damping for a gain of %s', (_, step) => {
    expect(adapt({ rho, ...step })).toEqual({ rho, ratio: 1 });
  });

  it('keeps the damping at a gain of NaN, unless it is to grow', () => {
    const step = { rho, actual: Number.NaN, predicted: -1, loss: 1 };
    expect(adapt(step).rho).toBe(rho);
    const rejecting = adaptation(dtype, { atNaN: 'grow' });
    expect(rejecting(step).rho).toBe(1.5 * rho);
    // Other ratios are as before.
    for (const actual of [-1, -0.5, 1])
      expect(rejecting({ ...step, actual })).toEqual(adapt({ ...step, actual }));
  });

  it('treats a change as noise only if both the actual and the predicted one are', () => {
    // The model predicted almost no change, and the loss rose: it is wrong.
    const wrong = adapt({ rho, actual: 1e-3, predicted: -epsilon / 8, loss: 1 });
    expect(wrong.ratio).toBeLessThan(-1);
    expect(wrong.rho).toBe(1.5 * rho);
    // The model predicted a large change, and nothing happened.
    expect(adapt({ rho, actual: 0, predicted: -0.5, loss: 1 }).rho).toBe(1.5 * rho);
  });

  it('never grows the damping so much that products overflow', () => {
    const largest = { float32: 3.4e38, float64: 1.7e308 }[dtype];
    let grown = rho;
    for (let step = 0; step < 2000; step++) {
      grown = adapt({ rho: grown, actual: 1, predicted: -1, loss: 1 }).rho;
    }
    expect(grown ** 2).toBeGreaterThan(largest / 2);
    expect(grown ** 2).toBeLessThan(2 * largest);
    expect(Number.isFinite(grown)).toBe(true);
  });

  it.each([
    [0, 1.5],
    [0.24, 1.5],
    [0.26, 1],
    [0.74, 1],
    [0.76, 2 / 3],
    [1, 2 / 3],
    [-3, 1.5],
    [Number.NaN, 1],
  ])('multiplies the damping, at a gain of %d, by %d', (gain, factor) => {
    const { rho: next } = adapt({ rho, actual: -gain, predicted: -1, loss: 1 });
    expect(next / rho).toBeCloseTo(factor, 6);
  });

  it('accepts other factors, and does not shrink below the smallest damping', () => {
    const other = adaptation(dtype, { growth: 4, shrinkage: 1 / 8 });
    expect(other({ rho, actual: 0, predicted: -1, loss: 1 }).rho).toBe(4 * rho);
    expect(other({ rho, actual: -1, predicted: -1, loss: 1 }).rho).toBe(rho / 8);
    expect(other({ rho: 2e-6, actual: -1, predicted: -1, loss: 1 }).rho).toBeCloseTo(1e-6, 12);
  });
});

describe('thresholds', () => {
  it('can be others', () => {
    const adapt = adaptation('float64', { low: 0.1, high: 0.5, growth: 3, shrinkage: 1 / 2 });
    const factor = (gain: number) => adapt({ rho: 1, actual: -gain, predicted: -1, loss: 1 }).rho;
    expect([0.05, 0.2, 0.45, 0.6].map(factor)).toEqual([3, 1, 1, 0.5]);
  });
});

describe('predictedChange', () => {
  it('is the quadratic model, with and without damping', () => {
    const change = (damping: number) =>
      numbersOf(
        evaluated(
          (g: Tensor, d: Tensor, product: Tensor) => predictedChange(g, d, product, { damping }),
          double([2], [1, -3]),
          double([2], [2, 4]),
          double([2], [10, 6]),
        ),
      );
    expect(change(0)).toEqual([-10 + 22]);
    expect(change(0.5)).toEqual([-10 + 22 + 5]);
  });
});

describe('trustRadius', () => {
  const next = (ratio: number, stepNorm: number, noise = 0) => {
    const rule = (radius: Tensor, q: Tensor, norm: Tensor, isNoise: Tensor) =>
      trustRadius(radius, { ratio: q, isNoise }, norm, { maxRadius: 3 });
    const bool = tensorValue('bool', [], [noise]);
    return numbersOf(evaluated(rule, double([], [2]), double([], [ratio]), double([], [stepNorm]), bool))[0];
  };

  it.each([
    ['shrinks to a quarter of the step', 0.2, 2, 0.5],
    ['shrinks from a shorter step', -1, 1, 0.25],
    ['shrinks after NaN', Number.NaN, 1, 0.25],
    ['stays', 0.5, 2, 2],
    ['stays if the step did not reach it', 0.9, 1.5, 2],
    ['grows, up to its maximum', 0.9, 2, 3],
  ])('%s', (_, ratio, stepNorm, expected) => {
    expect(next(ratio, stepNorm)).toBe(expected);
  });

  it('ignores noise', () => {
    expect(next(-5, 1, 1)).toBe(2);
  });
});
