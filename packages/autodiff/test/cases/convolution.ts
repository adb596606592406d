// Cases of convolution and its adjoints; their values are in windows.test.ts.

import type { Primitive, Shape, Tensor } from '../../src/index.js';
import { add, conv2d, reshape, slice, tanh } from '../../src/index.js';
import { emit1 } from '../../src/trace.js';
import type { Case } from '../check-derivatives.js';
import { CONVOLUTIONS, type ConvolutionExample, heightAndWidth } from '../onnx-reference/windows.js';
import { float64 } from '../values.js';

/** The primitive linear in each operand, and in both. */
const cases = (
  shapes: (example: ConvolutionExample) => readonly [Shape, Shape],
  fn: (example: ConvolutionExample) => Case['fn'],
): Case[] =>
  CONVOLUTIONS.map((example) => {
    const [a, b] = shapes(example);
    return { name: example.name, fn: fn(example), inputs: [float64(a), float64(b, { seed: 2 })] };
  });

export const CONVOLUTION = {
  conv2d: [
    ...cases(
      ({ x, filter }) => [x, filter],
      ({ params }) =>
        (x, filter) =>
          conv2d(x!, filter!, params),
    ),
    {
      name: 'with a filter that comes from the image',
      fn: (x: Tensor) => conv2d(tanh(x), slice(x, [0, 0, 0, 1], [1, 2, 2, 3]), { padding: 1 }),
      inputs: [float64([1, 2, 3, 3])],
    },
    {
      name: 'with itself, two layers and a bias',
      fn: (x: Tensor, filter: Tensor, bias: Tensor) => {
        const layer = (h: Tensor) =>
          tanh(add(conv2d(h, filter, { padding: 'same' }), reshape(bias, [2, 1, 1])));
        return layer(layer(x));
      },
      inputs: [float64([1, 2, 3, 2]), float64([2, 2, 2, 2], { seed: 2 }), float64([2], { seed: 3 })],
    },
  ],
  conv2dInputAdjoint: cases(
    ({ y, filter }) => [y, filter],
    ({ params, x }) =>
      (y, filter) =>
        emit1('conv2dInputAdjoint', { ...params, inputSize: heightAndWidth(x) }, [y!, filter!]),
  ),
  conv2dFilterAdjoint: cases(
    ({ x, y }) => [x, y],
    ({ params, filter }) =>
      (x, y) =>
        emit1('conv2dFilterAdjoint', { ...params, kernelSize: heightAndWidth(filter) }, [x!, y!]),
  ),
} satisfies Partial<Record<Primitive, readonly Case[]>>;
