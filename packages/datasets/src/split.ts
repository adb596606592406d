// A seeded random split of rows into training and test rows.

import { mersenneTwister, permutation } from '@gaussmark/random';

export interface RowSplit {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * Shuffles the rows 0 to size - 1. The last round(size x testFraction), at least one and never all, become the test rows.
 *
 * @param size at least 2.
 */
export function splitRows(size: number, testFraction: number, seed: number): RowSplit {
  const order = [...permutation(size, mersenneTwister(seed))];
  const testSize = Math.min(size - 1, Math.max(1, Math.round(size * testFraction)));
  return { train: order.slice(0, size - testSize), test: order.slice(size - testSize) };
}
