// Quantiles and medians of values that may include Infinity.

import { quantileSorted } from 'simple-statistics';

/** Up to this size, a comparison sort is faster than going through a typed array. */
const FEW = 32;

/** A sorted copy, ascending, Infinity last. */
export function ascending(values: ArrayLike<number>): number[] {
  if (values.length > FEW) return Array.from(Float64Array.from(values).sort());
  // Insertion sort: a comparator's difference would be NaN between two infinities.
  const sorted: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    let at = i;
    for (; at > 0 && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!;
    sorted[at] = value;
  }
  return sorted;
}

/**
 * The p-quantile of ascending values: linear between order statistics (type 7 of Hyndman and Fan 1996; numpy's default).
 * Between a finite value and Infinity it is Infinity.
 */
export function quantileOfSorted(sorted: readonly number[], p: number): number {
  const position = (sorted.length - 1) * p;
  const lower = sorted[Math.floor(position)]!;
  const upper = sorted[Math.ceil(position)]!;
  // Infinity - Infinity would be NaN.
  return lower === upper || position === Math.floor(position) ? lower : quantileSorted(sorted as number[], p);
}

/** The median; halfway between a finite value and Infinity is Infinity. */
export function medianOf(values: ArrayLike<number>): number {
  return quantileOfSorted(ascending(values), 0.5);
}

/** 1 / the 3/4 quantile of the standard normal: scales a median absolute deviation to a normal standard deviation. */
export const MAD_TO_DEVIATION = 1.482602218505602;
