// Turns a tolerance into the largest allowed error of each element.

import { FLOAT_LIMITS, type FloatDType, isFloat, type TensorValue } from '@gaussmark/autodiff';
import type { ConformanceCase } from './case.js';
import { referenceOutputs } from './reference.js';
import { mapValue } from './values.js';

/** The largest allowed error of element `k`. */
export type Allowance = (k: number) => number;

const EXACT: Allowance = () => 0;

/** One per output; integers and booleans must be exact. */
export function allowancesOf(
  { program, inputs, tolerance, updates }: ConformanceCase,
  expected: readonly TensorValue[],
): Allowance[] {
  const { scale } = tolerance;
  const magnitudes =
    scale === 'magnitude' ? referenceOutputs(program, inputs.map(absolute)).map(({ data }) => data) : [];
  return expected.map(({ type: { dtype }, data }, i) => {
    if (!isFloat(dtype) || tolerance[dtype] === 0) return EXACT;
    const { epsilon, smallestNormal: floor } = FLOAT_LIMITS[dtype];
    const unit = tolerance[dtype] * epsilon;
    switch (scale) {
      case 'element':
        return (k) => unit * Math.abs(data[k]!) + floor;
      case 'unit':
        return (k) => unit * Math.max(1, Math.abs(data[k]!));
      case 'magnitude':
        return (k) => unit * magnitudes[i]![k]! + floor;
      case 'tensor': {
        const updated = updates?.[i] ?? null;
        const allowed =
          updated === null
            ? unit * largest(data)
            : unit * largest(changes(data, inputs[updated]!)) + roundings(data, dtype);
        return () => allowed + floor;
      }
      default:
        return scale satisfies never;
    }
  });
}

const absolute = (value: TensorValue): TensorValue =>
  isFloat(value.type.dtype) ? mapValue(value, Math.abs) : value;

function largest(data: ArrayLike<number>): number {
  let most = 0;
  for (let k = 0; k < data.length; k++) {
    const size = Math.abs(data[k]!);
    if (size > most && Number.isFinite(size)) most = size;
  }
  return most;
}

function changes(data: ArrayLike<number>, before: TensorValue): Float64Array {
  return Float64Array.from(data, (value, k) => value - before.data[k]!);
}

/** The updated value is itself rounded, on a scale unrelated to the change: twice half an epsilon. */
function roundings(data: ArrayLike<number>, dtype: FloatDType): number {
  return FLOAT_LIMITS[dtype].epsilon * largest(data);
}
