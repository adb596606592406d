// Running: preallocated outputs, outputs that are inputs or constants, and misuse.

import * as ad from '@gaussmark/autodiff';
import { type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { runProgram } from '@gaussmark/engine-conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { createEngine, type } from './support.js';

describe('running', () => {
  let engine: OnnxRuntimeEngine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  afterAll(() => engine.dispose());

  const doubled = () => trace((x: Tensor) => ad.add(x, x), type('float32', 3)).program;

  it('writes into the given buffers and returns them', async () => {
    const executable = await engine.compile(doubled());
    const [a, b] = [
      engine.upload(tensorValue('float32', [3], [1, 2, 3])),
      engine.allocate(type('float32', 3)),
    ];
    const view = await b.read();
    // Ping-pong: each run reads the results of the previous one.
    for (let i = 0; i < 2; i++) {
      const outputs = [b];
      expect(await executable.run([a], outputs)).toBe(outputs);
      expect(await executable.run([b], [a])).toEqual([a]);
    }
    expect([...view]).toEqual([8, 16, 24]);
    expect([...(await a.read())]).toEqual([16, 32, 48]);
    await executable.dispose();
  });

  it('does not copy large outputs', async () => {
    const size = 4_000_000;
    const executable = await engine.compile(trace((x: Tensor) => ad.neg(x), type('float32', size)).program);
    const inputs = [engine.upload({ type: type('float32', size), data: new Float32Array(size).fill(1) })];
    const outputs = [engine.allocate(type('float32', size))];
    const runs = 8;
    const pages = (4 * size) / 4096;
    await executable.run(inputs, outputs);
    // A copy into fresh memory would cause a page fault per page.
    const before = process.resourceUsage().minorPageFault;
    for (let i = 0; i < runs; i++) await executable.run(inputs, outputs);
    const faults = process.resourceUsage().minorPageFault - before;
    expect(faults).toBeLessThan(0.2 * runs * pages);
    expect((await outputs[0]!.read())[size - 1]).toBe(-1);
    await executable.dispose();
  });

  it('reads what was written to an input since the last run', async () => {
    const executable = await engine.compile(doubled());
    const [x, y] = [engine.allocate(type('float32', 3)), engine.allocate(type('float32', 3))];
    await executable.run([x], [y]);
    expect([...(await y.read())]).toEqual([0, 0, 0]);
    x.write(Float32Array.of(1, 2, 3));
    await executable.run([x], [y]);
    expect([...(await y.read())]).toEqual([2, 4, 6]);
    await executable.dispose();
  });

  it('returns new buffers if none are given', async () => {
    const executable = await engine.compile(doubled());
    const x = engine.upload(tensorValue('float32', [3], [1, 2, 3]));
    const [first, second] = [await executable.run([x]), await executable.run([x])];
    expect(first[0]).not.toBe(second[0]);
    expect([...(await first[0]!.read())]).toEqual([2, 4, 6]);
    await executable.dispose();
  });

  it('copies an upload', async () => {
    const data = Float32Array.of(1, 2, 3);
    const buffer = engine.upload({ type: type('float32', 3), data });
    data.fill(0);
    expect([...(await buffer.read())]).toEqual([1, 2, 3]);
  });

  it('uses adopted arrays without copying', async () => {
    const data = Float32Array.of(1, 2, 3);
    const buffer = engine.adopt({ type: type('float32', 3), data });
    expect(await buffer.read()).toBe(data);
    const executable = await engine.compile(doubled());
    data[0] = 10;
    expect([...(await (await executable.run([buffer]))[0]!.read())]).toEqual([20, 4, 6]);
    await executable.dispose();
    expect(() => engine.adopt({ type: type('float32', 2), data })).toThrow('2 values, got 3');
    expect(() => engine.adopt({ type: type('float64', 3), data })).toThrow(TypeError);
  });

  it.each(['fused', 'hosted'] as const)('returns inputs, constants and duplicates, %s', async (loops) => {
    const { program } = trace(
      (x: Tensor, unused: Tensor) => {
        const y = ad.neg(x);
        return [
          x,
          y,
          y,
          x,
          ad.constant(tensorValue('int32', [2], [7, 8])),
          ad.zeros([2], 'float32'),
          unused,
          ad.stopGradient(y),
        ];
      },
      type('float32', 2),
      type('bool'),
    );
    const inputs = [tensorValue('float32', [2], [1, 2]), tensorValue('bool', [], [1])];
    const outputs = await runProgram(engine, program, inputs, { loops });
    expect(outputs.map(({ data }) => [...data])).toEqual([
      [1, 2],
      [-1, -2],
      [-1, -2],
      [1, 2],
      [7, 8],
      [0, 0],
      [1],
      [-1, -2],
    ]);
  });

  it('runs programs without inputs, outputs or elements', async () => {
    const { program: constant } = trace(() => [ad.full([2, 2], 3, 'float64')]);
    expect([...(await runProgram(engine, constant, []))[0]!.data]).toEqual([3, 3, 3, 3]);
    const { program: nothing } = trace((_: Tensor) => [], type('float32', 2));
    expect(await runProgram(engine, nothing, [tensorValue('float32', [2], [1, 2])])).toEqual([]);
    const { program: empty } = trace((x: Tensor) => [x, ad.exp(x), ad.sum(x)], type('float32', 0, 3));
    const [same, exp, sum] = await runProgram(engine, empty, [tensorValue('float32', [0, 3], [])]);
    expect([same!.data.length, exp!.data.length, [...sum!.data]]).toEqual([0, 0, [0]]);
  });

  it.each(['fused', 'hosted'] as const)('rejects unsuitable buffers, %s', async (loops) => {
    const { program } = trace(
      (x: Tensor, y: Tensor) => [ad.add(x, y), ad.sub(x, y)],
      type('float32', 2),
      type('float32', 2),
    );
    const executable = await engine.compile(program, { loops });
    const make = () => engine.allocate(type('float32', 2));
    const [x, y, a, b] = [make(), make(), make(), make()] as const;
    const attempt = (...args: Parameters<typeof executable.run>) => executable.run(...args);

    await expect(attempt([x])).rejects.toThrow('the program has 2 inputs, got 1 buffers');
    await expect(attempt([x, engine.allocate(type('float64', 2))])).rejects.toThrow(
      'input 1: expected a float32[2] buffer, got float64[2]',
    );
    await expect(attempt([x, y], [a])).rejects.toThrow('the program has 2 outputs, got 1 buffers');
    await expect(attempt([x, y], [a, engine.allocate(type('float32', 3))])).rejects.toThrow(
      'output 1: expected a float32[2] buffer, got float32[3]',
    );
    await expect(attempt([x, y], [a, y])).rejects.toThrow('output 1 is the same buffer as input 1');
    await expect(attempt([x, y], [a, a])).rejects.toThrow('output 1 is the same buffer as output 0');
    await expect(attempt([x, { ...y } as never])).rejects.toThrow(
      'input 1 is not a buffer of the onnxruntime engine',
    );

    // A repeated input is fine.
    x.write(Float32Array.of(1, 2));
    await attempt([x, x], [a, b]);
    expect([...(await a.read()), ...(await b.read())]).toEqual([2, 4, 0, 0]);

    await attempt([x, y], [a, b]);
    b.dispose();
    await expect(attempt([x, y], [a, b])).rejects.toThrow('output 1: the float32[2] buffer is disposed');
    await expect(b.read()).rejects.toThrow('a float32[2] buffer was used after dispose()');
    expect(() => a.write(new Float64Array(2))).toThrow(
      'a float32[2] buffer takes a Float32Array of 2 values, got a Float64Array of 2',
    );
    await executable.dispose();
  });
});
