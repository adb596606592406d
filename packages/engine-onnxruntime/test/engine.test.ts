// The engine as a plugin: its manifest, its settings, and reproducible results.

import { readFileSync } from 'node:fs';
import * as ad from '@gaussmark/autodiff';
import { type Tensor, trace } from '@gaussmark/autodiff';
import { defaultsOf, parseManifest } from '@gaussmark/core';
import { runProgram } from '@gaussmark/engine-conformance';
import { describe, expect, it } from 'vitest';
import plugin from '../src/index.js';
import { resolveHyperparameters } from '../src/settings.js';
import { createEngine, digests, randomInputs, type } from './support.js';

const FILE = new URL('../manifest.json', import.meta.url);

/** A gradient descent step on a small network, large enough for threads to share its products. */
function networkStep(dtype: ad.FloatDType) {
  return trace(
    (w1: Tensor, w2: Tensor, x: Tensor, classes: Tensor) => {
      const loss = ({ w1, w2 }: { w1: Tensor; w2: Tensor }) => {
        const hidden = ad.tanh(ad.matmul(x, w1));
        const log = ad.logSoftmax(ad.matmul(hidden, w2));
        return ad.neg(ad.mean(ad.sum(ad.mul(ad.oneHot(classes, 10, dtype), log), { axes: [1] })));
      };
      const { value, grad } = ad.valueAndGrad(loss)({ w1, w2 });
      return [value, ad.sub(w1, grad.w1), ad.sub(w2, grad.w2), ad.vector.dot(grad, grad)];
    },
    type(dtype, 300, 200),
    type(dtype, 200, 10),
    type(dtype, 500, 300),
    type('int32', 500),
  ).program;
}

describe('the plugin', () => {
  it('has a valid manifest and runs with its defaults', async () => {
    const manifest = parseManifest(JSON.parse(readFileSync(FILE, 'utf8')), FILE.pathname);
    expect([manifest.kind, manifest.name]).toEqual(['engine', 'onnxruntime']);
    const { threads, ...rest } = resolveHyperparameters({});
    const { threads: chosen, ...defaults } = defaultsOf(manifest);
    expect(chosen).toBe(0);
    expect(rest).toEqual(defaults);
    expect(threads).toBeGreaterThanOrEqual(1);
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(manifest.version).toBe(version);
  });

  it('describes itself', async () => {
    const engine = await createEngine({ threads: 2, allowSpinning: false });
    expect(engine.info).toEqual({
      engine: 'onnxruntime',
      version: expect.stringMatching(/^1\.\d+\.\d+$/),
      provider: 'cpu',
      threads: 2,
      allowSpinning: false,
    });
    await engine.dispose();
  });

  it('rejects hyperparameters that its manifest does not allow', async () => {
    await expect(plugin.create({ threads: -1 })).rejects.toMatchObject({ pointer: '/threads', got: '-1' });
    await expect(plugin.create({ provider: 'cpuu' as never })).rejects.toMatchObject({
      pointer: '/provider',
    });
    await expect(plugin.create({ thread: 1 } as object)).rejects.toMatchObject({
      issues: [{ pointer: '/thread', problem: expect.stringContaining("did you mean 'threads'") }],
    });
  });
});

describe('determinism', () => {
  it.each([
    ['float32', 1],
    ['float32', 2],
    ['float64', 2],
  ] as const)('gives equal bits in every run and engine, %s on %i threads', async (dtype, threads) => {
    const program = networkStep(dtype);
    const inputs = randomInputs(program).map((value) =>
      value.type.dtype === 'int32'
        ? { ...value, data: value.data.map((v) => Math.abs(v)) as Int32Array }
        : value,
    );
    const seen = new Set<string>();
    for (let e = 0; e < 2; e++) {
      const engine = await createEngine({ threads });
      for (let i = 0; i < 5; i++) seen.add(digests(await runProgram(engine, program, inputs)).join());
      await engine.dispose();
    }
    expect(seen.size).toBe(1);
  });
});
