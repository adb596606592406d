// Tensor types: a static shape and a dtype, and the typed arrays that hold values of each dtype.

import { lock } from './lock.js';

export type DType = 'float32' | 'float64' | 'int32' | 'bool';

export type FloatDType = 'float32' | 'float64';

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Row-major storage. A `bool` is a byte, 0 or 1. */
export type TensorData = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A tensor with values: an input or output of a compiled program. */
export interface TensorValue {
  readonly type: TensorType;
  readonly data: TensorData;
}

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array } as const;

export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = lock({
  float32: 4,
  float64: 8,
  int32: 4,
  bool: 1,
});

/** Limits of float dtypes: the gap above 1, the smallest normal number, the largest number. */
export const FLOAT_LIMITS: Readonly<
  Record<FloatDType, { readonly epsilon: number; readonly smallestNormal: number; readonly largest: number }>
> = lock({
  float32: { epsilon: 2 ** -23, smallestNormal: 2 ** -126, largest: (2 - 2 ** -23) * 2 ** 127 },
  float64: { epsilon: Number.EPSILON, smallestNormal: 2 ** -1022, largest: Number.MAX_VALUE },
});

/**
 * Whether a dtype is float32 or float64.
 *
 * @example
 * isFloat('int32'); // = false
 */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'float64';
}

/**
 * Number of elements of a shape; 1 for a scalar.
 *
 * @example
 * sizeOf([2, 3]); // = 6
 */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, axis) => size * axis, 1);
}

/**
 * Whether two shapes are equal. Nothing broadcasts.
 *
 * @example
 * sameShape([1, 3], [3]); // = false
 */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/**
 * Whether two types have the same dtype and shape.
 *
 * @example
 * sameType(tensorType('int32', [3]), iota(3).type); // = true
 */
export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

/**
 * `float32[1000,10]`; a scalar is `float32[]`.
 *
 * @example
 * formatType({ dtype: 'float32', shape: [1000, 10] }); // = 'float32[1000,10]'
 */
export function formatType(type: TensorType): string {
  return `${type.dtype}[${type.shape.join(',')}]`;
}

/**
 * A type; of a scalar, unless a shape is given.
 *
 * @example
 * tensorType('float64'); // = { dtype: 'float64', shape: [] }
 */
export function tensorType(dtype: DType, shape: Shape = []): TensorType {
  return { dtype, shape };
}

/**
 * Storage for `size` elements, zero-filled.
 *
 * @example
 * allocate('float32', 2); // = [0, 0]
 */
export function allocate(dtype: DType, size: number): TensorData {
  return new ARRAYS[dtype](size);
}

/**
 * Whether the storage matches the type: the right kind of array, with the right size.
 *
 * @example
 * holds({ dtype: 'float32', shape: [2] }, Float64Array.of(1, 2)); // = false
 */
export function holds(type: TensorType, data: TensorData): boolean {
  return data instanceof ARRAYS[type.dtype] && data.length === sizeOf(type.shape);
}

/**
 * Copies numbers into the storage of `dtype` (booleans as 0 and 1).
 *
 * @example
 * toData('int32', [1, 2]); // = [1, 2]
 */
export function toData(dtype: DType, values: ArrayLike<number>): TensorData {
  return ARRAYS[dtype].from(values);
}

/**
 * A tensor value from plain numbers in row-major order.
 *
 * @throws RangeError if the number of values does not match the shape.
 * @example
 * constant(tensorValue('float64', [2, 2], [1, 2, 3, 4])); // = [[1, 2], [3, 4]]
 */
export function tensorValue(dtype: DType, shape: Shape, values: ArrayLike<number>): TensorValue {
  const size = sizeOf(shape);
  if (values.length !== size) {
    throw new RangeError(`a ${formatType({ dtype, shape })} needs ${size} values, got ${values.length}`);
  }
  return { type: { dtype, shape }, data: toData(dtype, values) };
}

/**
 * The shape of an elementwise result under numpy's rule: axes are aligned at the end, and axes of size 1 broadcast.
 * `undefined` if the shapes do not fit.
 *
 * @example
 * broadcastShapes([4, 1], [3]); // = [4, 3]
 * broadcastShapes([4], [3]); // = undefined
 */
export function broadcastShapes(...shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: number[] = new Array(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    for (const [axis, size] of shape.entries()) {
      const current = result[offset + axis]!;
      if (size === current || size === 1) continue;
      if (current !== 1) return undefined;
      result[offset + axis] = size;
    }
  }
  return result;
}
