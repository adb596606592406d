// __name__: gradient descent with momentum. Replace the mathematics with yours.

import { sqrt, vector } from '@gaussmark/autodiff';
import type { OptimizerPlugin, Params } from '@gaussmark/core';

/** Described in manifest.json, with bounds and defaults. */
export interface __Type__Hyperparameters {
  readonly learningRate: number;
  readonly momentum: number;
}

/** What survives from step to step; a type, because an interface does not fit a tree of tensors. */
export type __Type__State = {
  /** v, shaped like the parameters. */
  readonly velocity: Params;
};

/**
 * One step on a mini-batch:
 *
 * v = momentum v + grad loss(theta)
 * theta = theta - learningRate v
 */
const optimizer: OptimizerPlugin<__Type__Hyperparameters, __Type__State> = {
  create: ({ learningRate, momentum }) => ({
    init: (params) => ({ velocity: vector.zerosLike(params) }),

    step(problem, params, { velocity }) {
      const { grad } = problem.valueAndGrad(params);
      const next = vector.addScaled(grad, momentum, velocity);
      return {
        params: vector.addScaled(params, -learningRate, next),
        state: { velocity: next },
        metrics: { gradientNorm: sqrt(vector.dot(grad, grad)) },
      };
    },
  }),
};

export default optimizer;
