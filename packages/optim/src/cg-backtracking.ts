// CG backtracking: of the iterates of conjugate gradients, an earlier one may decrease the loss more than the last.

import {
  abs,
  add,
  and,
  cast,
  constant,
  FLOAT_LIMITS,
  type FloatDType,
  finite,
  less,
  lessEqual,
  mul,
  not,
  or,
  reshape,
  scalar,
  select,
  sub,
  sum,
  type Tensor,
  type Tree,
  take,
  tensorValue,
  tree,
  whileLoop,
} from '@gaussmark/autodiff';

/**
 * The iterations whose x Martens keeps: ceil(1.3^j) for j = 0, 1, ..., each once, up to the largest number of iterations. 22 of 250.
 *
 * @param maxIterations at least 1
 * @param growth above 1. Default 1.3
 * @throws RangeError otherwise
 * @example
 * checkpointIterations(10); // = [1, 2, 3, 4, 5, 7, 9]
 * @see Martens, Deep learning via Hessian-free optimization, 2010, section 4.6
 */
export function checkpointIterations(maxIterations: number, growth = 1.3): readonly number[] {
  if (!(Number.isInteger(maxIterations) && maxIterations >= 1 && growth > 1)) {
    throw new RangeError(
      `checkpointIterations: expected whole maxIterations of at least 1 and growth > 1, got ${maxIterations} and ${growth}`,
    );
  }
  const found: number[] = [];
  for (let power = 1; Math.ceil(power) <= maxIterations; power *= growth) {
    const next = Math.ceil(power);
    if (next !== found.at(-1)) found.push(next);
  }
  return found;
}

/** Iterates of conjugate gradients. */
export interface CgIterates<T extends Tree<Tensor>> {
  /** x after each checkpoint, every leaf (K, ...): `kept` of `conjugateGradient`. */
  readonly kept: T;
  /** The K iterations of the checkpoints, ascending. */
  readonly checkpoints: readonly number[];
  /** The last x. */
  readonly solution: T;
  /** Its iterations, int32 scalar. */
  readonly iterations: Tensor;
}

/** Of a loss, in machine epsilons. */
const ROUNDING = 256;

export interface CgBacktracking<T extends Tree<Tensor>> {
  /** The x that is taken. */
  readonly solution: T;
  /** The loss there. Scalar. */
  readonly loss: Tensor;
  /** Its iterations, int32 scalar. */
  readonly iterations: Tensor;
  /** Losses evaluated, besides the last x's. int32 scalar. */
  readonly evaluations: Tensor;
}

/**
 * Goes back from the last x through the checkpoints before it, as long as the loss does not rise. An x whose loss is not finite is always
 * left. Losses that differ by rounding count as equal: late iterates are, and the walk would otherwise end at any of them by chance.
 *
 * @param lossAt x -> the loss of the step that x stands for, a scalar; traced once, in the body of a loop
 * @param lastLoss the loss at the last x. Scalar
 * @example
 * // The iterates 0 and 1 after one and two iterations, and 5 after the third, which goes too far.
 * const iterates = { kept: iota(2, 'float64'), checkpoints: [1, 2], solution: scalar(5, 'float64'), iterations: scalar(3, 'int32') };
 * const lossAt = (x: Tensor) => square(sub(x, 1));
 * const taken = backtrackIterates(iterates, lossAt, lossAt(iterates.solution));
 * taken.solution; // = 1
 * taken.iterations; // = 2
 * @see Martens, Deep learning via Hessian-free optimization, 2010, section 4.6
 */
export function backtrackIterates<T extends Tree<Tensor>>(
  { kept, checkpoints, solution, iterations }: CgIterates<T>,
  lossAt: (solution: T) => Tensor,
  lastLoss: Tensor,
): CgBacktracking<T> {
  const numbers = constant(tensorValue('int32', [checkpoints.length], checkpoints));
  const before = sum(cast(less(numbers, iterations), 'int32'));
  const { epsilon } = FLOAT_LIMITS[lastLoss.dtype as FloatDType];
  const rowOf = (rows: Tensor, index: Tensor) =>
    reshape(take(rows, reshape(index, [1])), rows.shape.slice(1));
  const last = whileLoop(
    ({ index, falls }) => and(lessEqual(0, index), falls),
    (best) => {
      const candidate = tree.map((rows: Tensor) => rowOf(rows, best.index), kept) as T;
      const loss = lossAt(candidate);
      const bound = add(best.loss, mul(ROUNDING * epsilon, abs(best.loss)));
      // A comparison with NaN is false.
      const falls = or(lessEqual(loss, bound), not(finite(best.loss)));
      return {
        solution: tree.map((x: Tensor, y: Tensor) => select(falls, x, y), candidate, best.solution) as T,
        loss: select(falls, loss, best.loss),
        iterations: select(falls, rowOf(numbers, best.index), best.iterations),
        evaluations: add(best.evaluations, 1),
        index: sub(best.index, 1),
        falls,
      };
    },
    {
      solution,
      loss: lastLoss,
      iterations,
      evaluations: scalar(0, 'int32'),
      index: sub(before, 1),
      falls: scalar(1, 'bool'),
    },
    { name: 'cg-backtracking' },
  );
  return {
    solution: last.solution,
    loss: last.loss,
    iterations: last.iterations,
    evaluations: last.evaluations,
  };
}
