// Values that do not fit their type, in words.

import { allocate, formatType, sizeOf, type TensorData, type TensorType } from '@gaussmark/autodiff';

/** What to throw for values that are not those of a buffer's type. */
export function wrongValues(type: TensorType, data: TensorData): TypeError {
  const { name } = allocate(type.dtype, 0).constructor;
  return new TypeError(
    `a ${formatType(type)} buffer takes a ${name} of ${sizeOf(type.shape)} values, ` +
      `got a ${data.constructor.name} of ${data.length}`,
  );
}

/** @throws RangeError unless there are as many values as the shape has elements. */
export function demandSize(type: TensorType, data: TensorData): void {
  if (data.length === sizeOf(type.shape)) return;
  throw new RangeError(`a ${formatType(type)} holds ${sizeOf(type.shape)} values, got ${data.length}`);
}
