// Names of inner iterations.

import type { Iteration } from '@gaussmark/core';

/** The name that all of these loops share, or a general one. */
export function iterationWords(iterations: readonly (Iteration | null)[]): Iteration {
  const [first, ...others] = iterations.filter((each) => each !== null);
  return first !== undefined && others.every(({ one }) => one === first.one)
    ? first
    : { one: 'inner iteration', many: 'inner iterations' };
}
