// Codes for why a loop stopped, as its carry holds them.

import { equal, scalar, select, type Tensor } from '@gaussmark/autodiff';

/** The code of a loop that has not stopped. */
const RUNNING = -1;

/** The code of the first condition that holds; running if none does. Bool scalars to an int32 scalar. */
export const stopCode = (...cases: readonly (readonly [condition: Tensor, code: number])[]): Tensor =>
  cases.reduceRight(
    (otherwise, [condition, code]) => select(condition, scalar(code, 'int32'), otherwise),
    scalar(RUNNING, 'int32'),
  );

export const isRunning = (stop: Tensor): Tensor => equal(stop, RUNNING);
