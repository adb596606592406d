// Means over the examples of a mini-batch, in a loop over chunks of bounded size.

import {
  add,
  concat,
  div,
  formatType,
  isFloat,
  mul,
  reshape,
  sameType,
  scan,
  type Tensor,
  type Tree,
  tree,
  zeros,
} from '@gaussmark/autodiff';
import { rowsOf } from './batch.js';
import type { Batch } from './contract.js';

/** A mini-batch in equal chunks, stacked, and what is left. */
interface Chunks {
  /** (chunks, chunk, ...) */
  readonly whole: { readonly inputs: Tensor; readonly targets: Tensor };
  readonly rest: Batch | undefined;
}

function inChunks(batch: Batch, chunk: number): Chunks {
  const size = batch.inputs.shape[0]!;
  const count = Math.floor(size / chunk);
  const { inputs, targets } = rowsOf(batch, 0, count * chunk);
  const stacked = (x: Tensor) => reshape(x, [count, chunk, ...x.shape.slice(1)]);
  return {
    whole: { inputs: stacked(inputs), targets: stacked(targets) },
    rest: count * chunk === size ? undefined : rowsOf(batch, count * chunk, size),
  };
}

/** At most the size of the batch. @throws RangeError unless it is a whole number of at least 1 */
function sizeOfChunk(chunk: number, size: number): number {
  if (Number.isInteger(chunk) && chunk >= 1) return Math.min(chunk, size);
  throw new RangeError(`chunk: expected a whole number of examples, at least 1; got ${chunk}`);
}

/** The mean of a function over chunks of examples, weighted by their sizes. */
export function accumulate<R extends Tree<Tensor>>(batch: Batch, fn: (part: Batch) => R, given: number): R {
  const size = batch.inputs.shape[0]!;
  const chunk = sizeOfChunk(given, size);
  if (chunk === size) return demandFloats(fn(batch));
  const { whole, rest } = inChunks(batch, chunk);
  // For its types alone: operations whose results are not used leave the program.
  const like = demandFloats(fn(rowsOf(batch, 0, chunk)));
  const start = tree.map(({ dtype, shape }: Tensor) => zeros(shape, dtype), like) as R;
  const { carry } = scan(
    (sum: R, each: Chunks['whole']) => ({
      carry: tree.map(add, sum, fn(each)) as R,
      y: [] as readonly Tensor[],
    }),
    start,
    whole,
    { name: 'chunks' },
  );
  const sum = tree.map((x: Tensor) => mul(x, chunk), carry);
  if (rest === undefined) return tree.map((x: Tensor) => div(x, size), sum) as R;
  const weight = rest.inputs.shape[0]!;
  const last = fn(rest);
  tree.map(demandSameType, like, last);
  return tree.map((x: Tensor, y: Tensor) => div(add(x, mul(y, weight)), size), sum, last) as R;
}

/** @throws TypeError if a leaf is not a float */
function demandFloats<R extends Tree<Tensor>>(values: R): R {
  for (const { dtype, type } of tree.leaves<Tensor>(values)) {
    if (!isFloat(dtype))
      throw new TypeError(`a mean over examples needs floats, got ${formatType(type)}; cast() it`);
  }
  return values;
}

/** A sum of values of other shapes would broadcast. @throws TypeError if the types differ */
function demandSameType(full: Tensor, last: Tensor): void {
  if (sameType(full.type, last.type)) return;
  throw new TypeError(
    `accumulate: expected the same type for every sub-batch, got ${formatType(full.type)}, and for the last one ` +
      `${formatType(last.type)}; return means over its examples`,
  );
}

/** What a function returns for the examples of each chunk, (chunk, ...), joined: (M, ...). */
export function stackChunks<R extends Tree<Tensor>>(batch: Batch, fn: (part: Batch) => R, given: number): R {
  const size = batch.inputs.shape[0]!;
  const chunk = sizeOfChunk(given, size);
  if (chunk === size) return fn(batch);
  const { whole, rest } = inChunks(batch, chunk);
  const { ys } = scan(
    (none: readonly Tensor[], each: Chunks['whole']) => ({ carry: none, y: fn(each) }),
    [],
    whole,
    { name: 'chunks' },
  );
  const joined = tree.map((y: Tensor) => {
    const [chunks, each, ...shape] = y.shape as [number, number, ...number[]];
    return reshape(y, [chunks * each, ...shape]);
  }, ys) as R;
  if (rest === undefined) return joined;
  return tree.map((x: Tensor, y: Tensor) => concat([x, y]), joined, fn(rest)) as R;
}
