// Column scaling: fitted on training rows, applied to all.

import { spreadOf } from '@gaussmark/statistics';

export type Scaling = 'none' | 'standardize' | 'max';

/** Maps a value of a column to a scaled one. */
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
 * Fits a scaling to a column's training values and returns the map.
 *
 * - `standardize`: (x - mean) / (population standard deviation)
 * - `max`: x / (largest absolute value)
 *
 * If the divisor would be 0, it is 1: for a column of zeros under `max`, and for a column that is constant up to rounding under
 * `standardize`, whose values become 0 while other values keep their distance from it.
 */
export function fitScaling(scaling: Scaling, training: readonly number[]): Scale {
  return FITS[scaling](training);
}
