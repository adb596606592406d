// The validation split of a trial: examples held out of its training split.

import { sizeOf } from '@gaussmark/autodiff';
import { type DatasetSpec, GaussmarkError, type Split } from '@gaussmark/core';
import { permutation, xoroshiro128plus } from '@gaussmark/random';
import type { ValidationSplit } from './cell.js';

/**
 * Takes round(share x size) examples out of a training split, at random by the seed. If each example has one class, the choice
 * is stratified by largest remainders: both parts keep the class frequencies, and every class keeps at least one training
 * example. The remaining examples keep their order.
 *
 * Takes ownership of the split's arrays and compacts them in place: there may be no room for a copy.
 *
 * @throws GaussmarkError if either part would be empty, or a class would lose its last training example.
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

/** The class of each example, if examples have one. */
export function strataOf(
  { targets }: Pick<Split, 'targets'>,
  { target, classes }: Pick<DatasetSpec, 'target' | 'classes'>,
): Split['targets'] | undefined {
  return classes !== undefined && target.shape.length === 0 ? targets : undefined;
}

/**
 * The number of examples a share takes of `size`.
 *
 * @param classes of the examples, each of which keeps one training example; 0 without classes
 * @throws GaussmarkError if either part would be empty, or a class would lose its last training example.
 */
export function validationSize(share: number, size: number, classes = 0): number {
  const count = Math.round(share * size);
  const kept = Math.max(1, classes);
  if (count >= 1 && count <= size - kept) return count;
  const isEmpty = count < 1 || count >= size;
  const what = isEmpty ? 'one part empty' : 'a class without training examples';
  throw new GaussmarkError(`a validation split of ${share} of ${size} examples leaves ${what}`, {
    expected:
      kept === 1
        ? 'a share that takes and leaves at least one example'
        : `a share that takes at least one example and leaves ${kept}, one of each class`,
    got: `${count} of ${size}`,
    remedy: 'give another share with --validation',
  });
}

/** Ascending row numbers: from each stratum its share, the first in a random order. */
function drawRows(
  size: number,
  count: number,
  seed: number,
  strata: ArrayLike<number> | undefined,
  classes: number,
): Int32Array {
  // Not the stream that shuffles training examples.
  const order = permutation(size, xoroshiro128plus(seed));
  if (strata === undefined) return order.slice(0, count).sort();
  const sizes = new Array<number>(classes).fill(0);
  for (let row = 0; row < size; row++) sizes[strata[row]!]! += 1;
  const left = apportion(sizes, count);
  return order.filter((row) => left[strata[row]!]!-- > 0).sort();
}

/**
 * Whole numbers in proportion to `sizes` that sum to `total`: quotas rounded down, plus one for the largest remainders
 * (Hamilton's method; ties go to the first). No number reaches its size.
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

/** Copies rows out of an array and compacts the others at its start. `rows` ascend. */
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
