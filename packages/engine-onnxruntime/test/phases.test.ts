// Pooled convolutions by phases: where they are rewritten, and that results match the reference evaluator.

import * as ad from '@gaussmark/autodiff';
import { checkProgram, type Program, type Tensor, trace } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { runProgram } from '@gaussmark/engine-conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { poolByPhases } from '../src/phases.js';
import { createEngine, digests, expectReference, randomInputs, randomValue, type } from './support.js';

interface Layer {
  readonly filters?: number;
  readonly size?: number;
  readonly channels?: number;
  readonly kernel?: number;
  readonly dtype?: 'float32' | 'float64';
  readonly pool?: { readonly window: number; readonly strides?: number };
  readonly conv?: ad.Conv2dOptions;
}

const typesOf = ({ filters = 2, size = 9, channels = 2, kernel = 2, dtype = 'float32' }: Layer) =>
  [type(dtype, 3, channels, size, size), type(dtype, filters, channels, kernel, kernel)] as const;

const network = ({ pool = { window: 2 }, conv }: Layer) => {
  return (x: Tensor, w: Tensor) => ad.maxPool2d(ad.conv2d(x, w, conv), pool);
};

/** Products J'J v of a layer, in a loop that captures the positions, as in a step of SGN; and a separate loss. */
function products(layer: Layer): Program {
  const [image, filter] = typesOf(layer);
  return trace(
    (x: Tensor, w: Tensor, v: Tensor) => {
      const { value, jvp, vjp } = ad.linearize((at: Tensor) => network(layer)(x, at), w);
      const loop = ad.whileLoop(
        ({ k }) => ad.less(k, 3),
        ({ k, v }) => ({ k: ad.add(k, 1), v: ad.add(v, ad.mul(0.01, vjp(jvp(v)))) }),
        { k: ad.scalar(0, 'int32'), v },
        { name: 'products' },
      );
      // A separate loss, whose positions are not used.
      const loss = ad.sum(ad.square(network(layer)(x, loop.v)));
      return [loop.v, ad.sum(ad.square(value)), vjp(value), loss];
    },
    image,
    filter,
    filter,
  ).program;
}

/** The strides of all convolutions and adjoints, including those in loops and branches. */
function stridesOf(program: Program): string[] {
  const equations = [...ad.programsIn(program)].flatMap((inner) => inner.equations);
  return equations.flatMap(({ primitive, params }) =>
    primitive.startsWith('conv2d') ? [`${primitive} ${(params as ad.Conv2dParams).strides}`] : [],
  );
}

describe('pooled convolutions by phases', () => {
  let engine: OnnxRuntimeEngine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  afterAll(() => engine.dispose());

  it.each<[string, Layer]>([
    ['2 filters of 2 x 2', {}],
    ['an odd row and column after the last window', { size: 10, kernel: 4 }],
    ['a single channel, 5 x 5', { channels: 1, kernel: 5, size: 12, filters: 6 }],
    ['zeros around the image', { kernel: 3, conv: { padding: [[1, 2], 1] } }],
  ])('rewrites %s, including the linear maps in the loop', async (_, layer) => {
    const program = products(layer);
    const rewritten = poolByPhases(program);
    checkProgram(rewritten);
    expect(stridesOf(program).sort()).toEqual([
      'conv2d 1,1',
      'conv2d 1,1',
      'conv2d 1,1',
      'conv2dFilterAdjoint 1,1',
      'conv2dFilterAdjoint 1,1',
    ]);
    expect(new Set(stridesOf(rewritten))).toEqual(new Set(['conv2d 2,2', 'conv2dFilterAdjoint 2,2']));
    const inputs = randomInputs(program, 3);
    const expected = evaluate(program, inputs);
    for (const [i, { data }] of evaluate(rewritten, inputs).entries()) {
      const scale = Math.max(...Array.from(expected[i]!.data, Math.abs));
      for (const [k, value] of data.entries())
        expect(Math.abs(value - expected[i]!.data[k]!)).toBeLessThan(1e-5 * scale);
    }
    await expectReference(engine, program, inputs);
    const hosted = await runProgram(engine, program, inputs, { loops: 'hosted' });
    expect(digests(hosted)).toEqual(digests(await runProgram(engine, program, inputs)));
  });

  it('finds the first of equal elements', async () => {
    const layer: Layer = { channels: 1, kernel: 1, size: 6, filters: 1 };
    const [image, filter] = typesOf(layer);
    // Integers from -4 to 4, so a window of 4 often has its maximum twice; the gradient shows which was chosen.
    const gradient = (x: Tensor, w: Tensor) =>
      ad.grad((at: Tensor) =>
        ad.sum(ad.mul(network(layer)(x, at), ad.reshape(ad.cast(ad.iota(27), 'float32'), [3, 1, 3, 3]))),
      )(w);
    const sources = trace(
      (x: Tensor, y: Tensor, w: Tensor) =>
        gradient(ad.add(ad.cast(x, 'float32'), ad.mul(1e-3, ad.cast(y, 'float32'))), w),
      type('int32', ...image.shape),
      type('int32', ...image.shape),
      filter,
    ).program;
    const inputs = [
      randomValue(type('int32', ...image.shape), 1),
      randomValue(type('int32', ...image.shape), 2),
    ];
    const one = { type: filter, data: Float32Array.of(1) };
    await expectReference(engine, sources, [...inputs, one]);
  });

  it.each<[string, Layer]>([
    ['of many filters', { filters: 9 }],
    ['in double precision', { dtype: 'float64' }],
    ['with a stride', { conv: { strides: 2 } }],
    ['with holes', { conv: { dilations: 2 } }],
    ['in groups', { filters: 2, channels: 4, conv: { groups: 2 } }],
    ['that is pooled in windows of 3', { pool: { window: 3, strides: 2 } }],
  ])('does not rewrite a convolution %s', (_, layer) => {
    const { filters, channels = 2, conv } = layer;
    const [image, filter] = typesOf(layer);
    const kernel = type(filter.dtype, filters ?? 2, channels / (conv?.groups ?? 1), 2, 2);
    const { program } = trace(network(layer), image, kernel);
    expect(poolByPhases(program)).toBe(program);
  });

  it('keeps a convolution whose image needs a derivative or whose result is used elsewhere', () => {
    const [image, filter] = typesOf({});
    const both = trace(
      (x: Tensor, w: Tensor) =>
        ad.grad(([a, b]: [Tensor, Tensor]) => ad.sum(ad.square(network({})(a, b))))([x, w]),
      image,
      filter,
    ).program;
    const again = trace(
      (x: Tensor, w: Tensor) => {
        const y = ad.conv2d(x, w);
        return [ad.maxPool2d(y, { window: 2 }), y];
      },
      image,
      filter,
    ).program;
    for (const program of [both, again]) expect(poolByPhases(program)).toBe(program);
  });
});
