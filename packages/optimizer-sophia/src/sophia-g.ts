// Sophia-G: the curvature is the diagonal of the Gauss-Newton matrix, estimated from sampled targets.

import { vector } from '@gaussmark/autodiff';
import { type Estimator, sophia } from './sophia.js';

/**
 * Gauss-Newton-Bartlett: B g g, elementwise, with g the gradient of the mean loss on targets drawn from the model's own distribution, and
 * B the number of terms of that mean (labels, tokens, or outputs of a regression, whose targets get normal noise).
 */
export const gaussNewtonBartlett: Estimator = (problem, params, context) => {
  const { outputs } = problem.linearize(params);
  const sampled = problem.withTargets(problem.sampleTargets(outputs, context.random('targets')));
  const { grad } = sampled.valueAndGrad(params);
  return vector.scale(problem.terms, vector.mul(grad, grad));
};

export default sophia(gaussNewtonBartlett);
