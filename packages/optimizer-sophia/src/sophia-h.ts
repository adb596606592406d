// Sophia-H: the curvature is the diagonal of the Hessian, estimated by Hutchinson's method.

import { vector } from '@gaussmark/autodiff';
import { drawLike, rademacher } from '@gaussmark/random/program';
import { type Estimator, sophia } from './sophia.js';

/** z (H z), elementwise, with signs z: one product with the Hessian. Exact if the Hessian is diagonal. */
export const hutchinson: Estimator = (problem, params, context) => {
  const probe = drawLike(rademacher, context.random('probe'), params);
  return vector.mul(probe, problem.hessianProduct(params, probe));
};

export default sophia(hutchinson);
