// Mean and standard deviation of values that may be all the same but for rounding.

/** The least and the most roundings, in units of the machine epsilon, that values are taken to have gone through. */
const FEWEST_ROUNDINGS = 16;
const MOST_ROUNDINGS = 10_000;

/** How far apart numbers of this size may be that are the same but for rounding, in a sum of `count` of them. */
export function roundingNoise(size: number, count = 1): number {
  return Number.EPSILON * Math.min(Math.max(count, FEWEST_ROUNDINGS), MOST_ROUNDINGS) * size;
}

/** Whether two numbers are the same but for rounding. Infinities of one sign are. */
export function sameToRounding(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= roundingNoise(Math.min(Math.abs(a), Math.abs(b)));
}

/** b - a; zero where the two are the same but for rounding. */
export function differenceOf(a: number, b: number): number {
  return sameToRounding(a, b) ? 0 : b - a;
}

export interface Spread {
  readonly mean: number;
  /** Of the population; exactly 0 where the values are constant to rounding. */
  readonly deviation: number;
  /** A difference from the mean up to here is rounding. */
  readonly noise: number;
}

/**
 * Mean and population standard deviation of finite values.
 *
 * Values are constant to rounding, and their deviation is 0, where it is at most n epsilon max|x|: the error that a mean
 * of n equal values has (n at least 16, for what a few operations do to single values, and at most 10000, so that
 * long columns may vary in their last digits).
 *
 * No size of the values overflows or underflows.
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
  // A power of two changes no digit, and keeps the squares within the range of floats.
  const unit = Math.abs(Math.log2(farthest)) < 500 ? 1 : 2 ** Math.floor(Math.log2(farthest));
  const variance = sumOf((value) => ((value - mean) / unit) ** 2) / count;
  const deviation = unit * Math.sqrt(variance);
  return { mean, deviation: deviation <= noise ? 0 : deviation, noise };
}

/** Whether values are all the same but for rounding. One value is, and so is none; infinite ones are equal or not. */
export function isConstant(values: ArrayLike<number>): boolean {
  if (values.length < 2) return true;
  const all = Array.from(values);
  return all.every(Number.isFinite) ? spreadOf(all).deviation === 0 : all.every((value) => value === all[0]);
}
