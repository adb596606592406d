// Values to test on: deterministic pseudo-random tensors, and short names for literal ones.

import { type Shape, sizeOf, type TensorValue, tensorValue, threefryBlock } from '../src/index.js';

export interface Range {
  readonly low?: number;
  readonly high?: number;
  readonly seed?: number;
}

/** A float64 tensor of uniform values in [low, high), by default [-2, 2); no two of them equal. */
export function float64(shape: Shape, { low = -2, high = 2, seed = 1 }: Range = {}): TensorValue {
  const size = sizeOf(shape);
  const uniform = (i: number) => (threefryBlock([seed, size], [0, i])[0] >>> 0) / 2 ** 32;
  return tensorValue(
    'float64',
    shape,
    Array.from({ length: size }, (_, i) => low + (high - low) * uniform(i)),
  );
}

/** Values of either sign, at least 0.2 away from zero: clear of the kinks of abs and relu. */
export function awayFromZero(shape: Shape, seed = 1): TensorValue {
  const { type, data } = float64(shape, { seed });
  return tensorValue(
    'float64',
    type.shape,
    Array.from(data, (x) => (x < 0 ? x - 0.2 : x + 0.2)),
  );
}

export const int32 = (shape: Shape, values: readonly number[]) => tensorValue('int32', shape, values);
export const bool = (shape: Shape, values: readonly number[]) => tensorValue('bool', shape, values);
export const double = (shape: Shape, values: readonly number[]) => tensorValue('float64', shape, values);
