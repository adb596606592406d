// Fusion: which equations are combined, and that results match the reference evaluator.

import * as ad from '@gaussmark/autodiff';
import { type Program, type Tensor, trace } from '@gaussmark/autodiff';
import { runProgram } from '@gaussmark/engine-conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuse } from '../src/fuse.js';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { createEngine, digests, expectReference, randomInputs, type } from './support.js';

const matrix = type('float64', 4, 4);
const bias = type('float64', 4);

type Fn = (a: Tensor, b: Tensor, c: Tensor, v: Tensor) => Tensor | Tensor[];
const traced = (fn: Fn) => trace(fn, matrix, matrix, matrix, bias).program;

/** Primitives with their numbers of operands: `matmul/3`. */
const shapeOf = ({ equations }: Program) =>
  equations.map(({ primitive, inputs }) => `${primitive}/${inputs.length}`);

const CASES: readonly [string, Fn, readonly string[]][] = [
  ['a product and a bias', (a, b, _, v) => ad.add(ad.matmul(a, b), v), ['matmul/3']],
  ['a bias and a product', (a, b, _, v) => ad.add(v, ad.matmul(a, b, { transposeB: true })), ['matmul/3']],
  ['two products', (a, b, c) => ad.add(ad.matmul(a, b), ad.matmul(b, c)), ['matmul/2', 'matmul/3']],
  [
    'a dense tangent: two products and a bias',
    (a, b, c, v) => ad.add(ad.add(ad.matmul(a, b), ad.matmul(b, c)), v),
    ['matmul/3', 'matmul/3'],
  ],
  [
    'other terms, which are summed first',
    (a, b, c, v) => ad.add(ad.add(ad.matmul(a, b), c), ad.add(v, ad.tanh(a))),
    ['tanh/1', 'add/2', 'add/2', 'matmul/3'],
  ],
  [
    'biases, which are summed as they are',
    (a, b, _, v) => ad.add(ad.add(ad.matmul(a, b), v), ad.tanh(v)),
    ['tanh/1', 'add/2', 'matmul/3'],
  ],
  ['a step along a product', (a, b, c) => ad.sub(c, ad.mul(0.5, ad.matmul(a, b))), ['matmul/3']],
  [
    'a factor beyond single precision',
    (a, b, c) => ad.sub(c, ad.mul(0.1, ad.matmul(a, b))),
    ['matmul/2', 'mul/2', 'sub/2'],
  ],
  ['a sum of squares', (a) => ad.sum(ad.square(a), { axes: [1] }), ['reduceSum/2']],
  [
    'a product that is used again stays apart',
    (a, b, _, v) => {
      const product = ad.matmul(a, b);
      return [ad.add(product, v), product];
    },
    ['matmul/2', 'add/2'],
  ],
  [
    'a square that is used again stays apart',
    (a) => {
      const square = ad.square(a);
      return [ad.sum(square), square];
    },
    ['mul/2', 'reduceSum/1'],
  ],
  [
    'a matrix product with itself is not an elementwise square',
    (a) => ad.sum(ad.matmul(a, a)),
    ['matmul/2', 'reduceSum/1'],
  ],
  [
    'a product that the sum stretches',
    (a, b, c) => ad.add(ad.matmul(ad.slice(a, [0, 0], [1, 4]), b), c),
    ['slice/1', 'matmul/2', 'add/2'],
  ],
];

describe('fusion', () => {
  let engine: OnnxRuntimeEngine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  afterAll(() => engine.dispose());

  it.each(CASES)('%s', async (_, fn, expected) => {
    const program = traced(fn);
    expect(shapeOf(fuse(program))).toEqual(expected);
    expect(shapeOf(fuse(fuse(program)))).toEqual(expected);
    await expectReference(engine, program, randomInputs(program, 3));
  });

  it('does not fuse a product with the transpose of a tall matrix, which is computed transposed', async () => {
    const tall = type('float32', 8, 256);
    const { program } = trace(
      (a: Tensor, b: Tensor, c: Tensor) => ad.sub(c, ad.mul(0.1, ad.matmul(a, b, { transposeA: true }))),
      tall,
      type('float32', 8, 4),
      type('float32', 256, 4),
    );
    expect(shapeOf(fuse(program))).toEqual(['matmul/2', 'mul/2', 'sub/2']);
    await expectReference(engine, program, randomInputs(program));
  });

  it('fuses a gradient step in single precision', async () => {
    const { program } = trace(
      (a: Tensor, b: Tensor, c: Tensor) => ad.sub(c, ad.mul(0.1, ad.matmul(a, b, { transposeA: true }))),
      type('float32', 30, 80),
      type('float32', 30, 70),
      type('float32', 80, 70),
    );
    expect(shapeOf(fuse(program))).toEqual(['matmul/3']);
    await expectReference(engine, program, randomInputs(program));
  });

  it('leaves batches alone, which have no such operator', async () => {
    const batch = type('float64', 2, 3, 3);
    const { program } = trace((a: Tensor, b: Tensor) => ad.add(ad.matmul(a, b), b), batch, batch);
    expect(shapeOf(fuse(program))).toEqual(['matmul/2', 'add/2']);
    await expectReference(engine, program, randomInputs(program));
  });

  it('reaches into loops and branches, with the same result in hosted loops', async () => {
    const program = traced((a, b, c, v) => {
      const step = (x: Tensor) => ad.add(ad.mul(0.1, x), ad.add(ad.matmul(x, a), v));
      const { x } = ad.whileLoop(
        ({ k }) => ad.less(k, 4),
        ({ k, x }) => ({ k: ad.add(k, 1), x: step(x) }),
        { k: ad.scalar(0, 'int32'), x: ad.add(ad.matmul(b, c), v) },
        { name: 'loop' },
      );
      return ad.cond(
        ad.less(ad.sum(ad.square(x)), 1e6),
        () => ad.add(ad.matmul(x, c), v),
        () => x,
      );
    });
    const [loop] = ad.loopsOf(fuse(program));
    expect(shapeOf(loop!.params.body)).toContain('matmul/3');
    const inputs = randomInputs(program, 5);
    await expectReference(engine, program, inputs);
    const hosted = await runProgram(engine, program, inputs, { loops: 'hosted' });
    expect(digests(hosted)).toEqual(digests(await runProgram(engine, program, inputs)));
  });

  it.each([
    ['wide', 70, 9],
    ['tall', 9, 70],
    ['square', 64, 64],
    ['small', 9, 8],
  ])('multiplies by a %s transpose', async (_, rows, columns) => {
    for (const dtype of ['float32', 'float64'] as const) {
      const { program } = trace(
        (a: Tensor, b: Tensor) => ad.matmul(a, b, { transposeA: true }),
        type(dtype, 30, rows),
        type(dtype, 30, columns),
      );
      await expectReference(engine, program, randomInputs(program));
    }
  });
});
