// Compares an engine's results with the reference: the largest error and its position.

import { formatType, type TensorValue } from '@gaussmark/autodiff';
import type { Allowance } from './allowance.js';

/** An element too far from the reference. */
export interface Deviation {
  /** `output 1 of 3, float32[2,5], at [1,4]`. */
  readonly where: string;
  readonly expected: number;
  readonly got: number;
}

export type Comparison =
  /** The largest error as a share of the allowance, 0 to 1; 0 if all values are equal. */
  { readonly fits: true; readonly share: number } | ({ readonly fits: false } & Deviation);

/**
 * Compares values; zeros of either sign are equal, and so are NaNs.
 *
 * @param got of the types of `expected`
 * @param allowances one per output
 */
export function compare(
  got: readonly TensorValue[],
  expected: readonly TensorValue[],
  allowances: readonly Allowance[],
): Comparison {
  let share = 0;
  for (const [i, { type, data }] of expected.entries()) {
    for (let k = 0; k < data.length; k++) {
      const [wanted, value] = [data[k]!, got[i]!.data[k]!];
      if (wanted === value || (Number.isNaN(wanted) && Number.isNaN(value))) continue;
      const error = Math.abs(value - wanted);
      const allowed = Number.isFinite(wanted) ? allowances[i]!(k) : 0;
      // Not `error > allowed`, which NaN would pass.
      if (!(error <= allowed)) {
        const where = `output ${i + 1} of ${expected.length}, ${formatType(type)}, at [${indexOf(k, type.shape)}]`;
        return { fits: false, where, expected: wanted, got: value };
      }
      share = Math.max(share, error / allowed);
    }
  }
  return { fits: true, share };
}

function indexOf(position: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = position;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}
