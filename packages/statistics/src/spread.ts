// Mean and standard deviation of values that may be constant up to rounding.

/** The minimum and maximum number of roundings assumed, in units of the machine epsilon. */
const FEWEST_ROUNDINGS = 16;
const MOST_ROUNDINGS = 10_000;

/** The largest difference due to rounding between numbers of this size, in a sum of `count` of them. */
export function roundingNoise(size: number, count = 1): number {
  return Number.EPSILON * Math.min(Math.max(count, FEWEST_ROUNDINGS), MOST_ROUNDINGS) * size;
}

/** Whether two numbers are equal up to rounding. Infinities of one sign are. */
export function sameToRounding(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= roundingNoise(Math.min(Math.abs(a), Math.abs(b)));
}

/** b - a; zero if the two are equal up to rounding. */
export function differenceOf(a: number, b: number): number {
  return sameToRounding(a, b) ? 0 : b - a;
}

export interface Spread {
  readonly mean: number;
  /** Of the population; exactly 0 if the values are constant up to rounding. */
  readonly deviation: number;
  /** Differences from the mean up to this size are rounding. */
  readonly noise: number;
}

/**
 * Mean and population standard deviation of finite values.
 *
 * Values are constant up to rounding, with deviation 0, if it is at most n epsilon max|x|: the error of the mean of n equal values (n
 * at least 16, for the rounding in a few operations on single values, and at most 10000, so that long columns may vary in their
 * last digits).
 *
 * Does not overflow or underflow for any values.
 */
export function spreadOf(values: ArrayLike<number>): Spread {
  const count = values.length;
  const sumOf = (of: (value: number) => number) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += of(values[i]!);
    return sum;
  };
  const sum = sumOf((value) => value);
  const mean = Number.isFinite(sum) ? sum / count : sumOf((value) => value / count);
  let largest = 0;
  let farthest = 0;
  for (let i = 0; i < count; i++) {
    largest = Math.max(largest, Math.abs(values[i]!));
    farthest = Math.max(farthest, Math.abs(values[i]! - mean));
  }
  const noise = roundingNoise(largest, count);
  if (!(farthest > 0)) return { mean, deviation: 0, noise };
  // Scaling by a power of two changes no digit and keeps the squares in range.
  const unit = Math.abs(Math.log2(farthest)) < 500 ? 1 : 2 ** Math.floor(Math.log2(farthest));
  const variance = sumOf((value) => ((value - mean) / unit) ** 2) / count;
  const deviation = unit * Math.sqrt(variance);
  return { mean, deviation: deviation <= noise ? 0 : deviation, noise };
}

/** Whether all values are equal up to rounding. True for one value or none; infinities are equal or not. */
export function isConstant(values: ArrayLike<number>): boolean {
  if (values.length < 2) return true;
  const all = Array.from(values);
  return all.every(Number.isFinite) ? spreadOf(all).deviation === 0 : all.every((value) => value === all[0]);
}
