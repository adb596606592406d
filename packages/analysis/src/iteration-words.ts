// What the iterations of inner loops are called.

import type { Iteration } from '@gaussmark/core';

/** The words that all of these loops share, or general ones. */
export function iterationWords(iterations: readonly (Iteration | null)[]): Iteration {
  const [first, ...others] = iterations.filter((each) => each !== null);
  return first !== undefined && others.every(({ one }) => one === first.one)
    ? first
    : { one: 'inner iteration', many: 'inner iterations' };
}
