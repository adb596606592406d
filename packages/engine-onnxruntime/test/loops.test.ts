// Fused and hosted loops: equal to the bit, and equal to the reference evaluator.

import * as ad from '@gaussmark/autodiff';
import { constant, type Tensor, type TensorValue, tensorValue, trace } from '@gaussmark/autodiff';
import { runProgram } from '@gaussmark/engine-conformance';
import { splitProgram } from '@gaussmark/engine-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { createEngine, digests, expectReference, randomInputs, randomValue, type } from './support.js';

/** Conjugate gradients on (A'A + I) x = b, until the residual is small or after 12 iterations. */
function conjugateGradients(A: Tensor, b: Tensor, tolerance: number) {
  const product = (v: Tensor) => ad.add(ad.matmul(A, ad.matmul(A, v), { transposeA: true }), v);
  const dot = (u: Tensor, v: Tensor) => ad.sum(ad.mul(u, v));
  return ad.whileLoop(
    ({ k, rr }) => ad.and(ad.less(k, 12), ad.less(tolerance, rr)),
    ({ k, x, r, p, rr }) => {
      const q = product(p);
      const alpha = ad.div(rr, dot(p, q));
      const next = ad.sub(r, ad.mul(alpha, q));
      const rrNext = dot(next, next);
      return {
        k: ad.add(k, 1),
        x: ad.add(x, ad.mul(alpha, p)),
        r: next,
        p: ad.add(next, ad.mul(ad.div(rrNext, rr), p)),
        rr: rrNext,
      };
    },
    { k: ad.scalar(0, 'int32'), x: ad.zerosLike(b), r: b, p: b, rr: dot(b, b) },
    { name: 'cg' },
  );
}

const counted = (n: Tensor, step: (v: Tensor) => Tensor, init: Tensor, name: string) =>
  ad.whileLoop(
    ({ k }) => ad.less(k, n),
    ({ k, v }) => ({ k: ad.add(k, 1), v: step(v) }),
    { k: ad.scalar(0, 'int32'), v: init },
    { name },
  ).v;

/** Operations that a native optimizer would fuse across the cut if there were no loop between them. */
const ACROSS_THE_CUT: Readonly<
  Record<string, (x: Tensor, w: Tensor, b: Tensor, loop: () => Tensor) => Tensor[]>
> = {
  'product, then sum': (x, w, b, loop) => after(ad.matmul(x, w), loop, (y) => ad.add(y, b)),
  'product with a transpose, then sum': (x, w, b, loop) =>
    after(ad.matmul(w, x, { transposeA: true, transposeB: true }), loop, (y) =>
      ad.add(y, ad.reshape(b, [1, 32])),
    ),
  'scale, then product': (x, w, _, loop) => after(ad.mul(x, 0.3), loop, (y) => ad.matmul(y, w)),
  'product, then scale': (x, w, _, loop) => after(ad.matmul(x, w), loop, (y) => ad.mul(y, 0.3)),
  'reciprocal, then product': (x, _, b, loop) =>
    after(ad.div(1, b), loop, (y) => ad.mul(y, ad.slice(x, [0, 0], [32, 32]))),
  'product, then tanh': (x, w, _, loop) => after(ad.matmul(x, w), loop, ad.tanh),
  'product and sum, then tanh': (x, w, b, loop) => after(ad.add(ad.matmul(x, w), b), loop, ad.tanh),
  'product and sum, then sigmoid': (x, w, b, loop) => after(ad.add(ad.matmul(x, w), b), loop, ad.sigmoid),
  'product and sum, then relu': (x, w, b, loop) => after(ad.add(ad.matmul(x, w), b), loop, ad.relu),
  'sum, then softmax': (x, _, b, loop) =>
    after(ad.add(ad.slice(x, [0, 0], [32, 32]), b), loop, (y) => ad.softmax(y)),
  'transpose, then batched product': (x, w, _, loop) =>
    after(ad.transpose(ad.reshape(x, [2, 900, 16]), [0, 2, 1]), loop, (y) =>
      ad.matmul(y, ad.reshape(w, [2, 900, 16])),
    ),
  'convolution, then sum': (x, w, b, loop) =>
    after(ad.conv2d(images(x), filters(w)), loop, (y) => ad.add(y, perFilter(b))),
  'convolution with constants, then sum': (x, _, b, loop) =>
    after(ad.conv2d(images(x), constantFilters(x)), loop, (y) => ad.add(y, perFilter(b))),
  'two convolutions with constants, then sum': (x, _w, _b, loop) => {
    const first = ad.conv2d(images(x), constantFilters(x));
    return after(first, loop, (y) => ad.add(y, ad.conv2d(images(ad.neg(x)), constantFilters(x))));
  },
  'convolution with constants, then scale': (x, _w, _b, loop) =>
    after(ad.conv2d(images(x), constantFilters(x)), loop, (y) => ad.mul(y, 0.3)),
  'convolution with constants, then pooling': (x, _w, _b, loop) =>
    after(ad.conv2d(images(x), constantFilters(x)), loop, (y) => ad.maxPool2d(ad.relu(y), { window: 2 })),
  'pad, then convolution': (x, w, _, loop) =>
    after(ad.pad(images(x), [0, 0, 1, 1], [0, 0, 1, 1]), loop, (y) => ad.conv2d(y, filters(w))),
  'product, then convolution': (x, w, _, loop) =>
    after(ad.matmul(x, w), loop, (y) =>
      ad.conv2d(ad.reshape(y, [1, 1, 32, 32]), ad.reshape(ad.slice(w, [0, 0], [9, 16]), [16, 1, 3, 3])),
    ),
};

