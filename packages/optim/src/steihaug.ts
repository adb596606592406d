// Steihaug's method: the step of a trust region by truncated conjugate gradients, as a traced loop.

import {
  add,
  demandOptions,
  div,
  FLOAT_LIMITS,
  type FloatDType,
  finite,
  lessEqual,
  lock,
  maximum,
  mul,
  not,
  type Operand,
  or,
  scalar,
  select,
  sqrt,
  square,
  sub,
  type Tensor,
  type Tree,
  tree,
  vector,
  whileLoop,
} from '@gaussmark/autodiff';
import { demandCount } from './demands.js';
import { isRunning, stopCode } from './stop-code.js';

/** Why the iteration stopped: the values of `stopReason`. */
export const STEIHAUG_STOP = lock({
  /** max|g + B D| reached the tolerance, inside the region. */
  converged: 0,
  /** All allowed iterations were used; D is inside the region. */
  budget: 1,
  /** The next D would have left the region; D is on its boundary. */
  boundary: 2,
  /** d'Bd was zero, negative or rounding noise; D is on the boundary. */
  curvature: 3,
  /** A value overflowed or became NaN; D is invalid. */
  nonFinite: 4,
  /** The residual dropped to rounding noise, although it is above the tolerance. */
  exact: 5,
} as const);

export type SteihaugStopReason = keyof typeof STEIHAUG_STOP;

export interface SteihaugOptions {
  /** At least 1. */
  readonly maxIterations: number;
  /** Stops the iteration once max|g + B D| is at or below it. Default 0. */
  readonly tolerance?: Operand;
  /** Names the loop in telemetry. Default 'steihaug'. */
  readonly name?: string;
}

export interface SteihaugResult<T extends Tree<Tensor>> {
  /** D, shaped like g, with |D| <= radius. */
  readonly step: T;
  /** |D|. Scalar; what {@link trustRadius} asks for. */
  readonly stepNorm: Tensor;
  /** g'D + D'B D / 2, at most 0. Scalar; what {@link gainOf} asks for. */
  readonly predictedChange: Tensor;
  /** int32 scalar. */
  readonly iterations: Tensor;
  /** A code of {@link STEIHAUG_STOP}, int32 scalar. */
  readonly stopReason: Tensor;
}

/** The loop's carry; d is the search direction. */
type Carry<T extends Tree<Tensor>> = {
  readonly step: T;
  readonly r: T;
  readonly d: T;
  /** r'r */
  readonly rr: Tensor;
  /** |D|^2 */
  readonly size: Tensor;
  readonly model: Tensor;
  readonly iterations: Tensor;
  /** The threshold for d'Bd / r'r below which it is rounding noise. */
  readonly flat: Tensor;
  /** A code of STEIHAUG_STOP, or -1 while the iteration goes on. */
  readonly stop: Tensor;
};

/**
 * An approximate minimum of the quadratic model g'D + D'B D / 2 over |D| <= radius, for a symmetric B given by its products, which may
 * be indefinite. Conjugate gradients from D = 0 lengthen D in each iteration; the one that would leave the region, or finds no positive
 * curvature, ends on its boundary instead.
 *
 * ```
 * D = 0 ; r = g ; d = -r
 * repeat   a = r'r / d'Bd, or the length to the boundary if that is less, or if d'Bd <= 0
 *          D += a d ; s = r + a Bd ; d = -s + (s's / r'r) d ; r = s
 * until    on the boundary, max|r| <= tolerance, or maxIterations
 * ```
 *
 * If B is positive definite, the model falls at least half as far as at its minimum in the region, and always at least as far as along
 * the gradient. `apply` is traced once, in the loop's body.
 *
 * @param apply v -> B v, both shaped like g; damping, if any, included
 * @param gradient g, a tree of floats of one dtype
 * @param radius above 0: a number, or a scalar
 * @throws RangeError if `maxIterations` is not a whole number of at least 1
 * @example
 * const { step, stepNorm, predictedChange } = steihaug(ggnProduct, grad, radius, { maxIterations: 20 });
 * const next = trustRadius(radius, gainOf(sub(lossAfter, loss), predictedChange, loss), stepNorm, { maxRadius: 10 });
 * const twice = steihaug((v) => mul(2, v), iota(2, 'float64'), 0.25, { maxIterations: 5 });
 * twice.step; // = [0, -0.25]
 * @see Steihaug, The Conjugate Gradient Method and Trust Regions in Large Scale Optimization, 1983, doi 10.1137/0720042
 * @see Yuan, On the truncated conjugate gradient method, 2000, doi 10.1007/s101070050012, for the factor of a half
 */
