// WebGPU: buffers on the device, traffic to and from it, where operators run, and what is rejected.

import * as ad from '@gaussmark/autodiff';
import { type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { type CaseResult, checkEngine } from '@gaussmark/engine-conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { createEngine, type } from './support.js';
import { webgpuObstacle } from './webgpu-support.js';

const obstacle = await webgpuObstacle();
if (obstacle !== null) console.warn(`skipped: ${obstacle}`);

/** Bytes of the scalar that ends each run. */
const FENCE = 4;

describe.skipIf(obstacle !== null)('webgpu', () => {
  let engine: OnnxRuntimeEngine;
  beforeAll(async () => {
    engine = await createEngine({ provider: 'webgpu' });
  });
  afterAll(() => engine.dispose());

  /** Bytes moved between host and device while `act` runs. */
  async function crossing(act: () => Promise<unknown>) {
    const before = engine.traffic!;
    await act();
    const after = engine.traffic!;
    return { toDevice: after.toDevice - before.toDevice, toHost: after.toHost - before.toHost };
  }

  /** A step: maps state and rows of a resident table to the next state and a vector of two metrics. */
  const stepProgram = () =>
    trace(
      (state: Tensor, table: Tensor, rows: Tensor) => {
        const batch = ad.take(table, rows);
        const next = ad.sub(state, ad.mul(ad.scalar(0.5, 'float32'), ad.sum(batch, { axes: [0] })));
        const metrics = [ad.sum(batch), ad.max(next)].map((metric) => ad.reshape(metric, [1]));
        return [next, ad.concat(metrics)];
      },
      type('float32', 100),
      type('float32', 50, 100),
      type('int32', 8),
    ).program;

  it('describes its device', () => {
    expect(engine.info).toMatchObject({ engine: 'onnxruntime', provider: 'webgpu' });
    expect(engine.info.device).toMatch(/\w/);
  });

  it('moves only rows in and metrics out once values are on the device', async () => {
    const executable = await engine.compile(stepProgram());
    const before = engine.traffic!.toDevice;
    const sets = [0, 1].map((value) =>
      engine.upload({ type: type('float32', 100), data: new Float32Array(100).fill(value) }),
    );
    const table = engine.adopt({ type: type('float32', 50, 100), data: new Float32Array(5000).fill(0.01) });
    const [rows, metrics] = [engine.allocate(type('int32', 8)), engine.allocate(type('float32', 2))];
    const step = async (k: number) => {
      rows.write(Int32Array.from({ length: 8 }, (_, i) => i + k));
      await executable.run([sets[k % 2]!, table, rows], [sets[(k + 1) % 2]!, metrics]);
      return [...(await metrics.read())];
    };
    // Uploads move once. The second step is the first to know what the host reads.
    await step(0);
    await step(1);
    expect(engine.traffic!.toDevice - before).toBe(4 * (2 * 100 + 5000 + 2 * 8));
    const held = engine.deviceTensors!;
    for (let k = 2; k < 6; k++) {
      expect(await crossing(() => step(k))).toEqual({ toDevice: 4 * 8, toHost: 4 * 2 + FENCE });
      // A step leaves nothing behind.
      expect(engine.deviceTensors).toEqual(held);
    }
    expect((await metrics.read())[0]).toBeCloseTo(8, 5);
    expect((await sets[0]!.read())[99]).toBeCloseTo(-6 * 0.04, 5);
    for (const buffer of [...sets, table, rows, metrics]) buffer.dispose();
    expect(engine.deviceTensors).toEqual({ tensors: 0, bytes: 0 });
    await executable.dispose();
  });

  it('runs on the latest values, even during a pending upload', async () => {
    const executable = await engine.compile(trace((x: Tensor) => ad.add(x, x), type('float32', 3)).program);
    const x = engine.upload(tensorValue('float32', [3], [1, 2, 3]));
    x.write(Float32Array.of(10, 20, 30));
    const [y, z] = [
      engine.allocate(type('float32', 3)),
      engine.upload(tensorValue('float32', [3], [0, 0, 0])),
    ];
    for (const output of [y, z, y]) {
      await executable.run([x], [output]);
      expect([...(await output.read())]).toEqual([20, 40, 60]);
    }
    const forgotten = engine.upload(tensorValue('float32', [3], [1, 2, 3]));
    forgotten.dispose();
    const zeros = engine.allocate(type('float32', 3));
    await executable.run([zeros], [y]);
    expect([...(await y.read())]).toEqual([0, 0, 0]);
    for (const buffer of [x, y, z, zeros]) buffer.dispose();
    expect(engine.deviceTensors).toEqual({ tensors: 0, bytes: 0 });
    await executable.dispose();
    await expect(forgotten.read()).rejects.toThrow('used after dispose()');
  });

  it('keeps results written into a buffer with a pending upload', async () => {
    // A new engine: its first upload takes longest.
    const fresh = await createEngine({ provider: 'webgpu' });
    const shape = type('float32', 1000);
    const executable = await fresh.compile(
      trace((k: Tensor) => ad.broadcast(ad.cast(k, 'float32'), shape.shape), type('int32')).program,
    );
    const k = fresh.allocate(type('int32'));
    k.write(Int32Array.of(5));
    const output = fresh.upload({ type: shape, data: new Float32Array(1000).fill(7) });
    await executable.run([k], [output]);
    // Every pending upload arrives before this resolves.
    const other = fresh.upload({ type: shape, data: new Float32Array(1000) });
    await executable.run([k], [other]);
    expect(new Set(await output.read())).toEqual(new Set([5]));
    await fresh.dispose();
  });

  it('keeps the vectors of nested loops on the device, reads back only conditions, and frees the buffers', async () => {
    const { program } = trace(
      (x: Tensor, n: Tensor) => {
        const inner = (v: Tensor) =>
          ad.whileLoop(
            ({ k }) => ad.less(k, n),
            ({ k, v }) => ({ k: ad.add(k, 1), v: ad.add(ad.mul(v, ad.scalar(0.5, 'float32')), x) }),
            { k: ad.scalar(0, 'int32'), v },
            { name: 'inner' },
          ).v;
        return ad.whileLoop(
          ({ k }) => ad.less(k, n),
          ({ k, v }) => ({ k: ad.add(k, 1), v: inner(v) }),
          { k: ad.scalar(0, 'int32'), v: x },
          { name: 'outer' },
        ).v;
      },
      type('float32', 1000),
      type('int32'),
    );
    const names: string[] = [];
    const onIteration = (name: string) => names.push(name);
    const executable = await engine.compile(program, { onIteration });
    const x = engine.upload({ type: type('float32', 1000), data: new Float32Array(1000).fill(1) });
    const n = engine.upload(tensorValue('int32', [], [2]));
    const output = engine.allocate(type('float32', 1000));
    await executable.run([x, n], [output]);
    const { toDevice, toHost } = await crossing(() => executable.run([x, n], [output]));
    // A bool per condition and a scalar per run of a part: far below one vector of 4000 bytes.
    expect(toDevice).toBe(0);
    expect(toHost).toBeLessThan(100);
    expect(names.slice(0, 3)).toEqual(['inner', 'inner', 'outer']);
    // v = 1, 1.5, 1.75, 1.875, 1.9375
    expect(new Set(await output.read())).toEqual(new Set([1.9375]));
    const placements = await engine.placements(program, [x, n]);
    expect(placements.filter(({ operator }) => /Memcpy|Loop/.test(operator))).toEqual([]);
    for (const buffer of [x, n, output]) buffer.dispose();
    await executable.dispose();
    expect(engine.deviceTensors).toEqual({ tensors: 0, bytes: 0 });
  });

  it('lists where operators run: all on the device, branches included, and all on the CPU provider', async () => {
    const { program } = trace(
      (x: Tensor) =>
        ad.cond(
          ad.less(ad.sum(x), ad.scalar(0, 'float32')),
          () => ad.neg(x),
          () => ad.logSoftmax(x),
        ),
      type('float32', 4),
    );
    const cpu = await createEngine();
    for (const [where, provider] of [
      [engine, 'WebGpuExecutionProvider'],
      [cpu, 'CPUExecutionProvider'],
    ] as const) {
      const x = where.upload(tensorValue('float32', [4], [1, 2, 3, 4]));
      const placements = await where.placements(program, [x]);
      const operators = placements.map(({ operator }) => operator);
      expect(operators).toEqual(expect.arrayContaining(['If', 'ReduceSum', 'Less']));
      expect(new Set(placements.map((kernel) => kernel.provider))).toEqual(new Set([provider]));
      x.dispose();
    }
    await cpu.dispose();
  });

  it('rejects float64 anywhere in a program before compiling', async () => {
    const inLoop = trace(
      (x: Tensor) =>
        ad.whileLoop(
          ({ k }) => ad.less(k, ad.scalar(2, 'int32')),
          ({ k }) => ({ k: ad.add(k, ad.cast(ad.cast(x, 'float64'), 'int32')) }),
          { k: ad.scalar(0, 'int32') },
          { name: 'loop' },
        ).k,
      type('int32'),
    ).program;
    const reason = engine.unsupported(inLoop);
    expect(reason).toMatch(/^has no float64 with provider=webgpu/);
    expect(engine.unsupported(stepProgram())).toBeNull();
    await expect(engine.compile(inLoop)).rejects.toMatchObject({
      summary: expect.stringContaining(reason!),
      remedy: expect.stringContaining('float32'),
    });
  });

  it('conforms except for float64', async () => {
    const results: CaseResult[] = [];
    for await (const result of checkEngine(engine)) results.push(result);
    expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
    const unsupported = results.filter((result) => result.status === 'unsupported');
    expect(new Set(unsupported.map(({ reason }) => reason)).size).toBe(1);
    expect(results.length - unsupported.length).toBeGreaterThan(900);
    expect(engine.deviceTensors).toEqual({ tensors: 0, bytes: 0 });
  }, 400_000);
});
