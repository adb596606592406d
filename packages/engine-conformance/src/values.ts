// Input values: reproducible random ones, and those where functions are special.

import { type DType, type Shape, sizeOf, type TensorValue, tensorValue } from '@gaussmark/autodiff';
import { mulberry32 } from '@gaussmark/random';

export interface ValueRange {
  /** Floats are uniform in [low, high), by default [-1, 1); integers are uniform whole numbers, by default -4 to 4. */
  readonly low?: number;
  readonly high?: number;
}

/** Pseudo-random values determined by the seed. Booleans are fair coins. */
export function randomValue(dtype: DType, shape: Shape, seed: number, range: ValueRange = {}): TensorValue {
  const uniform = mulberry32(seed * 0x9e3779b9 + sizeOf(shape));
  const between = (low: number, high: number) => low + (high - low) * uniform();
  const draw = {
    float32: () => between(range.low ?? -1, range.high ?? 1),
    float64: () => between(range.low ?? -1, range.high ?? 1),
    int32: () => Math.floor(between(range.low ?? -4, range.high ?? 5)),
    bool: () => (uniform() < 0.5 ? 0 : 1),
  }[dtype];
  return tensorValue(dtype, shape, Array.from({ length: sizeOf(shape) }, draw));
}

/** Applies a function to every value; the dtype stays. */
export function mapValue(value: TensorValue, fn: (x: number) => number): TensorValue {
  return tensorValue(value.type.dtype, value.type.shape, Array.from(value.data, fn));
}

/** Finite special values of elementwise functions: zeros of both signs, halves, the largest integer. */
export function edgeValues(dtype: DType): TensorValue {
  switch (dtype) {
    case 'bool':
      return tensorValue(dtype, [2], [0, 1]);
    case 'int32':
      return tensorValue(dtype, [6], [0, 1, -1, 7, -7, 2 ** 31 - 1]);
    case 'float32':
    case 'float64':
      return tensorValue(dtype, [10], [0, -0, 1, -1, 0.5, -0.5, -2.5, 1e-8, -30, 30]);
    default:
      return dtype satisfies never;
  }
}

/** Ordinary and non-finite values, as in a diverging run. */
export function nonFiniteValues(dtype: 'float32' | 'float64'): TensorValue {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  return tensorValue(dtype, [5], [inf, 1, nan, -inf, -2]);
}

export const int32 = (...values: readonly number[]) => tensorValue('int32', [values.length], values);
