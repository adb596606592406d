// Scaling of columns: fitted on training rows, applied to any.

import { spreadOf } from '@gaussmark/statistics';

export type Scaling = 'none' | 'standardize' | 'max';

/** What takes a value of a column to a scaled one. */
type Scale = (value: number) => number;

const FITS: { readonly [S in Scaling]: (column: readonly number[]) => Scale } = {
  none: () => (value) => value,
  standardize: (column) => {
    const { mean, deviation, noise } = spreadOf(column);
    if (deviation > 0) return (value) => (value - mean) / deviation;
    return (value) => (Math.abs(value - mean) <= noise ? 0 : value - mean);
  },
  max: (column) => {
    const largest = column.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    return (value) => value / (largest || 1);
  },
};

/**
 * Fits a scaling of one column to training values, and returns the map.
 *
 * - `standardize`: (x - mean) / (population standard deviation)
 * - `max`: x / (largest absolute value)
 *
 * Where there is nothing to divide by, the divisor is 1. A column of zeros has no largest value. A column that is constant to
 * rounding has no deviation: its values become 0, and what differs from them elsewhere stays as far from 0 as it was.
 */
export function fitScaling(scaling: Scaling, training: readonly number[]): Scale {
  return FITS[scaling](training);
}
