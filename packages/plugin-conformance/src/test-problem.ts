// Problems for tests of plugins, small enough to compute by hand.

import { matmul, reshape, type Tensor, type TensorValue, tensorValue } from '@gaussmark/autodiff';
import type { DatasetSpec, LossName, Model } from '@gaussmark/core';

/** Examples for one step. */
export interface TestBatch {
  /** (M, ...input.shape) */
  readonly inputs: TensorValue;
  /** (M, ...target.shape) */
  readonly targets: TensorValue;
}

/** A model on data given in the open. */
export interface TestProblem {
  readonly spec: DatasetSpec;
  readonly model: Model;
  readonly loss: LossName;
  /** Mini-batches of equal size, used in turn. */
  readonly batches: readonly [TestBatch, ...TestBatch[]];
}

export interface LeastSquaresOptions {
  /** M rows of n numbers. */
  readonly inputs: readonly (readonly number[])[];
  /** M numbers. */
  readonly targets: readonly number[];
  /** The initial weight: n numbers. */
  readonly start: readonly number[];
}

/**
 * Linear least squares on one mini-batch, without a bias: f(x) = x'w, and the loss is mean((f - y)^2). Its gradient is 2/M X'(X w - y).
 * The only parameter is `weight`, (n).
 *
 * @example
 * const problem = leastSquares({ inputs: [[1], [2]], targets: [3, 5], start: [0] });
 * problem.model.init(1).weight.data; // = [0]
 */
export function leastSquares({ inputs, targets, start }: LeastSquaresOptions): TestProblem {
  const [examples, width] = [inputs.length, start.length];
  const weight = tensorValue('float64', [width], [...start]);
  return {
    spec: { task: 'regression', input: { shape: [width] }, target: { shape: [] } },
    loss: 'squaredError',
    model: {
      init: () => ({ weight }),
      roles: () => ({ weight: 'head' }),
      apply(params, x) {
        const { weight: w } = params as { readonly weight: Tensor };
        return reshape(matmul(x, reshape(w, [width, 1])), [x.shape[0]!]);
      },
    },
    batches: [
      {
        inputs: tensorValue('float64', [examples, width], inputs.flat()),
        targets: tensorValue('float64', [examples], [...targets]),
      },
    ],
  };
}
