// Line search for the strong Wolfe conditions, as a traced loop that evaluates once in each iteration.

import {
  abs,
  add,
  and,
  demandOptions,
  div,
  equal,
  FLOAT_LIMITS,
  type FloatDType,
  finite,
  less,
  lessEqual,
  lock,
  maximum,
  minimum,
  mul,
  neg,
  not,
  type Operand,
  or,
  scalar,
  select,
  sqrt,
  square,
  sub,
  type Tensor,
  whileLoop,
} from '@gaussmark/autodiff';
import { isRunning, stopCode } from './stop-code.js';

/** Why a search for the strong Wolfe conditions stopped, as codes: the values of `stopReason`. */
export const WOLFE_STOP = lock({
  /** Both conditions hold. */
  converged: 0,
  /** All evaluations were used; alpha is the best that decreases the loss sufficiently, or 0. */
  budget: 1,
  /** The loss still falls at the largest alpha, which is returned. */
  largest: 2,
  /** The interval is down to rounding; alpha is as with `budget`. */
  exhausted: 3,
  /** The slope at theta is not negative: D does not descend, and alpha is 0. */
  ascent: 4,
  /** The first alpha is not above 0, as at the start of a warm-up: there is nothing to search, and alpha is 0. */
  noStep: 5,
} as const);

export type WolfeStopReason = keyof typeof WOLFE_STOP;

/** A loss and its directional derivative at some alpha, scalars. */
export interface LossAndSlope {
  /** loss(theta + alpha D) */
  readonly loss: Tensor;
  /** g(theta + alpha D)'D */
  readonly slope: Tensor;
}

export interface StrongWolfeLine extends LossAndSlope {
  /** Both at an alpha. Traced once, in the body of the loop. `loss` and `slope` beside it are those at theta. */
  readonly at: (stepSize: Tensor) => LossAndSlope;
}

export interface StrongWolfeOptions {
  /** First alpha; if it is not above 0, the search ends at once. Default 1. */
  readonly stepSize?: Operand;
  /** c1: the share of the decrease predicted by the slope that a step must achieve. Default 1e-4. */
  readonly sufficientDecrease?: number;
  /** c2: the largest slope that may remain, as a share of the first one. Default 0.9; 0.1 for nonlinear CG. */
  readonly curvature?: number;
  /** Default 25. */
  readonly maxEvaluations?: number;
  /** Default 1e10. */
  readonly maxStepSize?: number;
  /** Factor for alpha until an interval is found. Default 2. */
  readonly growth?: number;
}

const OPTIONS = [
  'stepSize',
  'sufficientDecrease',
  'curvature',
  'maxEvaluations',
  'maxStepSize',
  'growth',
] as const;

export interface StrongWolfeResult extends LossAndSlope {
  /** alpha, at least 0. Scalar; `loss` and `slope` are those at alpha. */
  readonly stepSize: Tensor;
  /** Evaluations of loss and slope. int32 scalar. */
  readonly evaluations: Tensor;
  /** A code of {@link WOLFE_STOP}, int32 scalar. */
  readonly stopReason: Tensor;
}

/** A point on the line. */
type Point = { readonly alpha: Tensor; readonly loss: Tensor; readonly slope: Tensor };

type Carry = {
  /** The best point so far: it decreases the loss sufficiently. The previous trial, until there is an interval. */
  readonly low: Point;
  /** The other end of the interval, once there is one. */
  readonly high: Point;
  /** Whether there is an interval, so that the search zooms. */
  readonly zooms: Tensor;
  /** The alpha to evaluate next. */
  readonly trial: Tensor;
  readonly evaluations: Tensor;
  /** A code of WOLFE_STOP, or -1 while the search goes on. */
  readonly stop: Tensor;
};

/**
 * An alpha that satisfies the strong Wolfe conditions:
 *
 * ```
 * loss(theta + alpha D) <= loss(theta) + c1 alpha g'D      and      |g(theta + alpha D)'D| <= c2 |g'D|
 * ```
 *
 * It grows alpha until an interval must contain such a point, then zooms in by cubic interpolation. The numbered differences:
 * 1. a trial in the interval keeps a tenth of it from both ends, and is the middle where the cubic has no minimum;
 * 2. a loss that is not finite counts as too high, so that the search backs away from overflow and NaN;
 * 3. it evaluates at most `maxEvaluations` times, and then returns the best point that decreases the loss sufficiently, or alpha = 0.
 *
 * @param line values at theta, and a function of alpha; the batch must be the same at all of them
 * @throws RangeError unless 0 < c1 < c2 < 1, `growth` > 1, and `maxEvaluations` is a whole number of at least 1
 * @example
 * const gradAt = (alpha: Tensor) => problem.valueAndGrad(vector.addScaled(params, alpha, direction));
 * const { stepSize } = strongWolfe({
 *   loss, slope: vector.dot(grad, direction),
 *   at: (alpha) => { const { loss, grad } = gradAt(alpha); return { loss, slope: vector.dot(grad, direction) }; },
 * });
 * const valley = (alpha: Tensor) => ({ loss: square(sub(alpha, 1)), slope: mul(2, sub(alpha, 1)) }); // its minimum is at 1
 * strongWolfe({ ...valley(scalar(0, 'float64')), at: valley }).stepSize; // = 1
 * @see Nocedal and Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6, and equation 3.59
 */