const images = (x: Tensor) => ad.reshape(x, [2, 16, 30, 30]);
const filters = (w: Tensor) => ad.reshape(ad.slice(w, [0, 0], [400, 32]), [32, 16, 5, 5]);
const constantFilters = ({ dtype }: Tensor) => constant(randomValue(type(dtype, 32, 16, 3, 3), 4));
const perFilter = (b: Tensor) => ad.reshape(b, [32, 1, 1]);

function after(first: Tensor, loop: () => Tensor, then: (first: Tensor) => Tensor): Tensor[] {
  const between = loop();
  return [then(first), between];
}

describe('loops', () => {
  let engine: OnnxRuntimeEngine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  afterAll(() => engine.dispose());

  async function expectEqualModes(program: ad.Program, inputs: readonly TensorValue[]): Promise<void> {
    const fused = await runProgram(engine, program, inputs);
    const hosted = await runProgram(engine, program, inputs, { loops: 'hosted' });
    expect(digests(hosted)).toEqual(digests(fused));
  }

  it.each(['float32', 'float64'] as const)('solves by conjugate gradients, in %s', async (dtype) => {
    const { program } = trace(
      (A: Tensor, b: Tensor) => conjugateGradients(A, b, 1e-9),
      type(dtype, 9, 6),
      type(dtype, 6, 1),
    );
    const inputs = randomInputs(program);
    if (dtype === 'float64') await expectReference(engine, program, inputs);
    await expectEqualModes(program, inputs);
    const [k] = await runProgram(engine, program, inputs);
    // Exact after 6 steps in exact arithmetic: the tolerance ends the loop, not the limit of 12.
    expect(k!.data[0]).toBeGreaterThanOrEqual(6);
    expect(k!.data[0]).toBeLessThan(10);
  });

  it('reports the name, index and time of each hosted iteration', async () => {
    const { program } = trace(
      (x: Tensor, n: Tensor) => {
        const first = counted(n, (v) => ad.tanh(v), x, 'first');
        return counted(ad.scalar(2, 'int32'), (v) => ad.mul(v, first), x, 'second');
      },
      type('float32', 4),
      type('int32'),
    );
    const [x] = randomInputs(program);
    const seen: [string, number][] = [];
    const onIteration = (loop: string, iteration: number, seconds: number) => {
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(1);
      seen.push([loop, iteration]);
    };
    await runProgram(engine, program, [x!, tensorValue('int32', [], [3])], { loops: 'hosted', onIteration });
    expect(seen).toEqual([
      ['first', 0],
      ['first', 1],
      ['first', 2],
      ['second', 0],
      ['second', 1],
    ]);
  });

  it.each([0, 1, 2, 5])('runs a hosted loop %i times', async (count) => {
    const { program } = trace(
      (x: Tensor, n: Tensor) => {
        const scale = ad.sum(ad.mul(x, x));
        const looped = counted(n, (v) => ad.sub(ad.mul(scale, v), x), x, 'loop');
        // A later use of the input, of an earlier value, and of the loop's result, twice.
        return [looped, ad.add(looped, scale), x, looped];
      },
      type('float64', 3),
      type('int32'),
    );
    const inputs = [randomInputs(program)[0]!, tensorValue('int32', [], [count])];
    await expectReference(engine, program, inputs, { loops: 'hosted' });
    await expectEqualModes(program, inputs);
  });

  it('keeps loops nested in loops and branches', async () => {
    const { program } = trace(
      (x: Tensor, n: Tensor) =>
        counted(
          n,
          (v) =>
            ad.cond(
              ad.less(ad.sum(v), 1),
              () => counted(n, (u) => ad.add(u, ad.mul(x, 0.5)), v, 'inner'),
              () => ad.neg(v),
            ),
          x,
          'outer',
        ),
      type('float64', 3),
      type('int32'),
    );
    const inputs = [tensorValue('float64', [3], [0.2, 0.1, 0.3]), tensorValue('int32', [], [3])];
    await expectReference(engine, program, inputs);
    await expectReference(engine, program, inputs, { loops: 'hosted' });
    expect(splitProgram(program).loops.map((loop) => loop.name)).toEqual(['outer']);
  });

  it.each(Object.keys(ACROSS_THE_CUT))('gives equal bits around a loop: %s', async (name) => {
    const body = ACROSS_THE_CUT[name]!;
    for (const dtype of ['float32', 'float64'] as const) {
      const { program } = trace(
        (x: Tensor, w: Tensor, b: Tensor, n: Tensor) =>
          body(x, w, b, () => counted(n, (v) => ad.mul(v, ad.sum(x)), b, 'between')),
        type(dtype, 32, 900),
        type(dtype, 900, 32),
        type(dtype, 32),
        type('int32'),
      );
      const inputs = [...randomInputs(program).slice(0, 3), tensorValue('int32', [], [2])];
      await expectEqualModes(program, inputs);
    }
  });

  it.each(['float32', 'float64'] as const)(
    'gives equal bits for Gauss-Newton products of a convolutional network, in %s',
    async (dtype) => {
      const [batch, classes] = [5, 3];
      // The second convolution has more filters than positions.
      const types = {
        first: type(dtype, 4, 2, 3, 3),
        bias: type(dtype, 4, 1, 1),
        second: type(dtype, 8, 4, 3, 3),
        dense: type(dtype, 32, classes),
      };
      const network = (x: Tensor) => (params: { readonly [P in keyof typeof types]: Tensor }) => {
        const h = ad.maxPool2d(ad.relu(ad.add(ad.conv2d(x, params.first), params.bias)), { window: 2 });
        const y = ad.relu(ad.conv2d(h, params.second));
        return ad.matmul(ad.reshape(y, [batch, 32]), params.dense);
      };
      const { program } = trace(
        (params: { readonly [P in keyof typeof types]: Tensor }, x: Tensor, n: Tensor) => {
          const { value, jvp, vjp } = ad.linearize(network(x), params);
          return ad.whileLoop(
            ({ k }) => ad.less(k, n),
            ({ k, v }) => ({ k: ad.add(k, 1), v: vjp(ad.add(jvp(v), ad.mul(value, 0.1))) }),
            { k: ad.scalar(0, 'int32'), v: params },
            { name: 'products' },
          ).v;
        },
        types,
        type(dtype, batch, 2, 10, 10),
        type('int32'),
      );
      const inputs = [...randomInputs(program).slice(0, -1), tensorValue('int32', [], [2])];
      if (dtype === 'float64') await expectReference(engine, program, inputs);
      await expectEqualModes(program, inputs);
    },
  );

  it('splits into well-formed programs', () => {
    const { program } = trace(
      (A: Tensor, b: Tensor) => {
        const { x, rr } = conjugateGradients(A, b, 1e-3);
        return [conjugateGradients(A, ad.sub(b, x), 1e-3).x, rr];
      },
      type('float64', 5, 4),
      type('float64', 4, 1),
    );
    const { blocks, loops } = splitProgram(program);
    expect(blocks).toHaveLength(3);
    for (const { program: part } of blocks) ad.checkProgram(part);
    for (const { step } of loops) ad.checkProgram(step);
    // The matrix is the only capture; it is an input of both loops and of no block.
    expect(loops.map((loop) => loop.captures)).toEqual([[program.inputs[0]], [program.inputs[0]]]);
    expect(blocks.flatMap((block) => block.inputs)).not.toContain(program.inputs[0]);
  });

  it('serializes runs of one hosted executable', async () => {
    const { program } = trace(
      (x: Tensor, n: Tensor) => counted(n, (v) => ad.add(v, x), x, 'sum'),
      type('float32', 2),
      type('int32'),
    );
    const executable = await engine.compile(program, { loops: 'hosted' });
    const start = (value: number, count: number) =>
      executable.run([
        engine.upload(tensorValue('float32', [2], [value, -value])),
        engine.upload(tensorValue('int32', [], [count])),
      ]);
    const results = await Promise.all([start(1, 9), start(10, 4), start(100, 6)]);
    const read = await Promise.all(results.map((outputs) => outputs[0]!.read()));
    expect(read.map((data) => [...data])).toEqual([
      [10, -10],
      [50, -50],
      [700, -700],
    ]);
    await executable.dispose();
  });
});
