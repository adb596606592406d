// Problems that try an optimizer: ordinary ones, and those where formulas divide by zero.

import {
  add,
  matmul,
  mul,
  reshape,
  stopGradient,
  sum,
  type Tensor,
  type TensorValue,
  tensorValue,
  tree,
} from '@gaussmark/autodiff';
import { type DatasetSpec, lossFor, type Task } from '@gaussmark/core';
import { BATCH, batchesOf, numbers, tinyDataFor, tinyModel } from './exercise/tiny-problem.js';
import { leastSquares, type TestBatch, type TestProblem } from './test-problem.js';

/** A network of two layers on three mini-batches. */
export function networkProblem(task: Task, examples = BATCH): TestProblem {
  const data = tinyDataFor(task);
  const batches = batchesOf(data, 'float64', examples).map(([inputs, targets]) => ({
    inputs: inputs!,
    targets: targets!,
  })) as unknown as [TestBatch, ...TestBatch[]];
  return { spec: data.spec, model: tinyModel(data), loss: lossFor(task), batches };
}

/** Its batches, every input of the second being NaN. */
export function withMissingNumbers(problem: TestProblem): TestProblem {
  const [first, second = first, ...rest] = problem.batches;
  const { type, data } = second.inputs;
  const inputs = tensorValue(type.dtype, type.shape, new Array<number>(data.length).fill(Number.NaN));
  return { ...problem, batches: [first, { ...second, inputs }, ...rest] };
}

/** f does not depend on the parameters, so the gradient is exactly 0, and the loss is not. */
export function flatProblem(task: Task): TestProblem {
  const problem = networkProblem(task);
  const { model } = problem;
  const still = (params: Parameters<typeof model.apply>[0]) =>
    tree.map((x: Tensor) => stopGradient(x), params);
  return { ...problem, model: { init: model.init, apply: (params, x) => model.apply(still(params), x) } };
}

/** The parameters already fit the targets: loss and gradient are exactly 0. Regression only. */
export const exactFit = (): TestProblem =>
  leastSquares({
    inputs: [
      [1, 2],
      [-0.5, 4],
      [8, 0.25],
    ],
    targets: [0.5 - 2, -0.25 - 4, 4 - 0.25],
    start: [0.5, -1],
  });

/** A single number. */
export const oneParameter = (): TestProblem =>
  leastSquares({ inputs: [[1], [2], [-1]], targets: [3, 5, 1], start: [0.5] });

const LAYERS = 20;

/** 42 tensors of no to four axes, in nested lists and records. */
export function manyParameters(): TestProblem {
  const spec: DatasetSpec = { task: 'regression', input: { shape: [3] }, target: { shape: [] } };
  const value = (shape: readonly number[], seed: number): TensorValue =>
    tensorValue(
      'float64',
      shape,
      numbers(
        shape.reduce((a, b) => a * b, 1),
        seed,
      ),
    );
  const layers = Array.from({ length: LAYERS }, (_, i) => ({ w: value([3, 1], i), b: value([1], 50 + i) }));
  const inputs = value([BATCH, 3], 3);
  return {
    spec,
    loss: 'squaredError',
    model: {
      init: () => ({ gain: value([], 98), nested: { layers }, kernel: value([1, 1, 2, 3], 99) }),
      apply(params, x) {
        const given = params as unknown as {
          readonly gain: Tensor;
          readonly nested: { readonly layers: readonly { readonly w: Tensor; readonly b: Tensor }[] };
          readonly kernel: Tensor;
        };
        const outputs = given.nested.layers
          .map(({ w, b }) => add(matmul(x, w), b))
          .reduce((a, b) => add(a, b));
        return reshape(mul(given.gain, add(outputs, sum(given.kernel))), [x.shape[0]!]);
      },
    },
    batches: [{ inputs, targets: value([BATCH], 4) }],
  };
}
