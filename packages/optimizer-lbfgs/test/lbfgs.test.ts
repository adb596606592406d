// The rules of stochastic L-BFGS, and its traps.

import { log, mul, neg, sub, type Tensor, type TensorValue, tensorValue } from '@gaussmark/autodiff';
import { optimizerContext } from '@gaussmark/core';
import { deviation, type TestProblem, takeSteps } from '@gaussmark/plugin-conformance';
import { describe, expect, it } from 'vitest';
import lbfgs from '../src/lbfgs.js';
import { gradientAt, PROBLEM, rowsOf, settings, steps, weightOf } from './oracles.js';
import { golden, rosenbrock } from './rosenbrock.js';

const START = [0.3, -0.7, 0.1];
const stateOf = (state: unknown) =>
  state as { readonly s: TensorValue; readonly y: TensorValue; readonly rho: TensorValue };

describe('a step', () => {
  it('is min(1, 1 / |g|) g without pairs', () => {
    const [first] = steps({ lineSearch: 'none', learningRate: 0.5 }, 1);
    const g = gradientAt(START);
    const norm = Math.hypot(...g);
    expect(norm).toBeGreaterThan(1);
    expect(
      deviation(
        weightOf(first!.params),
        START.map((w, i) => w - (0.5 * g[i]!) / norm),
      ),
    ).toBeLessThan(1e-14);
  });

  it('measures y on its own mini-batch', () => {
    const [first] = PROBLEM.batches;
    const moved = first.targets.data.map((y) => y + 100);
    const other = { ...first, targets: tensorValue('float64', first.targets.type.shape, [...moved]) };
    const problem: TestProblem = { ...PROBLEM, batches: [first, other] };
    const taken = takeSteps(lbfgs, {
      problem,
      hyperparameters: settings({ lineSearch: 'none', learningRate: 0.01 }),
      steps: 2,
    });
    const { s, y } = stateOf(taken[1]!.state);
    // The mini-batches have one Hessian and gradients far apart; across them, y would be some 100 times longer.
    const zero = gradientAt([0, 0, 0]);
    for (const [i, row] of rowsOf(s).slice(-2).entries())
      expect(
        deviation(
          rowsOf(y).slice(-2)[i]!,
          gradientAt(row).map((g, j) => g - zero[j]!),
        ),
      ).toBeLessThan(1e-9);
  });

  it.each(['strong-wolfe', 'armijo'] as const)('decreases the loss of its mini-batch with %s', (search) => {
    for (const { metrics } of steps({ lineSearch: search, learningRate: 1 }, 4))
      expect(metrics.lossAfter!).toBeLessThanOrEqual(metrics.loss!);
  });

  it.each(['strong-wolfe', 'armijo'] as const)('is 0 if no evaluation decreases the loss (%s)', (search) => {
    const [only] = steps({ lineSearch: search, learningRate: 1e6, maxEvaluations: 1 }, 1);
    expect(only!.metrics).toMatchObject({ stepSize: 0, evaluations: 1, meanCurvature: 0 });
    expect(weightOf(only!.params)).toEqual(START);
    expect([...stateOf(only!.state).rho.data].every((x) => x === 0)).toBe(true);
  });
});

it('needs sufficientDecrease below curvature, for strong-wolfe alone', () => {
  const create = (given: Parameters<typeof settings>[0]) => () =>
    lbfgs.create(settings({ curvature: 0.4, ...given }), optimizerContext());
  for (const sufficientDecrease of [0.4, 0.5])
    expect(create({ sufficientDecrease })).toThrow(
      expect.objectContaining({
        plugin: "optimizer 'lbfgs'",
        pointer: '/sufficientDecrease',
        got: String(sufficientDecrease),
      }),
    );
  expect(create({ sufficientDecrease: 0.3 })).not.toThrow();
  expect(create({ sufficientDecrease: 0.5, lineSearch: 'armijo' })).not.toThrow();
  expect(create({ sufficientDecrease: 0.5, lineSearch: 'none' })).not.toThrow();
});

