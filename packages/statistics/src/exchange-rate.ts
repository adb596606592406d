// What a difference of losses is worth in steps, and what first crossings hide: both from mean curves near a target.

import { linearRegression } from 'simple-statistics';
import { requireCount, requireFinite, requireSameLength } from './samples.js';

export interface ExchangeRate {
  /** Loss per step of a straight line through the curve near its end; below zero while it falls. */
  readonly slope: number;
  /** Points of the line. */
  readonly points: number;
  /** Steps that the difference of losses is worth, and their share of the steps at the end; null unless the curve falls. */
  readonly worth: { readonly steps: number; readonly share: number } | null;
}

/** Share of a curve, in steps, whose slope counts. */
const WINDOW = 0.2;

/**
 * The exchange rate of a curve: `difference` in loss is worth difference / -slope steps, at the slope of a least-squares line through
 * the last fifth of the steps (two points at least). Two results are then compared in one currency, as modded-nanogpt's optimizer
 * track does: (d loss + d steps x slope) / sqrt(1 / n1 + 1 / n2).
 *
 * @param steps increasing
 * @param losses mean losses over seeds at these steps
 * @throws RangeError if there are fewer than two points, the lengths differ, a value is not finite, or steps do not increase.
 * @example
 * exchangeRate([0, 80, 90, 100], [9, 1.2, 1.1, 1], 0.04).worth // = { steps: 4, share: 0.04 }
 */
export function exchangeRate(
  steps: readonly number[],
  losses: readonly number[],
  difference: number,
): ExchangeRate {
  requireSameLength('steps', steps.length, 'losses', losses.length);
  requireFinite('losses', losses, 2);
  requireIncreasing(steps);
  requireFinite('difference', [difference], 1);
  const end = steps.at(-1)!;
  const from = Math.min(end - WINDOW * (end - steps[0]!), steps.at(-2)!);
  const near = steps.flatMap((step, i) => (step >= from - 1e-9 * end ? [[step, losses[i]!]] : []));
  const { m: slope } = linearRegression(near);
  if (!(slope < 0)) return { slope, points: near.length, worth: null };
  const worth = rounded(difference / -slope);
  return { slope, points: near.length, worth: { steps: worth, share: rounded(worth / end) } };
}

/** Without the last bits, which depend on the order of a sum. */
const rounded = (value: number): number => Number(value.toPrecision(12));

export interface CrossingBias {
  /** Where the mean curve first meets the target; null if it never does. */
  readonly ofMean: number | null;
  /** Mean of the first crossings of the single curves; null if one never meets the target. */
  readonly meanOfFirst: number | null;
  /** meanOfFirst / ofMean - 1: below zero if single curves cross early by luck; null without either. */
  readonly bias: number | null;
}

/**
 * The bias of first crossings. A noisy curve crosses a target early, at a lucky evaluation, so the mean of first crossings comes
 * before the first crossing of the mean curve.
 *
 * @param steps increasing, common to all curves
 * @param curves losses of each seed at these steps, lower is better
 * @throws RangeError if there are no curves, the lengths differ, or steps do not increase.
 * @example
 * firstCrossings([10, 20, 30], [[3, 1, 2], [3, 4, 1]], 2) // = { ofMean: 30, meanOfFirst: 25, bias: -0.16666666666666663 }
 */
export function firstCrossings(
  steps: readonly number[],
  curves: readonly (readonly number[])[],
  target: number,
): CrossingBias {
  requireCount('curves', curves.length, 1);
  requireIncreasing(steps);
  for (const [i, curve] of curves.entries())
    requireSameLength('steps', steps.length, `losses of curve ${i}`, curve.length);
  const first = (losses: readonly number[]): number | null =>
    steps[losses.findIndex((loss) => loss <= target)] ?? null;
  const means = steps.map((_, k) => curves.reduce((sum, curve) => sum + curve[k]!, 0) / curves.length);
  const ofMean = first(means);
  const each = curves.map(first);
  const known = each.filter((step) => step !== null);
  const meanOfFirst =
    known.length < each.length ? null : known.reduce((sum, step) => sum + step, 0) / known.length;
  const bias = ofMean === null || meanOfFirst === null ? null : meanOfFirst / ofMean - 1;
  return { ofMean, meanOfFirst, bias };
}

/** @throws RangeError unless the steps are finite and increase. */
function requireIncreasing(steps: readonly number[]): void {
  requireFinite('steps', steps, 1);
  const bad = steps.findIndex((step, i) => i > 0 && !(step > steps[i - 1]!));
  if (bad >= 0)
    throw new RangeError(`steps: expected increasing numbers, got ${steps[bad]} after ${steps[bad - 1]}`);
}
