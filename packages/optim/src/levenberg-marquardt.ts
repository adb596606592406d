// Levenberg-Marquardt damping: trust a quadratic model as far as it predicted the last change of the loss.

import {
  abs,
  and,
  demandOptions,
  div,
  FLOAT_LIMITS,
  type FloatDType,
  less,
  lessEqual,
  maximum,
  minimum,
  mul,
  not,
  type Operand,
  select,
  type Tensor,
  type Tree,
  vector,
} from '@gaussmark/autodiff';
import { demandNonNegative, demandPositive } from './demands.js';

/** How a step changed the loss, compared with what the model predicted. */
export interface Gain {
  /** q, actual over predicted change of the loss; 1 if both are rounding noise. Scalar. */
  readonly ratio: Tensor;
  /** Whether both changes are rounding noise of the loss, so that q is meaningless. Scalar bool. */
  readonly isNoise: Tensor;
}

/**
 * The gain of a step, also called its reduction ratio. At an exact fit, both changes are rounding noise of the loss, and their quotient is 0/0 or arbitrary (Conn,
 * Gould and Toint, Trust-Region Methods, 2000, section 17.4.2).
 *
 * Whether the predicted change includes the damping term is the caller's choice; methods differ.
 *
 * @param actual loss after minus loss before, scalar
 * @param predicted the same by the model, scalar
 * @param loss before the step, scalar
 * @example
 * const { ratio } = gainOf(sub(lossAfter, loss), predictedChange(grad, step, ggnProduct(step)), loss);
 * gainOf(scalar(-1, 'float64'), scalar(-2, 'float64'), scalar(10, 'float64')).ratio; // = 0.5
 */
export function gainOf(actual: Tensor, predicted: Tensor, loss: Tensor): Gain {
  const { epsilon, smallestNormal } = FLOAT_LIMITS[loss.dtype as FloatDType];
  const noise = maximum(mul(epsilon, abs(loss)), smallestNormal);
  const isNoise = and(lessEqual(abs(actual), noise), lessEqual(abs(predicted), noise));
  return { ratio: select(isNoise, 1, div(actual, predicted)), isNoise };
}

export interface TrustRadiusOptions {
  /** The largest radius. */
  readonly maxRadius: number;
  /** Below this gain ratio, the radius shrinks. Default 1/4. */
  readonly low?: number;
  /** Above this gain ratio, the radius grows, if the step reached it. Default 3/4. */
  readonly high?: number;
}

/**
 * The radius of a trust region after a step D: |D| / 4 if the gain ratio is low or NaN, twice the radius if it is high and D reached
 * it, and otherwise the same. If the gain is noise, the radius stays.
 *
 * @param radius scalar, above 0
 * @param stepNorm |D|, scalar, at most the radius
 * @returns scalar
 * @example
 * const next = trustRadius(radius, gain, sqrt(vector.dot(step, step)), { maxRadius: 10 });
 * const poor = gainOf(scalar(-1, 'float64'), scalar(-9, 'float64'), scalar(10, 'float64'));
 * trustRadius(scalar(2, 'float64'), poor, scalar(2, 'float64'), { maxRadius: 10 }); // = 0.5
 * @see Nocedal and Wright, Numerical Optimization, 2006, algorithm 4.1, which shrinks to a quarter of the radius
 */
export function trustRadius(
  radius: Tensor,
  { ratio, isNoise }: Gain,
  stepNorm: Tensor,
  options: TrustRadiusOptions,
): Tensor {
  demandOptions('trustRadius', options, ['maxRadius', 'low', 'high']);
  const { maxRadius, low = 1 / 4, high = 3 / 4 } = options;
  demandPositive('trustRadius', 'maxRadius', maxRadius);
  const reached = lessEqual(mul(1 - 1e-3, radius), stepNorm);
  const grown = select(and(less(high, ratio), reached), minimum(mul(2, radius), maxRadius), radius);
  // A comparison with NaN is false.
  const adapted = select(lessEqual(low, ratio), grown, mul(1 / 4, stepNorm));
  return select(isNoise, radius, adapted);
}