it('does not search at the start of a warm-up, where the rate is 0', () => {
  const [first, second] = steps({ warmup: 0.5 }, 2);
  expect(first!.metrics).toMatchObject({ learningRate: 0, stepSize: 0, evaluations: 0, meanCurvature: 0 });
  expect(weightOf(first!.params)).toEqual(START);
  expect(second!.metrics.learningRate).toBe(1);
  expect(second!.metrics.lossAfter!).toBeLessThan(second!.metrics.loss!);
});

it.each(['strong-wolfe', 'armijo'] as const)(
  'shortens a step beyond which the loss is NaN with %s',
  (search) => {
    // f(x, w) = -log(1 - w) x with target 5: the first step is 5 long, and f ends at w = 1.
    const problem: TestProblem = {
      spec: { task: 'regression', input: { shape: [1] }, target: { shape: [1] } },
      loss: 'squaredError',
      model: {
        init: () => ({ weight: tensorValue('float64', [1], [0]) }),
        apply(params, x) {
          const { weight } = params as { readonly weight: Tensor };
          return mul(neg(log(sub(1, weight))), x);
        },
      },
      batches: [
        { inputs: tensorValue('float64', [1, 1], [1]), targets: tensorValue('float64', [1, 1], [5]) },
      ],
    };
    const hyperparameters = settings({ lineSearch: search, learningRate: 5 });
    const [first] = takeSteps(lbfgs, { problem, hyperparameters, steps: 1 });
    const [w] = weightOf(first!.params) as [number];
    expect(w).toBeGreaterThan(0);
    expect(first!.metrics.lossAfter).toBeCloseTo((Math.log(1 - w) + 5) ** 2, 10);
    expect(first!.metrics.lossAfter!).toBeLessThan(first!.metrics.loss!);
    // 5, 2.5, 1.25 and 0.625.
    if (search === 'armijo') expect(first!.metrics).toMatchObject({ stepSize: 0.625, evaluations: 4 });
  },
);

it('drops a pair of negative curvature', () => {
  // f(x, w) = w^2 x with target 1: for small w, the loss (w^2 - 1)^2 is concave.
  const problem: TestProblem = {
    spec: { task: 'regression', input: { shape: [1] }, target: { shape: [1] } },
    loss: 'squaredError',
    model: {
      init: () => ({ weight: tensorValue('float64', [1], [0.1]) }),
      apply(params, x) {
        const { weight } = params as { readonly weight: Tensor };
        return mul(mul(weight, weight), x);
      },
    },
    batches: [{ inputs: tensorValue('float64', [1, 1], [1]), targets: tensorValue('float64', [1, 1], [1]) }],
  };
  const hyperparameters = settings({ lineSearch: 'none', learningRate: 0.1 });
  const [first] = takeSteps(lbfgs, { problem, hyperparameters, steps: 1 });
  expect(first!.metrics.meanCurvature).toBeLessThan(0);
  expect([...stateOf(first!.state).rho.data].every((x) => x === 0)).toBe(true);
});

it("needs no more evaluations than SciPy's L-BFGS-B on a sum of Rosenbrock's functions", () => {
  const { target, evaluations, minimum } = golden.arrival;
  const taken = takeSteps(lbfgs, {
    problem: rosenbrock(1),
    hyperparameters: settings({ memory: 10 }),
    steps: evaluations,
  });
  // A search evaluates once or more; the gradients of a step and of its pair are among those evaluations.
  const arrived = taken.findIndex(({ metrics }) => metrics.lossAfter! <= target);
  const needed = taken.slice(0, arrived + 1).reduce((sum, { metrics }) => sum + metrics.evaluations!, 1);
  expect(arrived).toBeGreaterThan(0);
  expect(needed).toBeLessThanOrEqual(evaluations);
  expect(deviation(weightOf(taken.at(-1)!.params), minimum)).toBeLessThan(1e-6);
});
