// Parameter-free network pieces built from several operations.

import * as ops from './ops.js';
import { demandOptions } from './options.js';
import { demandTensor, type Tensor } from './trace.js';
import { type DType, formatType, isFloat, sizeOf } from './types.js';

function demandIndices(what: string, indices: Tensor): void {
  demandTensor(what, indices);
  if (indices.dtype === 'int32') return;
  throw new TypeError(`${what}: expected int32 indices, got ${formatType(indices.type)}; cast() them`);
}

/**
 * Rows with a one at an index, and zeros elsewhere; an index outside the classes gives a row of zeros.
 *
 * @param indices int32, of any shape
 * @param classes length of a row
 * @returns `[...indices.shape, classes]`
 * @throws TypeError if the indices are not int32
 * @throws RangeError if `classes` is not a positive integer
 * @example
 * oneHot(iota(2), 3, 'float32'); // = [[1, 0, 0], [0, 1, 0]]
 */
export function oneHot(indices: Tensor, classes: number, dtype: DType): Tensor {
  demandIndices('oneHot', indices);
  if (!Number.isInteger(classes) || classes < 1) {
    throw new RangeError(`oneHot: classes: expected a positive integer, got ${classes}`);
  }
  const column = ops.reshape(indices, [...indices.shape, 1]);
  return ops.cast(ops.equal(column, ops.iota(classes)), dtype);
}

/**
 * The rows of a table at indices: {@link ops.take} for indices of any shape.
 *
 * @param table `[rows, ...rest]`
 * @param indices int32, each from 0 to rows - 1
 * @returns `[...indices.shape, ...rest]`
 * @throws TypeError if the indices are not int32
 * @example
 * embedding(reshape(iota(6), [3, 2]), constant(tensorValue('int32', [1, 2], [2, 0]))); // = [[[4, 5], [0, 1]]]
 */
export function embedding(table: Tensor, indices: Tensor): Tensor {
  demandTensor('embedding', table);
  demandIndices('embedding', indices);
  const rows = ops.take(table, ops.reshape(indices, [sizeOf(indices.shape)]));
  return ops.reshape(rows, [...indices.shape, ...table.shape.slice(1)]);
}

export interface LayerNormOptions {
  /** The axes to normalize over; negative ones count from the end. Default: the last. */
  readonly axes?: readonly number[];
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * (x - mean) / sqrt(variance + epsilon), with the variance not bias-corrected. Networks that need scale and shift multiply and add
 * them afterwards.
 *
 * J. L. Ba, J. R. Kiros, G. E. Hinton, *Layer Normalization*, 2016, arXiv 1607.06450.
 *
 * @param x float
 * @throws TypeError if `x` is not float, or there is no such option
 * @throws RangeError if there is no such axis, or epsilon is negative
 * @example
 * layerNorm(iota(3, 'float64'), { epsilon: 0 }); // = [-1.224745, 0, 1.224745]
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  demandOptions('layerNorm', options, ['axes', 'epsilon']);
  const { axes = [-1], epsilon = 1e-5 } = options;
  demandTensor('layerNorm', x);
  if (!isFloat(x.dtype))
    throw new TypeError(`layerNorm: expected float, got ${formatType(x.type)}; cast() it`);
  if (!(epsilon >= 0))
    throw new RangeError(`layerNorm: epsilon: expected a number of at least 0, got ${epsilon}`);
  const centred = ops.sub(x, ops.mean(x, { axes, keepDims: true }));
  const variance = ops.mean(ops.square(centred), { axes, keepDims: true });
  return ops.div(centred, ops.sqrt(ops.add(variance, epsilon)));
}
