// Convolution with its adjoints, and pooling: all strides, paddings, dilations and groups, alone and combined.

import {
  inferTypes,
  type Primitive,
  type PrimitiveParams,
  type Shape,
  type TensorValue,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { type Example, equationProgram } from '../case.js';
import { mapValue, randomValue } from '../values.js';
import { FLOATS } from './dtypes.js';

type Conv2dParams = PrimitiveParams['conv2d'];
type Pool2dParams = PrimitiveParams['maxPool2d'];
type Float = (typeof FLOATS)[number];

/** Defaults: 1, and no padding. */
interface Convolution extends Partial<Conv2dParams> {
  readonly image: Shape;
  readonly filter: Shape;
}

const CONVOLUTIONS: Readonly<Record<string, Convolution>> = {
  plain: { image: [3, 2, 7, 6], filter: [4, 2, 3, 3] },
  'one channel, one filter': { image: [2, 1, 5, 5], filter: [1, 1, 2, 3] },
  'one image': { image: [1, 3, 6, 5], filter: [2, 3, 3, 2] },
  'a kernel of one': { image: [2, 3, 4, 5], filter: [4, 3, 1, 1] },
  'the kernel as large as the image': { image: [3, 2, 4, 3], filter: [5, 2, 4, 3] },
  padding: {
    image: [2, 2, 5, 6],
    filter: [3, 2, 3, 3],
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  'uneven padding': {
    image: [2, 2, 5, 6],
    filter: [3, 2, 3, 2],
    padding: [
      [2, 0],
      [1, 3],
    ],
  },
  'padding wider than the kernel': {
    image: [2, 1, 3, 3],
    filter: [2, 1, 2, 2],
    padding: [
      [3, 2],
      [4, 0],
    ],
  },
  strides: { image: [2, 2, 9, 8], filter: [3, 2, 3, 2], strides: [2, 3] },
  'strides that leave rows and columns uncovered': {
    image: [2, 2, 10, 11],
    filter: [3, 2, 3, 2],
    strides: [3, 4],
  },
  'strides larger than the kernel': { image: [2, 1, 11, 10], filter: [2, 1, 2, 2], strides: [4, 3] },
  'strides, padding, uncovered padding': {
    image: [2, 2, 6, 7],
    filter: [3, 2, 3, 3],
    strides: [3, 2],
    padding: [
      [1, 1],
      [0, 1],
    ],
  },
  'dilated rows': { image: [2, 2, 9, 5], filter: [3, 2, 3, 2], dilations: [3, 1] },
  'dilated columns': { image: [2, 2, 5, 9], filter: [3, 2, 2, 3], dilations: [1, 3] },
  'dilations and strides': {
    image: [2, 2, 11, 12],
    filter: [3, 2, 3, 3],
    dilations: [2, 3],
    strides: [3, 2],
    padding: [
      [1, 2],
      [2, 0],
    ],
  },
  groups: { image: [2, 4, 6, 5], filter: [6, 2, 3, 2], groups: 2 },
  'groups, all options': {
    image: [3, 6, 9, 11],
    filter: [3, 2, 2, 3],
    groups: 3,
    strides: [2, 3],
    dilations: [2, 1],
    padding: [
      [1, 0],
      [2, 1],
    ],
  },
  'groups with dilated columns': { image: [3, 4, 5, 9], filter: [4, 2, 2, 3], groups: 2, dilations: [1, 2] },
  'each channel apart': {
    image: [2, 3, 6, 5],
    filter: [6, 1, 3, 3],
    groups: 3,
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  'more filters than positions': { image: [5, 3, 4, 5], filter: [9, 3, 3, 3] },
  'more filters than positions, all options': {
    image: [4, 4, 5, 6],
    filter: [18, 2, 3, 2],
    groups: 2,
    strides: [3, 1],
    dilations: [1, 2],
    padding: [
      [1, 1],
      [0, 2],
    ],
  },
  'more filters than positions, columns skipped': {
    image: [3, 2, 4, 7],
    filter: [9, 2, 3, 3],
    strides: [1, 2],
  },
  'filters of more elements than positions': { image: [3, 4, 5, 5], filter: [3, 4, 3, 3] },
  'filters of more elements than positions, all options': {
    image: [3, 4, 8, 9],
    filter: [4, 2, 3, 3],
    groups: 2,
    strides: [3, 2],
    dilations: [2, 1],
    padding: [
      [1, 2],
      [1, 0],
    ],
  },
  'many channels, all options': {
    image: [2, 16, 6, 7],
    filter: [3, 16, 2, 3],
    strides: [2, 1],
    dilations: [1, 2],
    padding: [
      [1, 0],
      [0, 2],
    ],
  },
  'no images': { image: [0, 2, 5, 5], filter: [3, 2, 3, 3] },
};

/** Adjacent windows of two by default. */
interface Pooling extends Partial<Pool2dParams> {
  readonly image: Shape;
}

const POOLINGS: Readonly<Record<string, Pooling>> = {
  'windows of two, side by side': { image: [2, 3, 6, 4] },
  'an odd image': { image: [2, 3, 7, 5] },
  'one window': { image: [2, 1, 2, 2] },
  'windows of three, side by side': { image: [2, 2, 9, 6], window: [3, 3], strides: [3, 3] },
  'two by three': { image: [2, 2, 5, 7], window: [2, 3], strides: [2, 3] },
  'four by two': { image: [2, 2, 9, 5], window: [4, 2], strides: [4, 2] },
  'rows alone': { image: [2, 2, 6, 5], window: [3, 1], strides: [3, 1] },
  'columns alone': { image: [2, 2, 6, 5], window: [1, 2], strides: [1, 2] },
  'elements alone': { image: [2, 2, 3, 4], window: [1, 1], strides: [1, 1] },
  'some elements': { image: [2, 2, 5, 4], window: [1, 1], strides: [2, 3] },
  overlapping: { image: [2, 2, 7, 6], window: [3, 3], strides: [2, 1] },
  'overlapping in one axis': { image: [2, 2, 7, 6], window: [2, 2], strides: [1, 2] },
  apart: { image: [2, 2, 9, 10], window: [2, 2], strides: [3, 4] },
  padded: {
    image: [2, 2, 5, 6],
    window: [3, 3],
    strides: [2, 2],
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  'padded before, side by side': {
    image: [2, 2, 5, 7],
    window: [2, 2],
    strides: [2, 2],
    padding: [
      [1, 0],
      [1, 1],
    ],
  },
  'padded after': {
    image: [2, 2, 5, 5],
    window: [2, 3],
    strides: [2, 2],
    padding: [
      [0, 1],
      [0, 2],
    ],
  },
  'padded columns alone': {
    image: [2, 2, 4, 5],
    window: [1, 3],
    strides: [1, 2],
    padding: [
      [0, 0],
      [2, 1],
    ],
  },
  'no images': { image: [0, 2, 4, 4] },
};

const NO_PADDING = [
  [0, 0],
  [0, 0],
] as const;

interface ConvolutionOperands {
  readonly params: Conv2dParams;
  readonly x: TensorValue;
  readonly filter: TensorValue;
  readonly y: TensorValue;
}

/** The operands of the trilinear form <conv2d(x, filter), y>. */
function convolutionOperands({ image, filter, ...given }: Convolution, dtype: Float): ConvolutionOperands {
  const params = { strides: [1, 1], padding: NO_PADDING, dilations: [1, 1], groups: 1, ...given } as const;
  const [y] = inferTypes('conv2d', params, [
    { dtype, shape: image },
    { dtype, shape: filter },
  ]);
  return {
    params,
    x: randomValue(dtype, image, 1),
    filter: randomValue(dtype, filter, 2),
    y: randomValue(dtype, y!.shape, 3),
  };
}

function convolutions<P extends 'conv2d' | 'conv2dInputAdjoint' | 'conv2dFilterAdjoint'>(
  make: (operands: ConvolutionOperands) => Pick<Example<P>, 'params' | 'operands'>,
): Example<P>[] {
  return FLOATS.flatMap((dtype) =>
    Object.entries(CONVOLUTIONS).map(([name, example]) => ({
      name,
      dtype,
      ...make(convolutionOperands(example, dtype)),
    })),
  );
}

const sizeOfImage = ({ type }: TensorValue) => [type.shape[2]!, type.shape[3]!] as const;

interface PoolingOperands {
  readonly params: Pool2dParams;
  readonly x: TensorValue;
  /** Positions of the maxima of x. */
  readonly positions: TensorValue;
  readonly y: TensorValue;
}

function poolings<P extends 'maxPool2d' | 'maxPool2dTake' | 'maxPool2dScatter'>(
  make: (operands: PoolingOperands) => Pick<Example<P>, 'params' | 'operands'>,
): Example<P>[] {
  return FLOATS.flatMap((dtype) =>
    Object.entries(POOLINGS).flatMap(([name, { image, ...given }]) => {
      const params = { window: [2, 2], strides: [2, 2], padding: NO_PADDING, ...given } as const;
      const x = randomValue(dtype, image, 3);
      return [
        { name, x },
        // Few distinct values: most windows contain their maximum more than once, and the first one counts.
        { name: `${name}, with ties`, x: mapValue(x, (v) => Math.round(2 * v)) },
      ].map(({ name, x }) => {
        const pool = equationProgram('maxPool2d', { params, operands: [x] });
        const [maxima, positions] = evaluate(pool.program, pool.inputs) as [TensorValue, TensorValue];
        const y = randomValue(dtype, maxima.type.shape, 7);
        return { name, dtype, ...make({ params, x, positions, y }) };
      });
    }),
  );
}

/** Padding does not count: if all elements are -infinity, the maximum is still one of them. */
const lowest = (dtype: Float): Example<'maxPool2d'> => ({
  name: 'negative infinities, padded',
  dtype,
  params: {
    window: [2, 2],
    strides: [2, 2],
    padding: [
      [1, 0],
      [1, 0],
    ],
  },
  operands: [mapValue(randomValue(dtype, [1, 1, 3, 3], 1), () => Number.NEGATIVE_INFINITY)],
});

export const WINDOWS = {
  conv2d: convolutions<'conv2d'>(({ params, x, filter }) => ({ params, operands: [x, filter] })),
  conv2dInputAdjoint: convolutions<'conv2dInputAdjoint'>(({ params, x, filter, y }) => ({
    params: { ...params, inputSize: sizeOfImage(x) },
    operands: [y, filter],
  })),
  conv2dFilterAdjoint: convolutions<'conv2dFilterAdjoint'>(({ params, x, filter, y }) => ({
    params: { ...params, kernelSize: sizeOfImage(filter) },
    operands: [x, y],
  })),
  maxPool2d: [
    ...poolings<'maxPool2d'>(({ params, x }) => ({ params, operands: [x] })),
    ...FLOATS.map(lowest),
  ],
  maxPool2dTake: poolings<'maxPool2dTake'>(({ params, x, positions }) => ({
    params,
    // Images other than those the positions come from, like a tangent.
    operands: [randomValue(x.type.dtype, x.type.shape, 5), positions],
  })),
  maxPool2dScatter: poolings<'maxPool2dScatter'>(({ params, x, positions, y }) => ({
    params: { ...params, inputSize: sizeOfImage(x) },
    operands: [y, positions],
  })),
} satisfies { readonly [P in Primitive]?: readonly Example<P>[] };
