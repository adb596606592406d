// Oracles: what an optimizer's numbers are compared with, and how far they may differ.

import { GaussmarkError } from '@gaussmark/core';

/**
 * A comparison that decides whether an optimizer is what its name says: with another implementation, or with an identity. A package
 * lists its own in `test/oracles.ts`, as `export const oracles: readonly Oracle[]`.
 */
export interface Oracle {
  /** The name in the manifest. */
  readonly optimizer: string;
  /** What is compared: `20 steps, tall weights`. */
  readonly name: string;
  /** The implementation and its version, or the identity. */
  readonly reference: string;
  /** The largest relative deviation that is allowed. */
  readonly tolerance: number;
  /** The largest relative deviation. */
  worst(): number | Promise<number>;
}

/**
 * The largest relative deviation of an oracle: for `it.each` of the package's test, and for the table of docs/optimizers.md.
 *
 * @throws GaussmarkError if it is above the tolerance, or not a number
 * @example
 * const [optimizer, name, reference] = ['descent', 'a step', 'arithmetic'];
 * const oracle = { optimizer, name, reference, tolerance: 0.5, worst: () => deviation([1, 2.5], [1, 2]) };
 * meetOracle(oracle); // resolves to 0.25
 * oracle.worst(); // = 0.25
 */
export async function meetOracle({ optimizer, name, reference, tolerance, worst }: Oracle): Promise<number> {
  const off = await worst();
  if (off <= tolerance && off >= 0) return off;
  throw new GaussmarkError(`optimizer '${optimizer}' differs from its oracle: ${name}`, {
    plugin: `optimizer '${optimizer}'`,
    expected: `${reference}, to ${tolerance.toExponential(1)}`,
    got: `a relative deviation of ${off.toExponential(1)}`,
  });
}

/**
 * max_i |got_i - expected_i| / max_i |expected_i|; infinite if the lengths differ, and NaN if a number is.
 *
 * @example
 * deviation([1, 2.5], [1, 2]); // = 0.25
 */
export function deviation(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY;
  const largest = Array.from(expected).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const off = Array.from(expected).reduce((most, x, i) => Math.max(most, Math.abs(x - got[i]!)), 0);
  return off === 0 ? 0 : off / largest;
}
