// Draws for all leaves of a tree at once.

import { type FloatDType, reshape, sizeOf, slice, type Tensor, type Tree, tree } from '@gaussmark/autodiff';
import type { Key } from './key.js';

/**
 * A tree of draws, shaped like another: one draw of all elements, cut into leaves. Cheaper than a key and a draw for each leaf.
 *
 * @param draw `normal`, `rademacher` or `uniform`
 * @param like leaves of one float dtype, at least one
 * @throws TypeError, RangeError as `draw` does; TypeError if the dtypes differ, or there is no leaf
 * @example
 * // Hutchinson's estimate of a Hessian's diagonal: v times H v.
 * const v = drawLike(rademacher, context.random('probe'), params);
 * abs(drawLike(rademacher, key(0), { w: zeros([2], 'float64') }).w); // = [1, 1]
 */
export function drawLike<T extends Tree<Tensor>>(
  draw: (key: Key, shape: readonly number[], dtype: FloatDType) => Tensor,
  key: Key,
  like: T,
): T {
  const structure = tree.structureOf(like);
  const leaves = tree.leaves<Tensor>(like, structure);
  const dtypes = [...new Set(leaves.map(({ dtype }) => dtype))];
  if (dtypes.length !== 1)
    throw new TypeError(`drawLike: expected leaves of one dtype, got ${dtypes.join(', ') || 'no leaves'}`);
  const sizes = leaves.map(({ shape }) => sizeOf(shape));
  const total = sizes.reduce((a, b) => a + b, 0);
  const all = draw(key, [total], dtypes[0] as FloatDType);
  let start = 0;
  const parts = leaves.map(({ shape }, i) => {
    const from = start;
    start += sizes[i]!;
    return reshape(slice(all, [from], [start]), shape);
  });
  return tree.unflatten(structure, parts) as T;
}