export function strongWolfe(line: StrongWolfeLine, options: StrongWolfeOptions = {}): StrongWolfeResult {
  demandOptions('strongWolfe', options, OPTIONS);
  const {
    stepSize = 1,
    sufficientDecrease: c1 = 1e-4,
    curvature: c2 = 0.9,
    maxEvaluations = 25,
    maxStepSize = 1e10,
    growth = 2,
  } = options;
  if (!(c1 > 0 && c1 < c2 && c2 < 1)) {
    throw new RangeError(`strongWolfe: expected 0 < sufficientDecrease < curvature < 1, got ${c1} and ${c2}`);
  }
  if (!(growth > 1) || !Number.isInteger(maxEvaluations) || maxEvaluations < 1) {
    throw new RangeError(
      `strongWolfe: expected growth > 1 and whole maxEvaluations of at least 1, got ${growth} and ${maxEvaluations}`,
    );
  }
  const dtype = line.loss.dtype as FloatDType;
  const { epsilon } = FLOAT_LIMITS[dtype];
  const first = minimum(typeof stepSize === 'number' ? scalar(stepSize, dtype) : stepSize, maxStepSize);
  const start: Point = { alpha: scalar(0, dtype), loss: line.loss, slope: line.slope };

  const next = ({ low, high, zooms, trial, evaluations }: Carry): Carry => {
    const point: Point = { alpha: trial, ...pick(line.at(trial)) };
    const count = add(evaluations, 1);
    const bound = add(line.loss, mul(mul(c1, trial), line.slope));
    // A comparison with NaN is false.
    const decreases = and(finite(point.loss), lessEqual(point.loss, bound));
    const atStart = equal(low.alpha, 0);
    const improves = and(decreases, or(and(atStart, not(zooms)), less(point.loss, low.loss)));
    const flat = and(improves, lessEqual(abs(point.slope), mul(-c2, line.slope)));

    // Without an interval: too high a loss, or a slope that turned, closes one between the last two trials.
    const turned = lessEqual(0, point.slope);
    const closes = or(not(improves), turned);
    // In an interval: the minimum lies on the side of `low`, if the slope there points back to it.
    const back = lessEqual(0, mul(point.slope, sub(high.alpha, low.alpha)));
    const nextHigh = choose(improves, choose(or(not(zooms), back), low, high), point);
    const nextLow = choose(improves, point, low);
    const nextZooms = or(zooms, closes);

    const inside = cubicMinimum(nextLow, nextHigh);
    const grown = minimum(mul(growth, trial), maxStepSize);
    const width = abs(sub(nextHigh.alpha, nextLow.alpha));
    const exhausted = and(
      nextZooms,
      lessEqual(width, mul(epsilon, maximum(abs(nextLow.alpha), abs(nextHigh.alpha)))),
    );
    const atLargest = and(not(nextZooms), lessEqual(maxStepSize, trial));
    return {
      low: nextLow,
      high: nextHigh,
      zooms: nextZooms,
      trial: select(nextZooms, inside, grown),
      evaluations: count,
      stop: stopCode(
        [flat, WOLFE_STOP.converged],
        [atLargest, WOLFE_STOP.largest],
        [exhausted, WOLFE_STOP.exhausted],
        [lessEqual(maxEvaluations, count), WOLFE_STOP.budget],
      ),
    };
  };

  const last = whileLoop<Carry>(
    ({ stop }) => isRunning(stop),
    next,
    {
      low: start,
      high: start,
      zooms: scalar(0, 'bool'),
      trial: first,
      evaluations: scalar(0, 'int32'),
      // A comparison with NaN is false.
      stop: stopCode([not(less(line.slope, 0)), WOLFE_STOP.ascent], [not(less(0, first)), WOLFE_STOP.noStep]),
    },
    { name: 'strong-wolfe' },
  );
  return {
    stepSize: last.low.alpha,
    loss: last.low.loss,
    slope: last.low.slope,
    evaluations: last.evaluations,
    stopReason: last.stop,
  };
}

const pick = ({ loss, slope }: LossAndSlope): LossAndSlope => ({ loss, slope });

const choose = (predicate: Tensor, a: Point, b: Point): Point => ({
  alpha: select(predicate, a.alpha, b.alpha),
  loss: select(predicate, a.loss, b.loss),
  slope: select(predicate, a.slope, b.slope),
});

/**
 * The minimum of the cubic through values and slopes at both ends (equation 3.59), at least a tenth of the interval from both; the
 * middle if there is none.
 */
function cubicMinimum(a: Point, b: Point): Tensor {
  const width = sub(b.alpha, a.alpha);
  const d1 = sub(add(a.slope, b.slope), div(mul(3, sub(a.loss, b.loss)), sub(a.alpha, b.alpha)));
  const discriminant = sub(square(d1), mul(a.slope, b.slope));
  const d2 = select(less(0, width), sqrt(discriminant), neg(sqrt(discriminant)));
  const share = sub(1, div(sub(add(b.slope, d2), d1), add(sub(b.slope, a.slope), mul(2, d2))));
  // A comparison with NaN is false.
  const usable = and(finite(share), lessEqual(0, discriminant));
  const kept = minimum(maximum(select(usable, share, 0.5), 0.1), 0.9);
  return add(a.alpha, mul(kept, width));
}
