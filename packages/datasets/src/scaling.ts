// Scaling of columns: fitted on training rows, applied to any.

export type Scaling = 'none' | 'standardize' | 'max';

/** x -> (x - shift) / divisor. */
interface Affine {
  readonly shift: number;
  readonly divisor: number;
}

const FITS: { readonly [S in Scaling]: (column: readonly number[]) => Affine } = {
  none: () => ({ shift: 0, divisor: 1 }),
  standardize: (column) => {
    const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
    const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length;
    return { shift: mean, divisor: Math.sqrt(variance) };
  },
  max: (column) => ({ shift: 0, divisor: column.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0) }),
};

/**
 * Fits a scaling of one column to training values, and returns the map.
 *
 * - `standardize`: (x - mean) / (population standard deviation)
 * - `max`: x / (largest absolute value)
 *
 * A divisor of zero (a constant column, or all zeros) is taken as 1: the values become the same finite number, not NaN.
 */
export function fitScaling(scaling: Scaling, training: readonly number[]): (value: number) => number {
  const { shift, divisor } = FITS[scaling](training);
  const safe = divisor === 0 ? 1 : divisor;
  return (value) => (value - shift) / safe;
}
