// Checks of values against tensor types.

import { allocate, formatType, sizeOf, type TensorData, type TensorType } from '@gaussmark/autodiff';

/** The error for values that do not match a buffer's type. */
export function wrongValues(type: TensorType, data: TensorData): TypeError {
  const { name } = allocate(type.dtype, 0).constructor;
  return new TypeError(
    `a ${formatType(type)} buffer takes a ${name} of ${sizeOf(type.shape)} values, ` +
      `got a ${data.constructor.name} of ${data.length}`,
  );
}

/** @throws RangeError unless the number of values matches the shape. */
export function demandSize(type: TensorType, data: TensorData): void {
  if (data.length === sizeOf(type.shape)) return;
  throw new RangeError(`a ${formatType(type)} needs ${sizeOf(type.shape)} values, got ${data.length}`);
}
