// Levenberg-Marquardt damping: trust a quadratic model as far as it predicted the last change of the loss.

import {
  abs,
  and,
  div,
  FLOAT_LIMITS,
  type FloatDType,
  less,
  lessEqual,
  maximum,
  minimum,
  mul,
  select,
  type Tensor,
} from '@gaussmark/autodiff';

/** How a step changed the loss, compared with what the model predicted. */
export interface Gain {
  /** q, actual over predicted change of the loss; 1 if both are rounding noise. Scalar. */
  readonly ratio: Tensor;
  /** Whether both changes are rounding noise of the loss, so that q is meaningless. Scalar bool. */
  readonly isNoise: Tensor;
}

/**
 * The gain of a step. At an exact fit, both changes are rounding noise of the loss, and their quotient is 0/0 or arbitrary (Conn,
 * Gould and Toint, Trust-Region Methods, 2000, section 17.4.2).
 *
 * Whether the predicted change includes the damping term is the caller's choice; methods differ.
 *
 * @param actual loss after minus loss before, scalar
 * @param predicted the same by the model, scalar
 * @param loss before the step, scalar
 */
export function gainOf(actual: Tensor, predicted: Tensor, loss: Tensor): Gain {
  const { epsilon, smallestNormal } = FLOAT_LIMITS[loss.dtype as FloatDType];
  const noise = maximum(mul(epsilon, abs(loss)), smallestNormal);
  const isNoise = and(lessEqual(abs(actual), noise), lessEqual(abs(predicted), noise));
  return { ratio: select(isNoise, 1, div(actual, predicted)), isNoise };
}

export interface LevenbergMarquardtOptions {
  /** rho of the first step. */
  readonly damping: number;
  /** rhoMin, the smallest rho. */
  readonly minDamping: number;
  /** Factor for rho if the model was too optimistic. Default 3/2. */
  readonly growth?: number;
  /** Factor for rho if the model can be trusted. Default 2/3. */
  readonly shrinkage?: number;
}

/**
 * The rule of Levenberg and Marquardt for the gain ratio q: rho grows if the model was too optimistic (q < 1/4), and shrinks, down to
 * rhoMin, if it can be trusted (q > 3/4). If q is NaN or noise, rho stays.
 *
 * No step is rejected, and rho is bounded above only to keep its square from overflowing.
 *
 * @param rho scalar
 * @returns rho of the next step, scalar
 * @see Martens, Deep learning via Hessian-free optimization, 2010, section 4.1
 */
export function levenbergMarquardt(
  rho: Tensor,
  { ratio, isNoise }: Gain,
  { damping, minDamping, growth = 3 / 2, shrinkage = 2 / 3 }: LevenbergMarquardtOptions,
): Tensor {
  const ceiling = Math.max(damping, Math.sqrt(FLOAT_LIMITS[rho.dtype as FloatDType].largest));
  const grown = minimum(mul(growth, rho), ceiling);
  const shrunk = maximum(mul(shrinkage, rho), minDamping);
  const adapted = select(less(ratio, 1 / 4), grown, select(less(3 / 4, ratio), shrunk, rho));
  return select(isNoise, rho, adapted);
}
