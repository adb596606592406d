// Random words, and uniform numbers made of them.

import {
  add,
  cast,
  concat,
  type FloatDType,
  less,
  mul,
  reshape,
  type Shape,
  scalar,
  select,
  shiftRight,
  sizeOf,
  slice,
  sub,
  type Tensor,
  xor,
} from '@gaussmark/autodiff';
import { blocks, type Key } from './key.js';

/** The number of elements to draw. @throws RangeError if it is not a shape, or has 2^31 elements or more */
export function sizeToDraw(what: string, shape: Shape): number {
  const size = Array.isArray(shape) ? sizeOf(shape) : Number.NaN;
  if (Number.isInteger(size) && shape.every((axis) => axis >= 0) && size < 2 ** 31) return size;
  throw new RangeError(`${what}: expected a shape of fewer than 2^31 elements, got ${JSON.stringify(shape)}`);
}

/** @throws TypeError if it is not a float dtype */
export function demandFloat(what: string, dtype: FloatDType): void {
  if (dtype === 'float32' || dtype === 'float64') return;
  throw new TypeError(`${what}: expected the dtype float32 or float64, got ${String(dtype)}`);
}

/** Random words, int32[count]: both of each block's, first all first ones. Half the work of {@link bits}. */
export function words(what: string, key: Key, count: number): Tensor {
  const half = Math.ceil(count / 2);
  return slice(concat(blocks(what, key, half)), [0], [count]);
}

/**
 * Random words: 32 fair bits in each element. jax.random.bits in its partitionable layout: the two words of a block, combined by
 * exclusive or.
 *
 * @returns int32, of the given shape
 * @throws TypeError, RangeError if the key or the shape is something else
 * @example
 * bits(key(0), [2]); // = [-224768089, -91998574]
 */
export function bits(key: Key, shape: Shape): Tensor {
  const size = sizeToDraw('bits', shape);
  return reshape(xor(...blocks('bits', key, size)), shape);
}

/**
 * Uniform numbers in [0, 1): multiples of 2^-23 in float32, of 2^-52 in float64, all equally likely. The numbers of
 * jax.random.uniform in its partitionable layout, to the bit.
 *
 * @throws TypeError, RangeError if an argument is something else
 * @example
 * const mask = less(uniform(context.random('dropout'), x.shape, 'float32'), 0.9);
 * uniform(key(0), [2], 'float32'); // = [0.947667, 0.97858]
 */
export function uniform(key: Key, shape: Shape, dtype: FloatDType): Tensor {
  demandFloat('uniform', dtype);
  if (dtype === 'float32') return mul(cast(shiftRight(bits(key, shape), 9), dtype), 2 ** -23);
  const size = sizeToDraw('uniform', shape);
  const [high, low] = blocks('uniform', key, size);
  // The first word's sign bit counts half, not minus half.
  const signed = mul(cast(high, dtype), 2 ** -32);
  const coarse = select(less(high, 0), add(signed, 1), signed);
  return reshape(add(coarse, mul(cast(shiftRight(low, 12), dtype), 2 ** -52)), shape);
}

/**
 * Uniform integers from `low` to `high` - 1: the high word of a random word times their number, so that frequencies differ by at most
 * their number / 2^32 of each other.
 *
 * @returns int32, of the given shape
 * @throws TypeError, RangeError unless -2^31 <= low < high <= 2^31 - 1 and high - low < 2^31
 * @example
 * const row = integers(context.random('row'), [], 0, 60000);
 * integers(key(0), [3], 0, 10); // = int32[3]
 */
export function integers(key: Key, shape: Shape, low: number, high: number): Tensor {
  const count = high - low;
  const inRange = [low, high].every((end) => Number.isInteger(end) && Math.abs(end) < 2 ** 31);
  if (!inRange || count < 1 || count >= 2 ** 31) {
    throw new RangeError(
      `integers: expected int32 numbers low < high, less than 2^31 apart, got ${low} and ${high}`,
    );
  }
  const drawn = highWord(words('integers', key, sizeToDraw('integers', shape)), count);
  return reshape(add(drawn, low), shape);
}

/** floor(x count / 2^32) of unsigned words x, by halves of 16 bits: each product and sum fits an unsigned word. */
function highWord(x: Tensor, count: number): Tensor {
  const low = (word: Tensor) => sub(word, mul(shiftRight(word, 16), 2 ** 16));
  const [xHigh, countHigh, countLow] = [shiftRight(x, 16), count >>> 16, count & 0xffff];
  const times = (half: Tensor, factor: number) => mul(half, scalar(factor, 'int32'));
  const first = add(times(xHigh, countLow), shiftRight(times(low(x), countLow), 16));
  if (countHigh === 0) return shiftRight(first, 16);
  const second = add(times(low(x), countHigh), low(first));
  return add(add(times(xHigh, countHigh), shiftRight(first, 16)), shiftRight(second, 16));
}
