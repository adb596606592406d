// Building blocks of type rules: demands on operands, and the error if one is not met.

import type { Primitive, PrimitiveParams } from './program.js';
import { type DType, isFloat, type TensorType } from './types.js';

/** The types of the outputs, from those of the operands. Throws a {@link TypeMismatch} if there are none. */
export type TypeRule<P extends Primitive> = (
  operands: readonly TensorType[],
  params: PrimitiveParams[P],
) => readonly TensorType[];

/** An unmet demand; `inferTypes` adds the primitive and the operands. */
export class TypeMismatch extends Error {}

export function demand(fits: boolean, message: string | (() => string)): asserts fits {
  if (!fits) throw new TypeMismatch(typeof message === 'string' ? message : message());
}

export type Group = 'float' | 'number' | 'bool' | 'int32' | 'any';

function inGroup(dtype: DType, group: Group): boolean {
  switch (group) {
    case 'float':
      return isFloat(dtype);
    case 'number':
      return dtype !== 'bool';
    case 'bool':
    case 'int32':
      return dtype === group;
    case 'any':
      return true;
    default:
      return group satisfies never;
  }
}

export function expectOperands<N extends number>(
  operands: readonly TensorType[],
  count: N,
): readonly TensorType[] {
  demand(
    operands.length === count,
    `expected ${count} operand${count === 1 ? '' : 's'}, got ${operands.length}`,
  );
  return operands;
}

export function demandDType(type: TensorType, group: Group): void {
  demand(inGroup(type.dtype, group), `expected ${group === 'any' ? 'any dtype' : group}, got ${type.dtype}`);
}
