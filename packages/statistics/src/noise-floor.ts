// The noise floor of a machine: how much two timings of the same code differ.

import { studentHalfWidth } from './distributions.js';
import { requireCount, requireFraction, requirePositive, requireSameLength } from './samples.js';
import { hodgesLehmann } from './signed-rank.js';

/** Interleaved timings: `baseline[i]` and `candidate[i]` were taken right after each other. Any unit, above zero. */
export interface TimedPairs {
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
}

export interface NoiseFloor {
  /** Relative: 0.02 means that a comparison of equal code stays within 2 % either way with probability `level`. */
  readonly relative: number;
  readonly level: number;
  /** Number of A/A comparisons. */
  readonly comparisons: number;
}

/**
 * The floor from k comparisons of code with itself (A/A), each made like a real one: with separate processes and as many pairs.
 * Each gives a center e_j of log(candidate / baseline), whose true value is 0; the next one is within
 *
 *   exp(t_k((1 + level) / 2) sqrt(mean e_j^2)) - 1
 *
 * (Student's t with k degrees: the spread about a known zero). This includes differences between processes (memory layout,
 * frequency, neighbours), which no interval within a single comparison can show.
 *
 * @throws RangeError for fewer than 3 comparisons, or if one has no pairs, unequal lengths, or a time that is not finite and
 *   above zero.
 */
export function noiseFloor(comparisons: readonly TimedPairs[], level = 0.95): NoiseFloor {
  requireCount('A/A comparisons', comparisons.length, 3);
  requireFraction('level', level);
  const squares = comparisons.map((pairs) => hodgesLehmann(logRatios(pairs)).value ** 2);
  const spread = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
  return {
    relative: Math.exp(studentHalfWidth(level, squares.length) * spread) - 1,
    level,
    comparisons: comparisons.length,
  };
}

/** log(candidate / baseline) of every pair. @throws RangeError as above. */
export function logRatios({ baseline, candidate }: TimedPairs): number[] {
  requireSameLength('baseline', baseline.length, 'candidate', candidate.length);
  requirePositive('baseline', baseline, 1);
  requirePositive('candidate', candidate, 1);
  return candidate.map((time, i) => Math.log(time / baseline[i]!));
}
