// Counts of steps in the state of a piece, for runs of any length.

import { add, cast, type FloatDType, less, scalar, type Tensor, type Tree, tree } from '@gaussmark/autodiff';

const INT32_MAX = 2 ** 31 - 1;

/**
 * No steps: an int32 scalar.
 *
 * @example
 * noSteps(); // = 0
 */
export const noSteps = (): Tensor => scalar(0, 'int32');

/**
 * One more step; 2^31 - 1 at most, where programs have no larger integer.
 *
 * @example
 * oneMore(oneMore(noSteps())); // = 2
 */
export const oneMore = (count: Tensor): Tensor => add(count, cast(less(count, INT32_MAX), 'int32'));

/**
 * A count in the dtype of `values`, for arithmetic with them; float32 rounds it beyond 2^24.
 *
 * @example
 * countLike(noSteps(), [scalar(1, 'float32')]); // = float32[]
 */
export const countLike = (count: Tensor, values: Tree<Tensor>): Tensor =>
  cast(count, tree.leaves<Tensor>(values)[0]!.dtype as FloatDType);
