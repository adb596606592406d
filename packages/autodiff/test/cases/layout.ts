// Cases of the primitives that move elements: by layout, and by index.

import type { Shape, Tensor } from '../../src/index.js';
import * as ops from '../../src/index.js';
import type { Case } from '../check-derivatives.js';
import { double, float64, int32 } from '../values.js';

const MATRIX = double([2, 3], [1, 2, 3, 4, 5, 6]);
const permuted = (shape: Shape, permutation?: readonly number[]): Case => ({
  name: `[${shape}] by [${permutation ?? 'default'}]`,
  fn: (x) => ops.transpose(x, permutation),
  inputs: [float64(shape)],
});
const stretched = (from: Shape, to: Shape): Case => ({
  name: `[${from}] to [${to}]`,
  // The factor differs at every place: a gradient that forgot one would show.
  fn: (x, factor) => ops.mul(ops.broadcast(x, to), factor!),
  inputs: [float64(from), float64(to, { seed: 2 })],
});

export const LAYOUT = {
  reshape: [
    {
      name: '[2,3] to [3,2]',
      fn: (x: Tensor) => ops.reshape(x, [3, 2]),
      inputs: [MATRIX],
      expected: [1, 2, 3, 4, 5, 6],
    },
    { name: 'an inferred size', fn: (x: Tensor) => ops.reshape(x, [3, -1, 1]), inputs: [float64([2, 3])] },
    { name: 'to a scalar', fn: (x: Tensor) => ops.reshape(x, []), inputs: [float64([1, 1])] },
  ],
  transpose: [
    { name: 'values', fn: (x: Tensor) => ops.transpose(x), inputs: [MATRIX], expected: [1, 4, 2, 5, 3, 6] },
    {
      name: 'values of three axes, none in its place',
      fn: (x: Tensor) => ops.transpose(x, [1, 2, 0]),
      inputs: [double([2, 3, 1], [1, 2, 3, 4, 5, 6])],
      expected: [1, 4, 2, 5, 3, 6],
    },
    permuted([2, 3, 4]),
    permuted([2, 3, 4], [1, 2, 0]),
    permuted([2, 3, 4], [2, 0, 1]),
    permuted([2, 3, 4], [0, 2, 1]),
  ],
  broadcast: [
    {
      name: 'values of a column',
      fn: (x: Tensor) => ops.broadcast(x, [2, 3]),
      inputs: [double([2, 1], [1, 2])],
      expected: [1, 1, 1, 2, 2, 2],
    },
    stretched([], [2, 3]),
    stretched([3], [2, 3]),
    stretched([2, 1], [2, 3]),
    stretched([1, 3, 1], [2, 1, 3, 2]),
    stretched([1], [1, 1, 2]),
    // What unstretching cannot remove: a result that depends on the stretch alone.
    { name: 'alone', fn: (x: Tensor) => ops.broadcast(ops.square(x), [4, 3]), inputs: [float64([3])] },
  ],
  concat: [
    {
      name: 'three, axis 0',
      fn: (...xs: Tensor[]) => ops.concat(xs),
      inputs: [MATRIX, double([1, 3], [7, 8, 9]), double([1, 3], [10, 11, 12])],
      expected: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    },
    {
      name: 'three, the last axis',
      fn: (...xs: Tensor[]) => ops.concat(xs, -1),
      inputs: [double([2, 1], [1, 2]), double([2, 2], [3, 4, 5, 6]), double([2, 1], [7, 8])],
      expected: [1, 3, 4, 7, 2, 5, 6, 8],
    },
    { name: 'with itself and a constant', fn: withItself, inputs: [float64([2, 2])] },
  ],
  slice: [
    {
      name: 'the middle of each axis',
      fn: (x: Tensor) => ops.slice(x, [0, 1], [2, 2]),
      inputs: [MATRIX],
      expected: [2, 5],
    },
    { name: 'overlapping', fn: differences, inputs: [double([4], [1, 4, 9, 16])], expected: [3, 5, 7] },
    {
      name: 'three axes',
      fn: (x: Tensor) => ops.slice(x, [1, 0, 2], [2, 3, 4]),
      inputs: [float64([2, 3, 4])],
    },
  ],
  pad: [
    {
      name: 'on every side',
      fn: (x: Tensor) => ops.pad(x, [1, 0], [0, 2]),
      inputs: [double([1, 2], [1, 2])],
      expected: [0, 0, 0, 0, 1, 2, 0, 0],
    },
    { name: 'three axes', fn: (x: Tensor) => ops.pad(x, [0, 1, 2], [1, 0, 1]), inputs: [float64([2, 1, 2])] },
  ],
  take: [
    {
      name: 'repeated and missing rows',
      fn: ops.take,
      inputs: [double([3, 2], [1, 2, 3, 4, 5, 6]), int32([4], [2, 0, 2, 2])],
      expected: [5, 6, 1, 2, 5, 6, 5, 6],
    },
    { name: 'of a vector', fn: ops.take, inputs: [float64([3]), int32([2], [1, 1])] },
    { name: 'of three axes', fn: ops.take, inputs: [float64([3, 2, 2]), int32([3], [0, 2, 0])] },
  ],
  scatterAdd: [
    {
      name: 'repeated and missing rows',
      fn: (rows: Tensor, indices: Tensor) => ops.scatterAdd(rows, indices, 3),
      inputs: [double([3, 2], [1, 2, 3, 4, 5, 6]), int32([3], [2, 0, 2])],
      expected: [3, 4, 0, 0, 6, 8],
    },
    {
      name: 'of a vector',
      fn: (rows: Tensor, indices: Tensor) => ops.scatterAdd(rows, indices, 4),
      inputs: [float64([2]), int32([2], [1, 1])],
    },
  ],
} satisfies Partial<Record<ops.Primitive, readonly Case[]>>;

function withItself(x: Tensor): Tensor {
  return ops.concat([ops.square(x), ops.full([2, 1], 3, 'float64'), x], 1);
}

function differences(x: Tensor): Tensor {
  return ops.sub(ops.slice(x, [1], [4]), ops.slice(x, [0], [3]));
}
