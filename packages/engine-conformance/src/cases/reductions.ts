// Reductions, softmax and matrix products: along every axis, with sizes of one and zero.

import type { DType, Primitive, PrimitiveParams, Shape } from '@gaussmark/autodiff';
import { type TensorValue, tensorValue } from '@gaussmark/autodiff';
import type { Example } from '../case.js';
import { nonFiniteValues, randomValue } from '../values.js';
import { FLOATS, NUMBERS } from './dtypes.js';

type Reduction = PrimitiveParams['reduceSum'];

const AXES_OF_3: readonly (readonly number[])[] = [[0], [1], [2], [0, 2], [1, 2], [0, 1, 2], []];

function reductions(dtype: DType): Example<'reduceSum'>[] {
  const example = (shape: Shape, params: Reduction, seed = 1): Example<'reduceSum'> => ({
    name: `[${shape}] over axes [${params.axes}]${params.keepDims ? ', kept' : ''}`,
    dtype,
    params,
    operands: [randomValue(dtype, shape, seed)],
  });
  return [
    ...[false, true].flatMap((keepDims) => AXES_OF_3.map((axes) => example([3, 4, 2], { axes, keepDims }))),
    example([], { axes: [], keepDims: false }),
    example([1, 3], { axes: [0], keepDims: false }),
    example([3, 1], { axes: [1], keepDims: true }),
    example([1], { axes: [0], keepDims: false }),
    example([2, 0], { axes: [0], keepDims: false }),
    example([7, 40], { axes: [1], keepDims: false }),
  ];
}

/** An empty sum is zero; an empty maximum is undefined. */
const overNothing = (dtype: DType): Example<'reduceSum'> => ({
  name: '[0,2] over axes [0]',
  dtype,
  params: { axes: [0], keepDims: false },
  operands: [randomValue(dtype, [0, 2], 1)],
});

const ofNonFinite = (dtype: 'float32' | 'float64'): Example<'reduceMax'> => ({
  name: 'infinities and NaN',
  dtype,
  params: { axes: [1], keepDims: false },
  operands: [columns(nonFiniteValues(dtype))],
});

/** A column of each value, next to zeros: rows of two. */
function columns({ type, data }: TensorValue): TensorValue {
  return tensorValue(type.dtype, [data.length, 2], Array.from(data, (value) => [value, 0]).flat());
}

const alongAxes = (): Example<'softmax'>[] =>
  FLOATS.flatMap((dtype) => [
    ...[0, 1, 2].map((axis) => ({
      name: `[3,4,2] along axis ${axis}`,
      dtype,
      params: { axis },
      operands: [randomValue(dtype, [3, 4, 2], axis)],
    })),
    { name: 'one element', dtype, params: { axis: 1 }, operands: [randomValue(dtype, [3, 1], 1)] },
    { name: 'a vector', dtype, params: { axis: 0 }, operands: [randomValue(dtype, [10], 1)] },
    // exp(1000) is infinite in both dtypes: the largest element must be subtracted first.
    {
      name: 'arguments that overflow',
      dtype,
      params: { axis: 1 },
      operands: [tensorValue(dtype, [2, 3], [1000, 1000, 999, -1000, -1001, -1000])],
    },
  ]);

const positionsOfMaxima = (): Example<'argMax'>[] =>
  FLOATS.flatMap((dtype) => [
    ...[0, 1].map((axis) => ({
      name: `[4,3] along axis ${axis}`,
      dtype,
      params: { axis },
      operands: [randomValue(dtype, [4, 3], axis)],
    })),
    { name: 'a tie', dtype, params: { axis: 0 }, operands: [tensorValue(dtype, [4], [1, 5, 5, 2])] },
    {
      name: 'ties in rows',
      dtype,
      params: { axis: 1 },
      operands: [tensorValue(dtype, [2, 3], [-1, -1, -1, 0, 2, 2])],
    },
    { name: 'one element', dtype, params: { axis: 1 }, operands: [randomValue(dtype, [3, 1], 1)] },
  ]);

const SIZES = [
  { batch: [], m: 3, k: 4, n: 5 },
  { batch: [2, 3], m: 3, k: 4, n: 5 },
  { batch: [2], m: 1, k: 3, n: 2 },
  { batch: [], m: 1, k: 7, n: 1 },
  { batch: [], m: 4, k: 1, n: 3 },
  { batch: [], m: 2, k: 0, n: 3 },
  { batch: [], m: 0, k: 2, n: 3 },
  { batch: [], m: 9, k: 200, n: 17 },
] as const;

const products = (): Example<'matmul'>[] =>
  FLOATS.flatMap((dtype) =>
    [false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB) =>
        SIZES.map(({ batch, m, k, n }) => {
          const a = [...batch, ...(transposeA ? [k, m] : [m, k])];
          const b = [...batch, ...(transposeB ? [n, k] : [k, n])];
          return {
            name: `[${a}]${transposeA ? "'" : ''} by [${b}]${transposeB ? "'" : ''}`,
            dtype,
            params: { transposeA, transposeB },
            operands: [randomValue(dtype, a, 1), randomValue(dtype, b, 2)],
          };
        }),
      ),
    ),
  );

export const REDUCTIONS = {
  reduceSum: NUMBERS.flatMap((dtype) => [...reductions(dtype), overNothing(dtype)]),
  reduceMax: [...NUMBERS.flatMap(reductions), ...FLOATS.map(ofNonFinite)],
  argMax: positionsOfMaxima(),
  softmax: alongAxes(),
  logSoftmax: alongAxes(),
  matmul: products(),
} satisfies { readonly [P in Primitive]?: readonly Example<P>[] };
