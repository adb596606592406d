// Convolution, pooling and their derivatives against the reference evaluator, in every form that their lowerings have.

import {
  type Equation,
  type PrimitiveParams,
  type Program,
  type Shape,
  sizeOf,
  type TensorType,
  type TensorValue,
  tensorValue,
  Variable,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { createEngine, digests, expectReference, randomValue, run, type } from './support.js';

type Pair = readonly [number, number];
type Conv2dParams = PrimitiveParams['conv2d'];
type Pool2dParams = PrimitiveParams['maxPool2d'];

const FLOATS = ['float32', 'float64'] as const;

function windowCount(size: number, padding: Pair, extent: number, stride: number): number {
  return Math.floor((size + padding[0] + padding[1] - extent) / stride) + 1;
}

function programOf(
  primitive: string,
  params: object,
  operands: readonly TensorType[],
  results: readonly TensorType[],
): Program {
  const inputs = operands.map((operand) => new Variable(operand));
  const outputs = results.map((result) => new Variable(result));
  return { inputs, equations: [{ primitive, params, inputs, outputs } as unknown as Equation], outputs };
}

interface ConvCase extends Partial<Conv2dParams> {
  readonly image: Shape;
  readonly filter: Shape;
}

const CONVOLUTIONS: Readonly<Record<string, ConvCase>> = {
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
  'no images': { image: [0, 2, 5, 5], filter: [3, 2, 3, 3] },
};

function completed({ image, filter, ...given }: ConvCase) {
  const params: Conv2dParams = {
    strides: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilations: [1, 1],
    groups: 1,
    ...given,
  };
  const { strides, padding, dilations } = params;
  const along = (axis: 0 | 1) =>
    windowCount(
      image[2 + axis]!,
      padding[axis],
      dilations[axis] * (filter[2 + axis]! - 1) + 1,
      strides[axis],
    );
  return { params, y: [image[0]!, filter[0]!, along(0), along(1)] };
}

interface PoolCase extends Partial<Pool2dParams> {
  readonly image: Shape;
}

const POOLINGS: Readonly<Record<string, PoolCase>> = {
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

function completedPool({ image, ...given }: PoolCase) {
  const params: Pool2dParams = {
    window: [2, 2],
    strides: [2, 2],
    padding: [
      [0, 0],
      [0, 0],
    ],
    ...given,
  };
  const { window, strides, padding } = params;
  const along = (axis: 0 | 1) => windowCount(image[2 + axis]!, padding[axis], window[axis], strides[axis]);
  return { params, y: [image[0]!, image[1]!, along(0), along(1)] };
}

describe('windows', () => {
  let engine: OnnxRuntimeEngine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  afterAll(() => engine.dispose());

  for (const dtype of FLOATS) {
    describe(`convolution, ${dtype}`, () => {
      for (const [what, example] of Object.entries(CONVOLUTIONS)) {
        it(what, async () => {
          const { params, y } = completed(example);
          const types = {
            x: type(dtype, ...example.image),
            filter: type(dtype, ...example.filter),
            y: type(dtype, ...y),
          };
          const inputSize = example.image.slice(2);
          const kernelSize = example.filter.slice(2);
          const programs = [
            programOf('conv2d', params, [types.x, types.filter], [types.y]),
            programOf('conv2dInputAdjoint', { ...params, inputSize }, [types.y, types.filter], [types.x]),
            programOf('conv2dFilterAdjoint', { ...params, kernelSize }, [types.x, types.y], [types.filter]),
          ];
          for (const program of programs) {
            const inputs = program.inputs.map((input, i) => randomValue(input.type, i + 1));
            await expectReference(engine, program, inputs).catch((error: Error) => {
              throw new Error(`${program.equations[0]!.primitive}: ${error.message}`);
            });
          }
        });
      }
    });

    describe(`pooling, ${dtype}`, () => {
      for (const [what, example] of Object.entries(POOLINGS)) {
        it(what, async () => {
          const { params, y } = completedPool(example);
          const [x, value, position] = [
            type(dtype, ...example.image),
            type(dtype, ...y),
            type('int32', ...y),
          ];
          // Few different values: there are ties in most windows.
          const image = randomValue(x, 3);
          const rounded: TensorValue = {
            type: x,
            data: image.data.map((v) => Math.round(2 * v)) as typeof image.data,
          };
          const pool = programOf('maxPool2d', params, [x], [value, position]);
          for (const operand of [image, rounded]) {
            await expectReference(engine, pool, [operand]);
            const positions = evaluate(pool, [operand])[1]!;
            const take = programOf('maxPool2dTake', params, [x, position], [value]);
            await expectReference(engine, take, [randomValue(x, 5), positions]);
            const inputSize = example.image.slice(2);
            const scatter = programOf('maxPool2dScatter', { ...params, inputSize }, [value, position], [x]);
            await expectReference(engine, scatter, [randomValue(value, 7), positions]);
          }
        });
      }

      it('points into the image where a window holds infinities and NaNs alone', async () => {
        const { params, y } = completedPool({
          image: [1, 1, 3, 3],
          window: [2, 2],
          padding: [
            [1, 0],
            [1, 0],
          ],
        });
        const [x, value, position] = [type(dtype, 1, 1, 3, 3), type(dtype, ...y), type('int32', ...y)];
        const pool = programOf('maxPool2d', params, [x], [value, position]);
        const lowest = tensorValue(dtype, x.shape, new Array(9).fill(Number.NEGATIVE_INFINITY));
        await expectReference(engine, pool, [lowest]);
        const nans = tensorValue(dtype, x.shape, new Array(9).fill(Number.NaN));
        const [values, positions] = await run(engine, pool, [nans]);
        expect([...values!.data]).toEqual(new Array(sizeOf(y)).fill(Number.NaN));
        for (const place of positions!.data) expect(place >= 0 && place < 9).toBe(true);
      });
    });
  }

  it('gives the same bits again', async () => {
    const { params, y } = completed({ image: [40, 8, 9, 9], filter: [64, 8, 3, 3] });
    const types = [type('float32', 40, 8, 9, 9), type('float32', ...y)];
    const program = programOf('conv2dFilterAdjoint', { ...params, kernelSize: [3, 3] }, types, [
      type('float32', 64, 8, 3, 3),
    ]);
    const inputs = types.map((operand, i) => randomValue(operand, i));
    const threaded = await createEngine({ threads: 2 });
    const runs = [await run(threaded, program, inputs), await run(threaded, program, inputs)];
    await threaded.dispose();
    expect(digests(runs[0]!)).toEqual(digests(runs[1]!));
  });
});
