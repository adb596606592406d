// The engine on a real plugin: buffers and programs it keeps, hosted loops, errors.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as ad from '@gaussmark/autodiff';
import { add, type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { GaussmarkError } from '@gaussmark/core';
import { LAWS, runProgram } from '@gaussmark/engine-conformance';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ExecutableCache } from '../src/cache/executable-cache.js';
import plugin, { lower, type XlaEngine } from '../src/index.js';
import { Client, loadPlugin } from '../src/pjrt/index.js';
import { PLUGIN, quiet, WITHOUT } from './support.js';

const start = (more = {}) => plugin.create({ threads: 1, plugin: PLUGIN!, ...more }) as Promise<XlaEngine>;

describe.skipIf(PLUGIN === undefined)(`engine xla (${PLUGIN ?? WITHOUT})`, () => {
  quiet();
  let engine: XlaEngine;
  let cache: string;
  beforeAll(async () => {
    cache = mkdtempSync(path.join(os.tmpdir(), 'xla-engine-'));
    vi.stubEnv('GAUSSMARK_CACHE', cache);
    engine = await start();
  });
  afterAll(async () => {
    await engine.dispose();
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true, force: true });
  });

  const vector = (...values: number[]) => tensorValue('float64', [values.length], values);
  const twice = trace((x: Tensor) => add(x, x), vector(1, 2).type).program;

  it.each(LAWS)('$name, $dtype', (law) => law.check(engine));

  it('frees what it compiled and kept', async () => {
    const [first, second] = await Promise.all([engine.compile(twice), engine.compile(twice)]);
    expect(engine.compiledCount).toBe(1);
    await first.dispose();
    expect(engine.compiledCount).toBe(1);
    await second.dispose();
    expect([engine.compiledCount, engine.bufferCount]).toEqual([0, 0]);
    await expect(second.run([])).rejects.toThrow(/disposed/);
  });

  it('keeps large constants on the device, with their program', async () => {
    const large = tensorValue(
      'float64',
      [2000],
      Array.from({ length: 2000 }, (_, i) => i),
    );
    const { program } = trace((x: Tensor) => add(x, ad.constant(large)), large.type);
    const executable = await engine.compile(program);
    const kept = engine.bufferCount;
    const [output] = await runProgram(engine, program, [large]);
    expect(output!.data[1999]).toBe(3998);
    expect(engine.bufferCount).toBe(kept);
    await executable.dispose();
    expect(engine.bufferCount).toBe(0);
  });

  it('runs in place where input and output are one buffer, and keeps the input otherwise', async () => {
    const { program } = trace(
      (x: Tensor, y: Tensor) => [add(x, y), y, add(y, 1)],
      vector(1, 2).type,
      vector(1, 2).type,
    );
    const executable = await engine.compile(program, {
      inPlace: new Map([
        [0, 0],
        [1, 1],
      ]),
    });
    const [x, y, other] = [vector(1, 2), vector(10, 20), vector(0, 0)].map((value) => engine.upload(value));
    const last = engine.allocate(vector(0, 0).type);
    const values = async () => {
      const all: number[][] = [];
      for (const buffer of [x!, y!, other!, last]) all.push(Array.from(await buffer.read()));
      return all;
    };
    await executable.run([x!, y!], [x!, y!, last]);
    await executable.run([x!, y!], [x!, y!, last]);
    expect(await values()).toEqual([
      [21, 42],
      [10, 20],
      [0, 0],
      [11, 21],
    ]);
    // Only the second pair is in place.
    await executable.run([x!, y!], [other!, y!, last]);
    expect(await values()).toEqual([
      [21, 42],
      [10, 20],
      [31, 62],
      [11, 21],
    ]);
    // An output in place of another input than its own.
    await expect(executable.run([x!, y!], [y!, other!, last])).rejects.toThrow(/output 0 .* input 1/);
    await expect(executable.run([x!, x!], [x!, other!, last])).rejects.toThrow(/output 0 .* input 1/);
    expect(await values()).toEqual([
      [21, 42],
      [10, 20],
      [31, 62],
      [11, 21],
    ]);
    await executable.dispose();
    for (const buffer of [x!, y!, other!, last]) buffer.dispose();
    expect(engine.bufferCount).toBe(0);
  });

  it('drives loops as it fuses them, and times their iterations', async () => {
    const { program } = trace(
      (x: Tensor, n: Tensor) =>
        ad.whileLoop(
          ({ k }) => ad.less(k, n),
          ({ k, v }) => ({ k: add(k, 1), v: ad.tanh(add(v, x)) }),
          { k: ad.scalar(0, 'int32'), v: x },
          { name: 'walk' },
        ).v,
      vector(1, 2).type,
      { dtype: 'int32', shape: [] },
    );
    for (const n of [0, 3]) {
      const inputs = [vector(0.1, -0.2), tensorValue('int32', [], [n])];
      const iterations: [string, number][] = [];
      const onIteration = (loop: string, k: number) => void iterations.push([loop, k]);
      const [hosted] = await runProgram(engine, program, inputs, { loops: 'hosted', onIteration });
      const [fused] = await runProgram(engine, program, inputs);
      expect(hosted!.data).toEqual(fused!.data);
      expect(iterations).toEqual(Array.from({ length: n }, (_, k) => ['walk', k]));
      const [expected] = evaluate(program, inputs);
      for (const [i, value] of expected!.data.entries()) expect(fused!.data[i]).toBeCloseTo(value, 14);
    }
    expect(engine.bufferCount).toBe(0);
  });

  it('names wrong values and foreign buffers', async () => {
    expect(() => engine.upload({ ...vector(1, 2), data: new Float64Array(3) })).toThrow(RangeError);
    const buffer = engine.upload(vector(1, 2));
    expect(() => buffer.write(new Float32Array(2))).toThrow(/takes a Float64Array of 2/);
    const other = await start();
    const executable = await other.compile(twice);
    await expect(executable.run([buffer])).rejects.toThrow(/not a buffer of the xla engine/);
    await other.dispose();
    buffer.dispose();
    await expect(buffer.read()).rejects.toThrow(/after dispose/);
  });

  it('disposes buffers after the engine', async () => {
    const other = await start();
    const buffer = other.upload(vector(1, 2));
    await other.dispose();
    buffer.dispose();
    expect(other.bufferCount).toBe(0);
  });

  it('says that a plugin is for another platform', async () => {
    const error = await start({ platform: 'tpu' }).catch((caught) => caught as unknown);
    expect(error).toBeInstanceOf(GaussmarkError);
    expect(error).toMatchObject({ expected: 'tpu', got: 'cpu' });
  });

  it('loads machine code from the cache with the same bits, and never a damaged one', async () => {
    const client = Client.create(loadPlugin(PLUGIN!), { options: { cpu_device_count: 1 } });
    const compile = vi.spyOn(client, 'compile');
    const { program } = trace((x: Tensor) => ad.softmax(ad.matmul(ad.tanh(x), ad.exp(x))), SQUARE);
    const { text } = lower(program);
    const directory = path.join(cache, 'own');
    const load = () =>
      new ExecutableCache({ directory, identity: '', worthSeconds: 0 }).load(client, text, {});
    const results: string[] = [];
    const run = async () => {
      const executable = await load();
      const input = client.put(
        SQUARE,
        Float64Array.from({ length: 49 }, (_, i) => Math.sin(i)),
      );
      const outputs: number[] = [];
      await client.plugin.wait(executable.start([input], outputs));
      const result = new Float64Array(49);
      await client.get(outputs[0]!, SQUARE, result);
      results.push(result.join());
      for (const buffer of [input, ...outputs]) client.plugin.destroyBuffer(buffer);
      executable.destroy();
    };
    await run();
    await run();
    expect(compile).toHaveBeenCalledTimes(1);
    const file = path.join(directory, readdirSync(directory)[0]!);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    await run();
    expect(compile).toHaveBeenCalledTimes(2);
    expect(new Set(results).size).toBe(1);
    client.destroy();
  });
});

const SQUARE = { dtype: 'float64', shape: [7, 7] } as const;
