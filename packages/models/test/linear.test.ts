// The linear network: a product of matrices, its start, and its derivatives by hand.

import { type Tensor, tensorValue, tree } from '@gaussmark/autodiff';
import { bindProblem, losses, type Params } from '@gaussmark/core';
import { expect, it } from 'vitest';
import linear, { type LinearHyperparameters } from '../src/linear.js';
import { demandModel, run, shapesOf } from './wave-network.js';

const START: LinearHyperparameters = { hidden: [2], initialization: 'lecun', initializationSeed: null };
const regression = (input: readonly number[], target: readonly number[]) =>
  ({ task: 'regression', input: { shape: input }, target: { shape: target } }) as const;
const float64 = (shape: readonly number[], data: readonly number[]) => tensorValue('float64', shape, data);

it('is the product of its layers', () => {
  const model = demandModel(linear.create(START, regression([3], [1])));
  expect(shapesOf(model.init(1))).toEqual([
    [3, 2],
    [2, 1],
  ]);
  const params = {
    layers: [{ weight: float64([3, 2], [1, 2, 3, 4, 5, 6]) }, { weight: float64([2, 1], [1, -2]) }],
  };
  // x W_1 = (1 - 3 + 10, 2 - 4 + 12)
  expect([...run(model.apply, params, float64([1, 3], [1, -1, 2])).data]).toEqual([8 - 20]);
});

it('has the gradient of the squared error in each factor', () => {
  const model = demandModel(linear.create({ ...START, hidden: [1] }, regression([1], [1])));
  const params = { layers: [{ weight: float64([1, 1], [3]) }, { weight: float64([1, 1], [5]) }] };
  const gradient = (i: number) =>
    run(
      (at: Params, x: Tensor, y: Tensor) =>
        tree.leaves<Tensor>(
          bindProblem(model, losses.squaredError, { inputs: x, targets: y }).valueAndGrad(at).grad,
        )[i]!,
      params,
      float64([1, 1], [2]),
      float64([1, 1], [7]),
    ).data[0];
  // f = 2 * 3 * 5, and d(f - 7)^2 = 2 (f - 7) df
  expect([gradient(0), gradient(1)]).toEqual([2 * 23 * 10, 2 * 23 * 6]);
});

it('may start at zero, unless that is a saddle point', () => {
  const zero = { ...START, hidden: [], initialization: 'zero' } as const;
  const model = demandModel(linear.create(zero, regression([2, 2], [1])));
  expect(tree.leaves(model.init(7))).toEqual([float64([4, 1], [0, 0, 0, 0])]);
  expect(linear.create({ ...zero, hidden: [2] }, regression([3], [1]))).toEqual({
    incompatible: expect.stringContaining('saddle point'),
  });
});

it('refuses tokens', () => {
  const text = {
    task: 'classification',
    input: { shape: [6], vocabulary: 5 },
    target: { shape: [] },
    classes: 5,
  } as const;
  expect(linear.create(START, text)).toEqual({ incompatible: expect.stringContaining('tokens') });
});
