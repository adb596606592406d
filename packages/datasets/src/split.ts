// A seeded split of rows into training and test rows.

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';

export interface RowSplit {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/**
 * Shuffles the rows 0 to size - 1 (Fisher-Yates) and sets the last round(size x testFraction) apart, at least one and
 * never all of them.
 *
 * @param size at least 2.
 */
export function splitRows(size: number, testFraction: number, seed: number): RowSplit {
  const random = mersenne(seed);
  const order = Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const testSize = Math.min(size - 1, Math.max(1, Math.round(size * testFraction)));
  return { train: order.slice(0, size - testSize), test: order.slice(size - testSize) };
}
