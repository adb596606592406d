// Backtracking line search with Armijo's condition, as a traced loop.

import {
  add,
  and,
  demandOptions,
  finite,
  less,
  maximum,
  mul,
  not,
  type Operand,
  or,
  scalar,
  select,
  Tensor,
  whileLoop,
} from '@gaussmark/autodiff';

export interface LineSearchOptions {
  /** First step size alpha: a number, or a scalar tensor such as {@link grownStepSize}. */
  readonly stepSize: Operand;
  /** c: the share of the decrease predicted by the slope that a step must achieve. */
  readonly sufficientDecrease: number;
  /** Factor for alpha after a failed test. */
  readonly backtrackingFactor: number;
  /** The maximum number of reductions of alpha; the last alpha is accepted even if it fails the test. */
  readonly maxLineSearchSteps: number;
  /** The alpha in the test: the current one, as in textbooks, or the first one. Default first. */
  readonly bound?: 'first' | 'current';
  /** What a loss of NaN or infinity does: NaN passes the test, or both fail it. Default pass. */
  readonly nonFinite?: 'pass' | 'fail';
}

const OPTIONS = [
  'stepSize',
  'sufficientDecrease',
  'backtrackingFactor',
  'maxLineSearchSteps',
  'bound',
  'nonFinite',
] as const;

export interface LineSearchResult {
  /** alpha. Scalar. */
  readonly stepSize: Tensor;
  /** Loss at theta + alpha D. Scalar. */
  readonly loss: Tensor;
  /** Reductions of alpha. int32 scalar. */
  readonly steps: Tensor;
}

/** The loss along a direction D from a point theta. */
export interface Line {
  /** alpha -> loss(theta + alpha D), scalars. Traced again in the body of the loop. */
  readonly lossAt: (stepSize: Operand) => Tensor;
  /** loss(theta). Scalar. */
  readonly loss: Tensor;
  /** g'D, the directional derivative at theta. Scalar. */
  readonly slope: Tensor;
  /** loss(theta + alpha D) at the first alpha, if known; it is then not evaluated again. Scalar. */
  readonly fullStepLoss?: Tensor;
}

/**
 * The first of alpha, alpha f, alpha f^2, ... that decreases the loss sufficiently:
 *
 * ```
 * loss(theta + alpha D) <= loss(theta) + c alpha g'D       bound = current: Armijo
 * loss(theta + alpha D) <= loss(theta) + c alpha0 g'D      bound = first: SGN's reference implementation (arXiv 2006.02409)
 * ```
 *
 * It differs from the textbook:
 * 1. after the last reduction, alpha is accepted;
 * 2. a NaN loss passes, and is returned as `loss` for the caller to report; with nonFinite = fail it shortens the step.
 *
 * @throws RangeError unless `backtrackingFactor` is between 0 and 1
 * @example
 * const found = lineSearch(
 *   { lossAt: (alpha) => problem.loss(vector.addScaled(params, alpha, direction)), loss, slope: vector.dot(grad, direction) },
 *   { stepSize: 1, sufficientDecrease: 1e-4, backtrackingFactor: 0.5, maxLineSearchSteps: 20, bound: 'current' },
 * );
 * const parabola = { lossAt: (alpha) => square(sub(alpha, 0.3)), loss: scalar(0.09, 'float64'), slope: scalar(-0.6, 'float64') };
 * const options = { stepSize: 1, sufficientDecrease: 1e-4, backtrackingFactor: 0.5, maxLineSearchSteps: 20 };
 * lineSearch({ ...parabola, fullStepLoss: scalar(0.49, 'float64') }, options); // = { stepSize: 0.5, loss: 0.04, steps: 1 }
 * @see Nocedal and Wright, Numerical Optimization, 2006, algorithm 3.1
 */
export function lineSearch(line: Line, options: LineSearchOptions): LineSearchResult {
  demandOptions('lineSearch', options, OPTIONS);
  const { stepSize, sufficientDecrease, backtrackingFactor, maxLineSearchSteps } = options;
  const { bound = 'first', nonFinite = 'pass' } = options;
  if (!(backtrackingFactor > 0 && backtrackingFactor < 1)) {
    throw new RangeError(
      `lineSearch: expected a backtrackingFactor between 0 and 1, got ${backtrackingFactor}`,
    );
  }
  const decrease = (alpha: Operand) =>
    mul(typeof alpha === 'number' ? alpha * sufficientDecrease : mul(sufficientDecrease, alpha), line.slope);
  const fixed = bound === 'first' ? add(line.loss, decrease(stepSize)) : undefined;
  const fails = (at: Pick<LineSearchResult, 'stepSize' | 'loss'>) => {
    const above = less(fixed ?? add(line.loss, decrease(at.stepSize)), at.loss);
    return nonFinite === 'pass' ? above : or(not(finite(at.loss)), above);
  };
  return whileLoop(
    (at) => and(fails(at), less(at.steps, maxLineSearchSteps)),
    (at) => {
      const shorter = mul(backtrackingFactor, at.stepSize);
      return { stepSize: shorter, loss: line.lossAt(shorter), steps: add(at.steps, 1) };
    },
    {
      stepSize: stepSize instanceof Tensor ? stepSize : scalar(stepSize, line.loss.dtype),
      loss: line.fullStepLoss ?? line.lossAt(stepSize),
      steps: scalar(0, 'int32'),
    },
    { name: 'line-search' },
  );
}

export interface GrownStepSizeOptions {
  /** Factor for the alpha accepted last. Above 1. */
  readonly growth: number;
  /** The largest first alpha. */
  readonly maxStepSize: number;
  /** The smallest first alpha, so that one bad batch cannot end all progress. Default 0. */
  readonly minStepSize?: number;
}

/**
 * The first alpha of the next step's {@link lineSearch}, from the one that was accepted last: min(growth alpha, max).
 *
 * A search that never failed starts from the largest alpha again. The state of the optimizer holds alpha; its first value is
 * `maxStepSize`.
 *
 * @param accepted alpha of the last step, scalar; after NaN or infinity, the result is `maxStepSize`
 * @returns scalar
 * @throws RangeError if `growth` is not above 1, or `minStepSize` is above `maxStepSize`
 * @example
 * const stepSize = grownStepSize(state.stepSize, { growth: 1.5, maxStepSize: 1 });
 * grownStepSize(scalar(0.4, 'float64'), { growth: 1.5, maxStepSize: 1 }); // = 0.6
 * @see Vaswani et al., Painless Stochastic Gradient, arXiv 1905.09997
 */
export function grownStepSize(accepted: Tensor, options: GrownStepSizeOptions): Tensor {
  demandOptions('grownStepSize', options, ['growth', 'maxStepSize', 'minStepSize']);
  const { growth, maxStepSize, minStepSize = 0 } = options;
  if (!(growth > 1 && maxStepSize >= minStepSize && minStepSize >= 0)) {
    throw new RangeError(
      `grownStepSize: expected growth > 1 and 0 <= minStepSize <= maxStepSize, got ${growth}, ${minStepSize} and ${maxStepSize}`,
    );
  }
  const grown = mul(growth, accepted);
  // A comparison with NaN is false.
  return select(less(grown, maxStepSize), maximum(grown, minStepSize), maxStepSize);
}
