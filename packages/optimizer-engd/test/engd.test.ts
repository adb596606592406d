// ENGD meets its oracles, and keeps the properties of its parts.

import {
  less,
  scalar,
  select,
  square,
  sub,
  type Tensor,
  type TensorValue,
  trace,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { leastSquares, meetOracle, takeSteps } from '@gaussmark/plugin-conformance';
import { describe, expect, it } from 'vitest';
import engd from '../src/engd.js';
import { gridSearch } from '../src/grid-search.js';
import { oracles } from './oracles.js';
import { settings } from './settings.js';

it.each(oracles)('$name', async (oracle) => {
  expect(await meetOracle(oracle)).toBeLessThanOrEqual(oracle.tolerance);
});

describe('the grid', () => {
  const best = (lossAt: (eta: Tensor) => Tensor, size: number) => {
    const { program } = trace(() => gridSearch(lossAt, { largest: 1, size }, 'float64'));
    const [stepSize, loss] = evaluate(program, []).map(({ data }) => data[0]!);
    return { stepSize, loss };
  };

  it('has the step size with the smallest loss, the largest included', () => {
    const distance = (to: number) => (eta: Tensor) => square(sub(eta, to));
    expect(best(distance(0.3), 31)).toEqual({ stepSize: 0.25, loss: expect.closeTo(0.0025, 15) });
    expect(best(distance(5), 31)).toEqual({ stepSize: 1, loss: 16 });
    // Never 0, even if every step is worse than none.
    expect(best(distance(-1), 5).stepSize).toBe(2 ** -4);
  });

  it('leaves out losses that are not finite', () => {
    // Finite from 1/4 down, and smallest at 1/8.
    const beyond = (eta: Tensor, at: number) => select(less(0.3, eta), at, square(sub(eta, 0.13)));
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(best((eta) => beyond(eta, at), 6)).toEqual({
        stepSize: 0.125,
        loss: expect.closeTo(2.5e-5, 15),
      });
    const steep = (eta: Tensor) => sub(scalar(Number.NaN, 'float64'), eta);
    expect(best(steep, 3).stepSize).toBe(1);
  });
});

const twice = leastSquares({ inputs: [[1, 0]], targets: [1], start: [0, 0] });
const weights = (params: ReturnType<typeof takeSteps>[number]['params']) => [
  ...tree.leaves<TensorValue>(params)[0]!.data,
];

it('keeps of SPRING’s last direction what the residuals do not determine', () => {
  // Two equations in turn: after w_1, the direction along w_1 remains mu times itself, and w_2 gets its own.
  const second = leastSquares({ inputs: [[0, 1]], targets: [1], start: [0, 0] });
  const problem = { ...twice, batches: [twice.batches[0], second.batches[0]] } as typeof twice;
  const hyperparameters = settings({ momentum: 0.5, damping: 1e-9, lineSearch: 'none', learningRate: 1 });
  const [first, next] = takeSteps(engd, { problem, hyperparameters, steps: 2 });
  const [after, later] = [weights(first!.params), weights(next!.params)];
  expect([after[0], after[1], later[0], later[1]]).toEqual([
    expect.closeTo(1, 7),
    expect.closeTo(0, 7),
    expect.closeTo(1.5, 7),
    expect.closeTo(1, 7),
  ]);
});

it('bounds the norm of a step without a line search', () => {
  const hyperparameters = settings({
    damping: 1e-9,
    lineSearch: 'none',
    learningRate: 1,
    normConstraint: 0.04,
  });
  const [step] = takeSteps(engd, { problem: twice, hyperparameters, steps: 1 });
  expect(Math.hypot(...weights(step!.params))).toBeCloseTo(0.2, 12);
});

it('reports the rank of an undamped system', () => {
  const problem = leastSquares({
    inputs: [
      [1, 2],
      [2, 4],
      [3, 6],
    ],
    targets: [1, 2, 4],
    start: [0, 0],
  });
  const [step] = takeSteps(engd, { problem, hyperparameters: settings({ damping: 0 }), steps: 1 });
  expect(step!.metrics.rank).toBe(1);
  // The solution of the smallest norm: along (1, 2).
  const [a, b] = weights(step!.params);
  expect(b! / a!).toBeCloseTo(2, 12);
});
