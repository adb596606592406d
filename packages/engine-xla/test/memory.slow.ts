// Memory over many steps, and over many engines: nothing grows.

import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Tensor } from '@gaussmark/autodiff';
import * as ad from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import plugin, { type XlaEngine } from '../src/index.js';
import { PLUGIN, quiet, WITHOUT } from './support.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Megabytes of the process after a collection. */
function resident(): number {
  collect();
  return process.memoryUsage.rss() / 1e6;
}

const start = () => plugin.create({ threads: 1, plugin: PLUGIN! }) as Promise<XlaEngine>;

/** `(w, b, rows) -> (w', b', metric)`: a step on matrices of 64 x 64. */
const { program } = ad.trace(
  (w: Tensor, b: Tensor, _: Tensor) => {
    const x = ad.tanh(ad.add(ad.matmul(w, w), b));
    return [ad.sub(w, ad.mul(x, 1e-3)), ad.mul(b, 0.999), ad.sum(x)];
  },
  { dtype: 'float64', shape: [64, 64] },
  { dtype: 'float64', shape: [64] },
  { dtype: 'int32', shape: [8] },
);

describe.skipIf(PLUGIN === undefined)(`memory (${PLUGIN ?? WITHOUT})`, () => {
  quiet();

  it.each([
    ['rotating buffers', 3],
    ['steps in place', 1],
  ])('does not grow over 20,000 steps with %s, writes and reads', async (_, count) => {
    const engine = await start();
    const inPlace = new Map([
      [0, 0],
      [1, 1],
    ]);
    const executable = await engine.compile(program, { inPlace });
    const carried = program.outputs.slice(0, 2).map(({ type }) => type);
    const sets = Array.from({ length: count }, () => carried.map((type) => engine.allocate(type)));
    const rows = engine.allocate(program.inputs[2]!.type);
    const metric = engine.allocate(program.outputs[2]!.type);
    const take = async (steps: number) => {
      for (let i = 0; i < steps; i++) {
        rows.write(new Int32Array(8).fill(i));
        await executable.run([...sets[i % count]!, rows], [...sets[(i + 1) % count]!, metric]);
        expect((await metric.read())[0]).toBe(0);
      }
    };
    await take(5000);
    const before = resident();
    await take(20_001);
    expect(resident() - before).toBeLessThan(4);
    await engine.dispose();
  });

  it('gives back everything after 200 engines, whether or not their programs were disposed', async () => {
    const cycle = async (i: number) => {
      const engine = await start();
      const executable = await engine.compile(program);
      const inputs = program.inputs.map(({ type }) => engine.allocate(type));
      const [w] = await executable.run(inputs);
      await w!.read();
      if (i % 2 === 0) await executable.dispose();
      await engine.dispose();
      expect([engine.bufferCount, engine.compiledCount]).toEqual([0, 0]);
    };
    const open = () => readdirSync('/proc/self/fd').length + readdirSync('/proc/self/task').length;
    for (let i = 0; i < 40; i++) await cycle(i);
    const before = { memory: resident(), open: open() };
    for (let i = 0; i < 200; i++) await cycle(i);
    expect(resident() - before.memory).toBeLessThan(8);
    expect(open()).toBe(before.open);
  });
});
