// Steps that tests of a plugin take, against sums done by hand.

import { add, mul, type Tensor, type TensorValue, tree, vector } from '@gaussmark/autodiff';
import type { OptimizerPlugin, Params } from '@gaussmark/core';
import { expect, it } from 'vitest';
import { takeSteps } from '../src/take-steps.js';
import { leastSquares } from '../src/test-problem.js';

it('returns parameters, and the point where the model would be evaluated', () => {
  const plugin: OptimizerPlugin<object, { readonly average: Params }> = {
    create: () => ({
      init: (params) => ({ average: params }),
      step(problem, params, { average }) {
        const next = vector.addScaled(params, -0.1, problem.valueAndGrad(params).grad);
        const halved = tree.map((a: Tensor, p: Tensor) => mul(0.5, add(a, p)), average, next);
        return { params: next, state: { average: halved }, metrics: {} };
      },
      evaluationPoint: (_, { average }) => average,
    }),
  };
  const problem = leastSquares({ inputs: [[1], [2]], targets: [3, 5], start: [0] });
  const steps = takeSteps(plugin, { problem, hyperparameters: {}, steps: 2 });
  const only = (values: (typeof steps)[number]['params']) => tree.leaves<TensorValue>(values)[0]!.data[0];
  // The gradient is 5 w - 13: the mean of 2 x (w x - y).
  expect(steps.map(({ params }) => only(params))).toEqual([1.3, expect.closeTo(1.3 + 0.65, 15)]);
  expect(steps.map(({ evaluationPoint }) => only(evaluationPoint))).toEqual([
    0.65,
    expect.closeTo((0.65 + 1.95) / 2, 15),
  ]);
});

it('tells an optimizer the parameters of the problem', () => {
  let seen: unknown;
  const plugin: OptimizerPlugin<object> = {
    create: (_, { parameters, trainingSize }) => {
      seen = { parameters, trainingSize };
      return { init: () => ({}), step: (_, params, state) => ({ params, state, metrics: {} }) };
    },
  };
  takeSteps(plugin, {
    problem: leastSquares({ inputs: [[1], [2]], targets: [3, 5], start: [0] }),
    hyperparameters: {},
    steps: 1,
  });
  expect(seen).toEqual({
    parameters: [{ path: 'weight', shape: [1], role: 'head' }],
    trainingSize: 2,
  });
});

it('names a hyperparameter that is not given, a misspelled option and a missing function', () => {
  const plugin: OptimizerPlugin<{ readonly learningRate: number; readonly momentum: number }> = {
    create: ({ learningRate, momentum }) => ({
      init: () => ({}),
      step: (problem, params, state) => ({
        params: vector.addScaled(params, -learningRate / (1 - momentum), problem.valueAndGrad(params).grad),
        state,
        metrics: {},
      }),
    }),
  };
  const problem = leastSquares({ inputs: [[1]], targets: [3], start: [0] });
  const take = (options: object, of: object = plugin) =>
    takeSteps(of as typeof plugin, { problem, steps: 1, ...options } as never);
  expect(() => take({ hyperparameters: { learningRate: 0.1 } })).toThrow(
    expect.objectContaining({
      summary: "takeSteps: hyperparameter 'momentum' is not given",
      got: 'learningRate',
    }),
  );
  const hyperparameters = { learningRate: 0.1, momentum: 0 };
  expect(() => take({ hyperparameters, dtyp: 'float32' })).toThrow("did you mean 'dtype'?");
  expect(() => take({ hyperparameters }, { create: () => ({ init: () => ({}) }) })).toThrow(
    'the optimizer has no step()',
  );
  expect(take({ hyperparameters })).toHaveLength(1);
});
