// Convolutions on blocks of channels: where they are used, and that results match the reference evaluator.

import { fromBinary } from '@bufbuild/protobuf';
import * as ad from '@gaussmark/autodiff';
import { type Program, type Tensor, trace } from '@gaussmark/autodiff';
import { runProgram } from '@gaussmark/engine-conformance';
import { type GraphProto, ModelProtoSchema } from 'onnx-buf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelBlock } from '../src/channel-block.js';
import { fuse } from '../src/fuse.js';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { lowerProgram } from '../src/lower/program.js';
import { BLOCK_DOMAIN } from '../src/onnx/graph.js';
import { createEngine, digests, expectReference, randomInputs, type } from './support.js';

interface Layer {
  readonly channels?: number;
  readonly filters?: number;
  readonly size?: number;
  readonly kernel?: number;
  readonly dtype?: 'float32' | 'float64';
  readonly conv?: ad.Conv2dOptions;
}

/** A convolution and both its adjoints. */
function derivatives({ channels = 16, filters = 16, size = 6, kernel = 3, dtype = 'float32', conv }: Layer) {
  return trace(
    (x: Tensor, w: Tensor) => {
      const { value, vjp } = ad.linearize(({ x, w }: { x: Tensor; w: Tensor }) => ad.conv2d(x, w, conv), {
        x,
        w,
      });
      return [value, vjp(value)];
    },
    type(dtype, 2, channels, size, size),
    type(dtype, filters, channels / (conv?.groups ?? 1), kernel, kernel),
  ).program;
}

/** A pooled convolution with its positions, and the linear maps that use them. */
function pooled(
  { channels = 3, filters = 16, size = 8, kernel = 3, conv }: Layer,
  pool: { readonly window: number; readonly strides?: number } = { window: 2 },
): Program {
  return trace(
    (x: Tensor, w: Tensor, v: Tensor) => {
      const { value, jvp, vjp } = ad.linearize((at: Tensor) => ad.maxPool2d(ad.conv2d(x, at, conv), pool), w);
      return [value, jvp(v), vjp(value)];
    },
    type('float32', 2, channels, size, size),
    type('float32', filters, channels, kernel, kernel),
    type('float32', filters, channels, kernel, kernel),
  ).program;
}

/** The operators of {@link BLOCK_DOMAIN} in a program's model. */
function blockOperators(program: Program, block: number | undefined): string[] {
  const { bytes } = lowerProgram(fuse(program), { channelBlock: block });
  const model = fromBinary(ModelProtoSchema, bytes);
  const nodes = (graph: GraphProto): GraphProto['node'] =>
    graph.node.flatMap((node) => [node, ...node.attribute.flatMap(({ g }) => (g ? nodes(g) : []))]);
  const found = nodes(model.graph!).filter(({ domain }) => domain === BLOCK_DOMAIN);
  expect(model.opsetImport.some(({ domain }) => domain === BLOCK_DOMAIN)).toBe(found.length > 0);
  return found.map(({ opType }) => opType);
}

const PLAIN = ['ReorderInput', 'Conv', 'ReorderOutput'];

describe('convolutions on blocks of channels', () => {
  let engine: OnnxRuntimeEngine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  afterAll(() => engine.dispose());

  it('knows the size of a block, which depends on the processor', async () => {
    expect([undefined, 8, 16]).toContain(await channelBlock());
  });

  it.each<[string, Layer, readonly string[]]>([
    ['whole blocks, in the image too', {}, [...PLAIN, ...PLAIN]],
    ['channels that do not fill a block', { channels: 8, filters: 32 }, ['Conv', 'ReorderOutput']],
    ['filters that do not fill a block', { channels: 8, filters: 30 }, ['Conv', 'ReorderOutput']],
    ['channels of half a block more', { channels: 40, filters: 64 }, [...PLAIN, ...PLAIN]],
    ['zeros around the image', { conv: { padding: [[1, 2], 1] } }, [...PLAIN, ...PLAIN]],
    ['distances in the window', { size: 7, conv: { dilations: [2, 1] } }, [...PLAIN, ...PLAIN]],
    ['strides, except in the image', { size: 7, conv: { strides: [2, 3] } }, PLAIN],
  ])('computes %s', async (_, layer, expected) => {
    const program = derivatives(layer);
    expect(blockOperators(program, 16)).toEqual(expected);
    expect(blockOperators(program, undefined)).toEqual([]);
    await expectReference(engine, program, randomInputs(program, 7));
  });

  it.each<[string, Layer]>([
    ['double precision', { dtype: 'float64', size: 4 }],
    ['groups', { filters: 32, conv: { groups: 2 } }],
    ['few filters', { filters: 8, channels: 8 }],
    ['channels in other than fours', { channels: 30, filters: 30 }],
    ['few terms', { channels: 4, filters: 16 }],
    ['windows beyond the image', { kernel: 2, conv: { padding: 2 } }],
  ])('leaves alone %s', async (_, layer) => {
    const program = derivatives(layer);
    expect(blockOperators(program, 16)).toEqual([]);
    await expectReference(engine, program, randomInputs(program, 7));
  });

  const four = ['Conv', 'Conv', 'Conv', 'Conv', 'ReorderOutput', 'ReorderOutput'];
  it.each<[string, Program, readonly string[]]>([
    ['windows of 2 x 2', pooled({}), four],
    ['an odd row and column after the last window', pooled({ size: 9 }), four],
    ['zeros around the image', pooled({ conv: { padding: [[1, 2], 2] } }), four],
    ['a convolution with strides', pooled({ size: 11, conv: { strides: [2, 1] } }), four],
    [
      'overlapping windows',
      pooled({ size: 9 }, { window: 3, strides: 2 }),
      [...Array(9).fill('Conv'), ...four.slice(4)],
    ],
    ['blocks of channels', pooled({ channels: 16, size: 7 }), ['ReorderInput', ...four, ...PLAIN]],
  ])('pools %s', async (_, program, expected) => {
    expect(blockOperators(program, 16)).toEqual(expected);
    expect(blockOperators(program, undefined)).toEqual([]);
    const inputs = randomInputs(program, 3);
    await expectReference(engine, program, inputs);
    const hosted = await runProgram(engine, program, inputs, { loops: 'hosted' });
    expect(digests(hosted)).toEqual(digests(await runProgram(engine, program, inputs)));
  });

  it('keeps a convolution that is used elsewhere', () => {
    const { program } = trace(
      (x: Tensor, w: Tensor) => {
        const y = ad.conv2d(x, w);
        return [ad.maxPool2d(y, { window: 2 }), y];
      },
      type('float32', 2, 3, 8, 8),
      type('float32', 16, 3, 3, 3),
    );
    expect(blockOperators(program, 16)).toEqual([]);
  });
});
