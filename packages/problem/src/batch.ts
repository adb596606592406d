// Rows of a mini-batch.

import { slice, type Tensor } from '@gaussmark/autodiff';
import type { Batch } from './contract.js';

/**
 * The examples `start` to `stop` - 1.
 *
 * @throws RangeError unless 0 <= start < stop <= M
 * @example
 * const batch = { inputs: reshape(iota(6), [3, 2]), targets: iota(3) };
 * rowsOf(batch, 1, 3); // = { inputs: [[2, 3], [4, 5]], targets: [1, 2] }
 */
export function rowsOf({ inputs, targets }: Batch, start: number, stop: number): Batch {
  const size = inputs.shape[0]!;
  if (!(Number.isInteger(start) && Number.isInteger(stop) && 0 <= start && start < stop && stop <= size)) {
    throw new RangeError(
      `examples: expected whole numbers 0 <= start < stop <= ${size}, the size of the mini-batch; got ${start} and ${stop}`,
    );
  }
  const rows = (x: Tensor) => {
    const rest = x.shape.slice(1);
    return slice(x, [start, ...rest.map(() => 0)], [stop, ...rest]);
  };
  return { inputs: rows(inputs), targets: rows(targets) };
}
