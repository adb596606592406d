// Normal numbers, the same bits on every engine.

import {
  add,
  cast,
  constant,
  type FloatDType,
  less,
  mul,
  neg,
  reshape,
  type Shape,
  select,
  shiftRight,
  sub,
  type Tensor,
  take,
  toData,
} from '@gaussmark/autodiff';
import { demandFloat, sizeToDraw, words } from './bits.js';
import { blocks, type Key } from './key.js';
import { CELL_STEPS, FINE_BITS, LEVEL_LIMITS, LEVEL_SHIFTS, roundedTable } from './normal-table.js';

/**
 * Normal numbers with mean 0 and variance 1, symmetric: a sign, and a piecewise linear quantile function by table.
 *
 * The distribution function is within 7e-8 of the normal's, so tests need some 10^13 draws to tell them apart; the variance is within
 * 1e-10 of 1, the fourth moment within 3e-7 of 3. Neighbouring numbers are 2^-24 of the probability apart (2^-44 in float64), in the
 * tails 2^-32 (2^-52); none exceeds 5.41. A key's float32 and float64 numbers are not related.
 *
 * @throws TypeError, RangeError if an argument is something else
 * @example
 * const noisy = add(grad, mul(scale, normal(context.random('noise'), grad.shape, grad.dtype)));
 * normal(key(0), [2], 'float64'); // = float64[2]
 */
export function normal(key: Key, shape: Shape, dtype: FloatDType): Tensor {
  demandFloat('normal', dtype);
  const size = sizeToDraw('normal', shape);
  const { centers, slopes } = tableFor(dtype);
  const [coarse, fine] =
    dtype === 'float32' ? [words('normal', key, size), null] : blocks('normal', key, size);
  const negative = less(coarse, 0);
  // The 31 bits below the sign.
  const bits = select(negative, sub(coarse, -(2 ** 31)), coarse);
  const { cell, step } = placeOf(bits);
  const slope = take(slopes, cell);
  const magnitude = sub(take(centers, cell), mul(slope, offset(step, fine, dtype)));
  return reshape(select(negative, neg(magnitude), magnitude), shape);
}

/** The cell of 31 bits, level after level, and the step within it. */
function placeOf(bits: Tensor): { readonly cell: Tensor; readonly step: Tensor } {
  const at = (level: 0 | 1 | 2) => shiftRight(bits, LEVEL_SHIFTS[level] - 11);
  const [second, third] = LEVEL_LIMITS.map((limit) => less(bits, limit)) as [Tensor, Tensor];
  const place = select(third, at(2), select(second, at(1), at(0)));
  const cell = shiftRight(place, 11);
  const start = add(mul(cast(second, 'int32'), 4096), mul(cast(third, 'int32'), 4096));
  return { cell: add(cell, start), step: sub(place, mul(cell, CELL_STEPS)) };
}

/** The distance from the middle of the cell, an odd number of halves of steps, or of 2^-20 steps. */
function offset(step: Tensor, fine: Tensor | null, dtype: FloatDType): Tensor {
  const odd = add(mul(step, 2), 1 - CELL_STEPS);
  if (fine === null) return cast(odd, dtype);
  // (2 s + 1 - steps) + (2 f + 1) / 2^20 - 1 for the fine bits f
  const below = mul(cast(shiftRight(fine, 32 - FINE_BITS), dtype), 2 ** (1 - FINE_BITS));
  return add(cast(odd, dtype), add(below, 2 ** -FINE_BITS - 1));
}

function tableFor(dtype: FloatDType): { readonly centers: Tensor; readonly slopes: Tensor } {
  const known = tables.get(dtype);
  if (known !== undefined) return known;
  const { centers, slopes } = roundedTable(dtype);
  const vector = (values: Float64Array) =>
    constant({ type: { dtype, shape: [values.length] }, data: toData(dtype, values) });
  const made = { centers: vector(centers), slopes: vector(slopes) };
  tables.set(dtype, made);
  return made;
}

/** Constants that programs share. */
const tables = new Map<FloatDType, { readonly centers: Tensor; readonly slopes: Tensor }>();
