// A mistake in hyperparameters that a schema cannot express: the smallest damping above the first.

import { GaussmarkError } from './errors.js';

/**
 * @param plugin as in messages, for instance "optimizer 'sgn'"
 * @throws GaussmarkError if minDamping is above damping, or either is NaN
 * @example
 * demandDampingBounds("optimizer 'sgn'", { damping: 1e-4, minDamping: 1e-6 });
 */
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
