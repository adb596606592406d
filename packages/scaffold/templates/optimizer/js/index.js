// __name__: gradient descent with momentum. Replace the mathematics with yours.

import { sqrt, vector } from '@gaussmark/autodiff';

/**
 * One step on a mini-batch:
 *
 * v = momentum v + grad loss(theta)
 * theta = theta - learningRate v
 */
export default {
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
