// DAS meets its oracles; its random steps have the expectations of the smoothed loss.

import type { TensorValue } from '@gaussmark/autodiff';
import { optimizerContext } from '@gaussmark/core';
import { leastSquares, meetOracle, takeSteps } from '@gaussmark/plugin-conformance';
import { describe, expect, it } from 'vitest';
import das, { type DasState } from '../src/das.js';
import { centringCorrection } from '../src/directions.js';
import { flat, gradient, hessian, oracles, quadratic } from './oracles.js';
import { settings } from './settings.js';

it.each(oracles)('$name', async (oracle) => {
  expect(await meetOracle(oracle)).toBeLessThanOrEqual(oracle.tolerance);
});

const windowOf = (state: ReturnType<typeof takeSteps>[number]['state']) => [
  ...(state as unknown as { readonly [key in keyof DasState]: TensorValue }).window.data,
];

/** Mean and standard error. */
function estimate(values: readonly number[]): readonly [mean: number, error: number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return [mean, Math.sqrt(squares) / values.length];
}

describe.each([
  { sampling: 'normal', samples: 40, center: false },
  { sampling: 'antithetic', samples: 40, center: false },
  // So few that the mean of the samples without a correction would take a quarter, or half, of the moments.
  { sampling: 'normal', samples: 4, center: true },
  { sampling: 'antithetic', samples: 4, center: true },
] as const)('with $samples $sampling samples, center $center', ({ sampling, samples, center }) => {
  const sigma = 0.3;
  const steps = center ? 1200 : 150;
  // Steps so short that every one starts from the same point and window.
  const hyperparameters = settings({
    sampling,
    initialWindow: sigma,
    timeStep: 1e-7,
    samples,
    center,
  });
  const taken = takeSteps(das, { problem: quadratic, hyperparameters, steps });
  const changes = (of: (step: (typeof taken)[number]) => number[], start: readonly number[], i: number) =>
    taken.map((step, t) => {
      const before = t === 0 ? start : of(taken[t - 1]!);
      return (of(step)[i]! - before[i]!) / step.metrics.timeStep!;
    });

  it('moves by L L’ times the gradient of the fitness, on average', () => {
    for (const [i, g] of gradient.entries()) {
      const [mean, error] = estimate(changes(({ params }) => flat(params), [0, 0], i));
      expect(error).toBeLessThan(0.1);
      expect(Math.abs(mean + sigma ** 2 * g)).toBeLessThan(4 * error);
    }
  });

  it('shrinks its window by the curvature of the fitness, on average', () => {
    for (const [i, h] of [hessian[0][0], hessian[0][1], hessian[1][0], hessian[1][1]].entries()) {
      const start = [sigma, 0, 0, sigma];
      const [mean, error] = estimate(changes(({ state }) => windowOf(state), start, i));
      expect(error).toBeLessThan(0.03);
      expect(Math.abs(mean + (sigma * sigma ** 2 * h) / 2)).toBeLessThan(4 * error);
    }
  });
});

it.each([
  ['normal', 2],
  ['normal', 3],
  ['antithetic', 4],
  ['antithetic', 5],
] as const)('corrects centred moments exactly: %s, %i samples', (sampling, count) => {
  // All equally likely draws of a z with mean 0 and second moment 1, which stands in for the normal one.
  const points = [-Math.sqrt(3), 0, 0, 0, 0, Math.sqrt(3)];
  const drawn = sampling === 'normal' ? count : Math.ceil(count / 2);
  const draws = Array.from({ length: drawn }).reduce<number[][]>(
    (all) => all.flatMap((draw) => points.map((z) => [...draw, z])),
    [[]],
  );
  const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const fitness = (z: number) => Math.exp(z) + 2;
  const centred = draws.map((half) => {
    const z = (sampling === 'normal' ? half : [...half, ...half.map((x) => -x)]).slice(0, count);
    const mean = average(z.map(fitness));
    const y = z.map((x) => fitness(x) - mean);
    return {
      slope: average(z.map((x, i) => x * y[i]!)),
      curvature: average(z.map((x, i) => x ** 2 * y[i]!)),
    };
  });
  const { slope, curvature } = centringCorrection(sampling, count);
  expect(slope * average(centred.map((of) => of.slope))).toBeCloseTo(
    average(points.map((z) => z * fitness(z))),
    12,
  );
  expect(curvature * average(centred.map((of) => of.curvature))).toBeCloseTo(
    average(points.map((z) => (z ** 2 - 1) * fitness(z))),
    12,
  );
});

it('does not depend on an offset of the loss with a centred fitness', () => {
  const run = (targets: readonly number[]) =>
    takeSteps(das, {
      problem: leastSquares({ inputs: [[1], [0]], targets, start: [0] }),
      hyperparameters: settings({ sampling: 'axes' }),
      steps: 3,
    }).map(({ params }) => flat(params)[0]!);
  const [plain, shifted] = [run([2, 0]), run([2, 7])];
  for (const [i, x] of plain.entries()) expect(shifted[i]).toBeCloseTo(x, 9);
});

it('steps at most one radius of its window', () => {
  const hyperparameters = settings({ sampling: 'axes', timeStep: 100, initialWindow: 0.2 });
  const [step] = takeSteps(das, { problem: quadratic, hyperparameters, steps: 1 });
  expect(step!.metrics.radius).toBeGreaterThan(1);
  expect(Math.hypot(...flat(step!.params))).toBeCloseTo(0.2, 12);
});

it('keeps the window between its bounds', () => {
  const spread = (bounds: object) => {
    const hyperparameters = settings({ sampling: 'axes', initialWindow: 0.2, ...bounds });
    const [step] = takeSteps(das, { problem: quadratic, hyperparameters, steps: 1 });
    return Math.hypot(...windowOf(step!.state)) / 2;
  };
  expect(spread({ minWindow: 0.5 })).toBeCloseTo(0.5, 12);
  expect(spread({ maxWindow: 0.05 })).toBeCloseTo(0.05, 12);
});

describe('create', () => {
  const parameters = [{ path: 'weight', shape: [100, 100], role: 'weight' }] as const;
  const create = (values: object) => () => das.create(settings(values), optimizerContext({ parameters }));

  it('refuses a full window, and samples, that do not fit', () => {
    expect(create({ covariance: 'full' })).toThrow(expect.objectContaining({ pointer: '/covariance' }));
    expect(create({ samples: 20_000 })).toThrow(expect.objectContaining({ pointer: '/samples' }));
    expect(create({})).not.toThrow();
  });

  it('refuses bounds of the window in the wrong order', () => {
    expect(create({ minWindow: 3 })).toThrow(expect.objectContaining({ pointer: '/minWindow' }));
  });

  it('has a window of D^2 numbers, or of D', () => {
    const shapeOf = (covariance: 'auto' | 'diagonal') =>
      takeSteps(das, {
        problem: quadratic,
        hyperparameters: settings({ covariance, samples: 4 }),
        steps: 1,
      }).map(({ state }) => windowOf(state).length);
    expect([shapeOf('auto'), shapeOf('diagonal')]).toEqual([[4], [2]]);
  });
});
