// The source of a small optimizer with weight decay, as a third party would write it.

import { fileURLToPath } from 'node:url';

const AUTODIFF = fileURLToPath(new URL('../../autodiff/dist/index.js', import.meta.url));

/** @param decay the expression that the parameters are scaled with */
export const decayingDescent = (decay: string): string => `
import { vector } from ${JSON.stringify(AUTODIFF)};
export default {
  create: ({ learningRate, decay }) => ({
    init: () => ({}),
    step(problem, params, state) {
      const { loss, grad } = problem.valueAndGrad(params);
      const slope = decay === 0 ? grad : vector.addScaled(grad, ${decay}, params);
      return { params: vector.addScaled(params, -learningRate, slope), state, metrics: { loss } };
    },
  }),
};
`;
