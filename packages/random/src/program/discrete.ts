// Random signs, classes and orders.

import {
  add,
  and,
  cast,
  constant,
  div,
  equal,
  exp,
  type FloatDType,
  formatType,
  iota,
  isFloat,
  less,
  lessEqual,
  max,
  mul,
  or,
  pad,
  reshape,
  type Shape,
  scalar,
  select,
  slice,
  sub,
  sum,
  Tensor,
  tensorValue,
} from '@gaussmark/autodiff';
import { demandFloat, sizeToDraw, uniform, words } from './bits.js';
import type { Key } from './key.js';

/** 2^k as an int32 word: a product moves bit 31 - k to the sign. */
const POWERS = tensorValue(
  'int32',
  [32],
  Array.from({ length: 32 }, (_, k) => (1 << k) | 0),
);

/**
 * -1 or 1, equally likely: one bit each, 64 of a block, so they cost a tenth of other draws.
 *
 * @throws TypeError, RangeError if an argument is something else
 * @example
 * const signs = rademacher(key(0), [3], 'float32');
 * abs(rademacher(key(0), [3], 'float32')); // = [1, 1, 1]
 */
export function rademacher(key: Key, shape: Shape, dtype: FloatDType): Tensor {
  demandFloat('rademacher', dtype);
  const size = sizeToDraw('rademacher', shape);
  const count = Math.ceil(size / 32);
  const drawn = reshape(words('rademacher', key, count), [count, 1]);
  const negative = slice(reshape(less(mul(drawn, constant(POWERS)), 0), [32 * count]), [0], [size]);
  return reshape(select(negative, scalar(-1, dtype), scalar(1, dtype)), shape);
}

/** The multiple of softmax to which {@link categorical} rounds: sums of such whole numbers are exact in any order. */
const RESOLUTION = { float32: 2 ** 21, float64: 2 ** 50 } as const;

/**
 * A class for each row of logits, with the probabilities of their softmax.
 *
 * Probabilities are rounded to multiples of 2^-21 (2^-50 in float64), and a class of less than half of that is never drawn. Everything
 * after the softmax is exact. The softmax is the engine's: between engines, one that differs in the last bit may move the boundary of a
 * class by 2^-21, and the class of a draw that falls there.
 *
 * @param logits float[..., classes], at least one class
 * @returns int32[...]: numbers of classes
 * @throws TypeError, RangeError if an argument is something else
 * @example
 * const labels = categorical(context.random('labels'), problem.linearize(params).outputs);
 * categorical(key(0), constant(tensorValue('float64', [2, 2], [0, 1e9, 1e9, 0]))); // = [1, 0]
 */
export function categorical(key: Key, logits: Tensor): Tensor {
  const classes = logits instanceof Tensor ? (logits.shape.at(-1) ?? 0) : 0;
  if (!(logits instanceof Tensor) || !isFloat(logits.dtype) || classes < 1) {
    const got = logits instanceof Tensor ? formatType(logits.type) : typeof logits;
    throw new TypeError(`categorical: expected float logits [..., classes], at least one class, got ${got}`);
  }
  const { dtype } = logits;
  const rows = reshape(logits, [-1, classes]);
  const powers = exp(sub(rows, max(rows, { axes: [1], keepDims: true })));
  const shares = div(powers, sum(powers, { axes: [1], keepDims: true }));
  const counts = toWhole(mul(shares, RESOLUTION[dtype]), dtype);
  const upTo = runningSums(counts, classes);
  const total = slice(upTo, [0, classes - 1], [rows.shape[0]!, classes]);
  const drawn = mul(uniform(key, [rows.shape[0]!, 1], dtype), total);
  // The number of classes that end before the draw. Rounding keeps the draw below the total.
  const passed = sum(cast(lessEqual(upTo, drawn), dtype), { axes: [1] });
  return reshape(cast(passed, 'int32'), logits.shape.slice(0, -1));
}

/** The nearest whole number: a sum with 3 2^(digits - 2) has no fraction. */
function toWhole(x: Tensor, dtype: FloatDType): Tensor {
  const magic = dtype === 'float32' ? 1.5 * 2 ** 23 : 1.5 * 2 ** 52;
  return sub(add(x, magic), magic);
}

/** Sums of the first 1, 2, ... elements of each row, in a logarithmic number of steps. */
function runningSums(rows: Tensor, length: number): Tensor {
  let sums = rows;
  for (let shift = 1; shift < length; shift *= 2) {
    const earlier = slice(sums, [0, 0], [rows.shape[0]!, length - shift]);
    sums = add(sums, pad(earlier, [0, shift], [0, 0]));
  }
  return sums;
}

/** The largest permutation: its 2^24 comparisons take 64 MB. */
const LARGEST_PERMUTATION = 4096;

/**
 * A random order of 0 ... size - 1: the ranks of random words. Two words are equal, and then ordered by position, with a probability
 * below size^2 / 2^33.
 *
 * @param size 1 to 4096
 * @returns int32[size]
 * @throws TypeError, RangeError if an argument is something else
 * @example
 * const shuffled = take(rows, permutation(context.random('order'), rows.shape[0]));
 * sum(permutation(key(0), 5)); // = 10
 */
export function permutation(key: Key, size: number): Tensor {
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PERMUTATION) {
    throw new RangeError(`permutation: expected a size from 1 to ${LARGEST_PERMUTATION}, got ${size}`);
  }
  const drawn = words('permutation', key, size);
  const column = (x: Tensor) => reshape(x, [size, 1]);
  const earlier = less(iota(size), column(iota(size)));
  const tied = and(equal(drawn, column(drawn)), earlier);
  return sum(cast(or(less(drawn, column(drawn)), tied), 'int32'), { axes: [1] });
}