export interface PredictedChangeOptions {
  /** rho: adds rho / 2 |D|^2 to the model, as Martens and somax do; kfac-jax leaves it out. Default 0. */
  readonly damping?: Operand;
}

/**
 * The change of the loss that a quadratic model predicts for a step D: g'D + D'(B + rho I)D / 2.
 *
 * @param gradient g, shaped like the parameters
 * @param step D, shaped like g
 * @param product B D, without damping, shaped like g
 * @returns scalar; negative if D is a descent step within the model
 * @example
 * const predicted = predictedChange(grad, step, ggnProduct(step));
 * const gain = gainOf(sub(lossAfter, loss), predicted, loss);
 * const [g, s] = [{ w: iota(2, 'float64') }, { w: neg(iota(2, 'float64')) }];
 * predictedChange(g, s, s); // = -0.5
 */
export function predictedChange<T extends Tree<Tensor>>(
  gradient: T,
  step: T,
  product: T,
  options: PredictedChangeOptions = {},
): Tensor {
  demandOptions('predictedChange', options, ['damping']);
  const { damping = 0 } = options;
  const damped = damping === 0 ? product : vector.addScaled(product, damping, step);
  return vector.dot(vector.addScaled(gradient, 1 / 2, damped), step);
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
  /** Below this gain ratio, rho grows. Default 1/4. */
  readonly low?: number;
  /** Above this gain ratio, rho shrinks. Default 3/4. */
  readonly high?: number;
  /** What rho does at a gain ratio of NaN. Default stay; to grow is for methods that reject such a step. */
  readonly atNaN?: 'stay' | 'grow';
}

/**
 * The rule of Levenberg and Marquardt for the gain ratio q: rho grows if the model was too optimistic (q < 1/4), and shrinks, down to
 * rhoMin, if it can be trusted (q > 3/4). If q is noise, rho stays; so it does if q is NaN, unless atNaN = grow.
 *
 * No step is rejected, and rho is bounded above only to keep its square from overflowing.
 *
 * @param rho scalar
 * @returns rho of the next step, scalar
 * @example
 * const next = levenbergMarquardt(scalar(1e-3, 'float64'), gain, { damping: 1e-3, minDamping: 1e-6 });
 * const poor = gainOf(scalar(-1, 'float64'), scalar(-9, 'float64'), scalar(10, 'float64'));
 * levenbergMarquardt(scalar(2, 'float64'), poor, { damping: 1, minDamping: 1e-6 }); // = 3
 * @see Martens, Deep learning via Hessian-free optimization, 2010, section 4.1
 */
export function levenbergMarquardt(
  rho: Tensor,
  { ratio, isNoise }: Gain,
  options: LevenbergMarquardtOptions,
): Tensor {
  const names = ['damping', 'minDamping', 'growth', 'shrinkage', 'low', 'high', 'atNaN'] as const;
  demandOptions('levenbergMarquardt', options, names);
  const { damping, minDamping, growth = 3 / 2, shrinkage = 2 / 3, low = 1 / 4, high = 3 / 4 } = options;
  const { atNaN = 'stay' } = options;
  demandNonNegative('levenbergMarquardt', 'damping', damping);
  demandNonNegative('levenbergMarquardt', 'minDamping', minDamping);
  const ceiling = Math.max(damping, Math.sqrt(FLOAT_LIMITS[rho.dtype as FloatDType].largest));
  const grown = minimum(mul(growth, rho), ceiling);
  const shrunk = maximum(mul(shrinkage, rho), minDamping);
  // A comparison with NaN is false.
  const isPoor = atNaN === 'stay' ? less(ratio, low) : not(lessEqual(low, ratio));
  const adapted = select(isPoor, grown, select(less(high, ratio), shrunk, rho));
  return select(isNoise, rho, adapted);
}
