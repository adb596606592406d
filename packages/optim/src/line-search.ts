// Backtracking line search with Armijo's condition, as a traced loop.

import { add, and, less, mul, type Operand, scalar, type Tensor, whileLoop } from '@gaussmark/autodiff';

export interface LineSearchOptions {
  /** First step size alpha. */
  readonly stepSize: number;
  /** c: the share of the decrease predicted by the slope that a step must achieve. */
  readonly sufficientDecrease: number;
  /** Factor for alpha after a failed test. */
  readonly backtrackingFactor: number;
  /** The maximum number of reductions of alpha; the last alpha is accepted even if it fails the test. */
  readonly maxLineSearchSteps: number;
}

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
  /** loss(theta + alpha D) at the first alpha, which is not evaluated again. Scalar. */
  readonly fullStepLoss: Tensor;
}

/**
 * The first of alpha, alpha f, alpha f^2, ... with loss(theta + alpha D) <= loss(theta) + alpha0 c g'D.
 *
 * It differs from the textbook, like the reference implementation of SGN (arXiv 2006.02409):
 * 1. the right-hand side always uses the first alpha;
 * 2. after the last reduction, alpha is accepted;
 * 3. a NaN loss passes, and is returned as `loss` for the caller to report.
 */
export function lineSearch(line: Line, options: LineSearchOptions): LineSearchResult {
  const { stepSize, sufficientDecrease, backtrackingFactor, maxLineSearchSteps } = options;
  const bound = add(line.loss, mul(stepSize * sufficientDecrease, line.slope));
  return whileLoop(
    ({ loss, steps }) => and(less(bound, loss), less(steps, maxLineSearchSteps)),
    (at) => {
      const shorter = mul(backtrackingFactor, at.stepSize);
      return { stepSize: shorter, loss: line.lossAt(shorter), steps: add(at.steps, 1) };
    },
    { stepSize: scalar(stepSize, line.loss.dtype), loss: line.fullStepLoss, steps: scalar(0, 'int32') },
    { name: 'line-search' },
  );
}
