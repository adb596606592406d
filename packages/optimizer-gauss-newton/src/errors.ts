// Mistakes in hyperparameters that a schema cannot express.

import { GaussmarkError } from '@gaussmark/core';

/** @throws GaussmarkError if minDamping is above damping */
export function demandDampingBounds(
  plugin: string,
  { damping, minDamping }: { readonly damping: number; readonly minDamping: number },
): void {
  if (minDamping <= damping) return;
  throw new GaussmarkError(`${plugin}: minDamping is above damping`, {
    plugin,
    pointer: '/minDamping',
    expected: `a number of at most damping, which is ${damping}`,
    got: String(minDamping),
    remedy: 'lower minDamping too',
  });
}
