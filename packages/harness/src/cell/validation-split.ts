// The validation split of a trial: examples taken out of the training split, which the trial then does not train on.

import { sizeOf } from '@gaussmark/autodiff';
import { type DatasetSpec, GaussmarkError, type Split } from '@gaussmark/core';
import { permutation, xoroshiro128plus } from '@gaussmark/random';
import type { ValidationSplit } from './cell.js';

/**
 * Takes round(share x size) examples out of a training split, at random by the seed. Where each example has one class, every
 * class gives the same share, to the next example (stratified, by largest remainders), and keeps at least one: no class is
 * in the validation split alone, and the classes of the two are as frequent as before. What remains keeps its order.
 *
 * The arrays of the split are taken over: the remaining examples are moved together in them, as there may be no room
 * for a copy.
 *
 * @throws GaussmarkError if either part would be empty, or a class would be left without an example.
 */
export function takeValidation(
  { size, inputs, targets }: Split,
  spec: Pick<DatasetSpec, 'input' | 'target' | 'classes'>,
  { share, seed }: Pick<ValidationSplit, 'share' | 'seed'>,
): { readonly train: Split; readonly validation: Split } {
  const { input, target, classes } = spec;
  const strata = strataOf({ targets }, spec);
  const count = validationSize(share, size, new Set(strata).size);
  const rows = drawRows(size, count, seed, strata, classes ?? 1);
  const [inputSize, targetSize] = [sizeOf(input.shape), sizeOf(target.shape)];
  const takenInputs = takeRows(inputs, inputSize, rows);
  const takenTargets = takeRows(targets, targetSize, rows);
  return {
    train: { size: size - count, inputs: takenInputs.rest, targets: takenTargets.rest },
    validation: { size: count, inputs: takenInputs.taken, targets: takenTargets.taken },
  };
}

/** The class of each example, where examples have one. */
export function strataOf(
  { targets }: Pick<Split, 'targets'>,
  { target, classes }: Pick<DatasetSpec, 'target' | 'classes'>,
): Split['targets'] | undefined {
  return classes !== undefined && target.shape.length === 0 ? targets : undefined;
}

/**
 * How many of `size` examples a share takes.
 *
 * @param classes how many the examples have, each of which needs one to learn from; 0 where they have none
 * @throws GaussmarkError if either part would be empty, or a class would be left without an example.
 */
export function validationSize(share: number, size: number, classes = 0): number {
  const count = Math.round(share * size);
  const kept = Math.max(1, classes);
  if (count >= 1 && count <= size - kept) return count;
  const isEmpty = count < 1 || count >= size;
  const what = isEmpty ? 'one part empty' : 'a class without an example to learn from';
  throw new GaussmarkError(`a validation split of ${share} of ${size} examples leaves ${what}`, {
    expected:
      kept === 1
        ? 'a share that takes at least one example and leaves one'
        : `a share that takes at least one example and leaves ${kept}, one of each class`,
    got: `${count} of ${size}`,
    remedy: 'give another share with --validation',
  });
}

/** Ascending row numbers: the first ones of a random order, of each stratum as many as its share. */
function drawRows(
  size: number,
  count: number,
  seed: number,
  strata: ArrayLike<number> | undefined,
  classes: number,
): Int32Array {
  // Of a stream that no run shuffles its examples with.
  const order = permutation(size, xoroshiro128plus(seed));
  if (strata === undefined) return order.slice(0, count).sort();
  const sizes = new Array<number>(classes).fill(0);
  for (let row = 0; row < size; row++) sizes[strata[row]!]! += 1;
  const left = apportion(sizes, count);
  return order.filter((row) => left[strata[row]!]!-- > 0).sort();
}

/**
 * Whole numbers in proportion to `sizes` that sum to `total`: each its quota rounded down, and one more for those with the
 * largest remainders (Hamilton's method; of equal remainders the first). None takes all of its size.
 */
export function apportion(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const quotas = sizes.map((size) => (size * total) / all);
  const seats = quotas.map(Math.floor);
  let missing = total - seats.reduce((sum, seat) => sum + seat, 0);
  const byRemainder = quotas
    .map((quota, index) => ({ index, remainder: quota - Math.floor(quota) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  while (missing > 0) {
    const open = byRemainder.filter(({ index }) => seats[index]! + 1 < sizes[index]!).slice(0, missing);
    if (open.length === 0) throw new RangeError(`internal: ${total} of ${all} leaves a part with nothing`);
    for (const { index } of open) seats[index]! += 1;
    missing -= open.length;
  }
  return seats;
}

type Values = Split['inputs'];

/** Copies rows out of an array, and moves the others together at its beginning. `rows` ascend. */
function takeRows(values: Values, width: number, rows: Int32Array): { taken: Values; rest: Values } {
  const taken = values.slice(0, rows.length * width);
  let end = 0;
  let from = 0;
  const keep = (to: number) => {
    values.copyWithin(end, from * width, to * width);
    end += (to - from) * width;
  };
  for (const [i, row] of rows.entries()) {
    taken.set(values.subarray(row * width, (row + 1) * width), i * width);
    keep(row);
    from = row + 1;
  }
  keep(values.length / width);
  return { taken, rest: values.subarray(0, end) };
}
