// Whether two peers computed the same: their check values, before any time counts.

import { REFRESH_EVERY, REFRESHING } from './problems.mjs';

/**
 * Relative tolerances, by dtype. A gradient, a product and SGD are a few sums long. Three iterations of CG amplify the
 * rounding of sums that are taken in another order a little; ten or more amplify it so much that even float64 leaves a few
 * digits (a few 1e-5 on mnist between any two peers, with 1e-14 after three), so SGN is compared as SGN(3).
 */
const TOLERANCE = {
  float64: { gradient: 1e-9, ggn: 1e-9, sgd: 1e-9, sgn: 1e-7, soap: 1e-3, shampoo: 1e-6, kfac: 1e-9 },
  float32: { gradient: 1e-4, ggn: 1e-4, sgd: 1e-4, sgn: 2e-3, soap: 1e-2, shampoo: 2e-3, kfac: 1e-4 },
};

/** CG iterations of the SGN step whose losses are compared. */
export const CHECKED_CG_ITERATIONS = 3;

/** Steps that are compared: with refreshes, a few beyond the second one. K-FAC's references differ from the first update on. */
export const checkedSteps = ({ kind }) => (kind === 'kfac' ? 1 : kind in REFRESHING ? REFRESH_EVERY + 3 : 3);

/** |a - b| relative to the larger; NaN if either is not finite. */
export function relativeDifference(a, b) {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.NaN;
  const scale = Math.max(Math.abs(a), Math.abs(b));
  return scale === 0 ? 0 : Math.abs(a - b) / scale;
}

/**
 * Why the values of a peer are not ours, or undefined if they are.
 *
 * @param {{ kind: string }} step
 * @param {'float32' | 'float64'} dtype
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs
 */
export function disagreement(step, dtype, ours, theirs) {
  if (ours.length !== theirs.length || ours.length === 0) {
    return `expected ${ours.length} values to compare, got ${theirs.length}`;
  }
  const limit = TOLERANCE[dtype][step.kind];
  // So that NaN counts as a disagreement.
  const at = ours.findIndex((value, i) => !(relativeDifference(value, theirs[i]) <= limit));
  if (at < 0) return undefined;
  const difference = relativeDifference(ours[at], theirs[at]).toExponential(1);
  return `value ${at + 1}: ours is ${ours[at]}, theirs ${theirs[at]}, a relative difference of ${difference} (at most ${limit})`;
}