export function steihaug<T extends Tree<Tensor>>(
  apply: (v: T) => T,
  gradient: T,
  radius: Operand,
  options: SteihaugOptions,
): SteihaugResult<T> {
  demandOptions('steihaug', options, ['maxIterations', 'tolerance', 'name']);
  const { maxIterations, tolerance = 0, name = 'steihaug' } = options;
  demandCount('steihaug', 'maxIterations', maxIterations);
  const dtype = tree.leaves<Tensor>(gradient)[0]!.dtype as FloatDType;
  const { epsilon, smallestNormal } = FLOAT_LIMITS[dtype];
  const startRr = vector.dot(gradient, gradient);
  const noise = mul(epsilon ** 2, startRr);
  const area = typeof radius === 'number' ? scalar(radius ** 2, dtype) : square(radius);

  const iterate = (at: Carry<T>): Carry<T> => {
    const product = apply(at.d);
    const curvature = vector.dot(at.d, product);
    const dd = vector.dot(at.d, at.d);
    const stepD = vector.dot(at.step, at.d);
    // The positive root of |D + t d| = radius. D'd >= 0, so nothing cancels in the denominator.
    const gap = maximum(sub(area, at.size), 0);
    const toBoundary = div(gap, add(stepD, sqrt(add(square(stepD), mul(dd, gap)))));
    // A comparison with NaN is false, and NaN propagates into D.
    const stuck = lessEqual(curvature, mul(at.flat, at.rr));
    const leaves = or(stuck, lessEqual(mul(toBoundary, curvature), at.rr));
    const length = select(leaves, toBoundary, div(at.rr, curvature));
    const r = vector.addScaled(at.r, length, product);
    const rr = vector.dot(r, r);
    const iterations = add(at.iterations, 1);
    const step = vector.addScaled(at.step, length, at.d);
    return {
      step,
      r,
      d: vector.addScaled(vector.scale(-1, r), div(rr, at.rr), at.d),
      rr,
      size: select(leaves, area, vector.dot(step, step)),
      // r'd = -r'r
      model: add(at.model, mul(length, sub(mul(1 / 2, mul(length, curvature)), at.rr))),
      iterations,
      flat: maximum(at.flat, mul(epsilon, div(curvature, at.rr))),
      stop: stopCode(
        [not(finite(rr)), STEIHAUG_STOP.nonFinite],
        [stuck, STEIHAUG_STOP.curvature],
        [leaves, STEIHAUG_STOP.boundary],
        [lessEqual(vector.maxAbs(r), tolerance), STEIHAUG_STOP.converged],
        [lessEqual(rr, noise), STEIHAUG_STOP.exact],
        [lessEqual(maxIterations, iterations), STEIHAUG_STOP.budget],
      ),
    };
  };

  const zero = scalar(0, dtype);
  const last = whileLoop<Carry<T>>(
    ({ stop }) => isRunning(stop),
    iterate,
    {
      step: vector.zerosLike(gradient),
      r: gradient,
      d: vector.scale(-1, gradient),
      rr: startRr,
      size: zero,
      model: zero,
      iterations: scalar(0, 'int32'),
      flat: scalar(smallestNormal, dtype),
      stop: stopCode(
        [not(finite(startRr)), STEIHAUG_STOP.nonFinite],
        [lessEqual(vector.maxAbs(gradient), tolerance), STEIHAUG_STOP.converged],
        // Its square has underflowed.
        [lessEqual(startRr, 0), STEIHAUG_STOP.exact],
      ),
    },
    { name },
  );
  return {
    step: last.step,
    stepNorm: sqrt(last.size),
    predictedChange: last.model,
    iterations: last.iterations,
    stopReason: last.stop,
  };
}
