// The engine as a plugin: its manifest, its backends, what it rejects, and how it describes itself.

import { readFileSync } from 'node:fs';
import * as ad from '@gaussmark/autodiff';
import { type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { defaultsOf, parseManifest } from '@gaussmark/core';
import { runProgram } from '@gaussmark/engine-conformance';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../src/backend.js';
import plugin from '../src/index.js';
import { findNative } from '../src/native-location.js';
import { reasonAgainst } from '../src/unsupported.js';
import { BACKENDS, createEngine, type } from './support.js';

const FILE = new URL('../manifest.json', import.meta.url);

/** Hides installed libraries. */
const withoutLibraries = () => vi.stubEnv('GAUSSMARK_CACHE', '/nowhere');
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the plugin', () => {
  it('has a valid manifest with the version of its package', () => {
    const manifest = parseManifest(JSON.parse(readFileSync(FILE, 'utf8')), FILE.pathname);
    expect([manifest.kind, manifest.name]).toEqual(['engine', 'tfjs']);
    expect(defaultsOf(manifest)).toEqual({ backend: 'auto', threads: 0 });
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(manifest.version).toBe(version);
  });

  it('describes itself', async () => {
    const { info } = await createEngine({ backend: 'wasm' });
    expect(info).toEqual({ engine: 'tfjs', version: tf.version_core, backend: 'wasm', threads: 1 });
  });

  it('chooses the best available backend and records it', async () => {
    withoutLibraries();
    expect((await createEngine({})).info).toMatchObject({ backend: 'wasm' });
  });

  it.each([
    [{ backend: 'node' }, { remedy: 'bench engine install tfjs-node' }],
    [{ backend: 'node-gpu' }, { remedy: 'bench engine install tfjs-node --gpu' }],
    [{ backend: 'webgpu' }, { remedy: expect.stringContaining('npm install webgpu') }],
    [{ backend: 'wasmm' }, { pointer: '/backend' }],
    [
      { backend: 'wasm', threads: 2 },
      { expected: 'threads 0 or 1', got: 'threads 2' },
    ],
    [{ threads: 2 }, { expected: 'threads 0 or 1', got: 'threads 2' }],
  ])('rejects %j if it is not available', async (hyperparameters, error) => {
    withoutLibraries();
    await expect(createEngine(hyperparameters)).rejects.toMatchObject({ name: 'GaussmarkError', ...error });
  });

  it('lists its backends in the order of auto', async () => {
    withoutLibraries();
    const backends = await plugin.backends!();
    expect(backends.map(({ hyperparameters, available }) => [hyperparameters.backend, available])).toEqual([
      ['node-gpu', false],
      ['node', false],
      ['webgpu', false],
      ['wasm', true],
      ['cpu', true],
    ]);
    expect(backends[1]).toMatchObject({ remedy: 'bench engine install tfjs-node' });
  });

  it('describes an installation before it starts', async () => {
    vi.stubEnv('GAUSSMARK_CACHE', '/caches');
    const { describe: describeInstall } = plugin.installers!['tfjs-node']!;
    const cpu = await describeInstall({ gpu: false });
    const gpu = await describeInstall({ gpu: true });
    expect(cpu.directory).toBe('/caches/engines/tfjs-node');
    expect(cpu.downloads[0]).toMatchObject({ name: 'tensorflow-cpu 2.21.0', from: 'PyPI' });
    expect(gpu.directory).toBe('/caches/engines/tfjs-node-gpu');
    expect(gpu.downloads.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(3e9);
  });
});

describe.skipIf(findNative('tfjs-node') === undefined)("TensorFlow's own library, if installed", () => {
  it('describes itself, and supports one configuration per process', async () => {
    const engine = await createEngine({ backend: 'node', threads: 1 });
    expect(engine.info).toEqual({
      engine: 'tfjs',
      version: tf.version_core,
      backend: 'node',
      tensorflow: expect.stringMatching(/^2\.\d+\.\d+$/),
      gpu: false,
      threads: 1,
    });
    // Planning asks for another configuration here, which then runs in another process.
    const other = await createEngine({ backend: 'node', threads: 3 });
    expect(other.info).toMatchObject({ backend: 'node', threads: 3 });
    const { program } = trace((x: Tensor) => ad.exp(x), type('float32', 2));
    await expect(other.compile(program)).rejects.toMatchObject({
      expected: 'without a GPU, 3 threads',
      got: 'without a GPU, 1 thread',
    });
    const [y] = await runProgram(engine, program, [tensorValue('float32', [2], [0, 1])]);
    expect(y!.data[1]).toBeCloseTo(Math.E, 5);
  });
});

describe('float64', () => {
  const { program } = trace((x: Tensor) => ad.add(ad.cast(x, 'float64'), 1), type('float32', 2));

  it('is declared unsupported anywhere in a program, and rejected', async () => {
    const engine = await createEngine({ backend: 'cpu' });
    const inLoop = trace(
      (x: Tensor) =>
        ad.whileLoop(
          ({ k }) => ad.less(k, 2),
          ({ k, v }) => ({ k: ad.add(k, 1), v: ad.cast(ad.exp(ad.cast(v, 'float64')), 'float32') }),
          { k: ad.scalar(0, 'int32'), v: x },
          { name: 'wide' },
        ).v,
      type('float32', 2),
    ).program;
    const inFloat32 = trace((x: Tensor) => ad.exp(x), type('float32', 2)).program;
    expect(engine.unsupported!(program)).toMatch(/^has no float64/);
    expect(engine.unsupported!(inLoop)).toMatch(/^has no float64/);
    expect(engine.unsupported!(inFloat32)).toBeNull();
    await expect(engine.compile(program)).rejects.toMatchObject({
      summary: expect.stringContaining('has no float64'),
      remedy: expect.stringContaining('float32'),
    });
    expect(() => engine.allocate(type('float64', 2))).toThrow(/float64\[2\]/);
  });
});

describe('random bits', () => {
  it('are declared unsupported where the host would wait for them', () => {
    const { program } = trace(
      (x: Tensor) =>
        ad.cond(
          ad.less(x, 0),
          () => x,
          () => ad.shiftRight(x, 1),
        ),
      type('int32'),
    );
    const on = (backend: object) => reasonAgainst(program, backend as Backend);
    expect(on({ name: 'webgpu', wgsl: true })).toMatch(/^has no shiftRight with backend=webgpu/);
    expect(on({ name: 'wasm', wgsl: false })).toBeNull();
  });
});

describe('two backends in one process', () => {
  it('can run alternately', async () => {
    const engines = await Promise.all(BACKENDS.map((backend) => createEngine({ backend, threads: 1 })));
    const { program } = trace(
      (x: Tensor, n: Tensor) =>
        ad.whileLoop(
          ({ k }) => ad.less(k, n),
          ({ k, v }) => ({ k: ad.add(k, 1), v: ad.mul(v, 2) }),
          { k: ad.scalar(0, 'int32'), v: x },
          { name: 'doubling' },
        ).v,
      type('float32', 2),
      type('int32'),
    );
    const results = await Promise.all(
      engines.map((engine, i) =>
        runProgram(engine, program, [
          tensorValue('float32', [2], [1, i]),
          tensorValue('int32', [], [10 + i]),
        ]),
      ),
    );
    expect(results.map(([value]) => [...value!.data])).toEqual(
      engines.map((_, i) => [2 ** (10 + i), i * 2 ** (10 + i)]),
    );
  });

  it('reject each other’s buffers', async () => {
    const [wasm, cpu] = [await createEngine({ backend: 'wasm' }), await createEngine({ backend: 'cpu' })];
    const { program } = trace((x: Tensor) => ad.exp(x), type('float32', 2));
    const executable = await wasm.compile(program);
    const foreign = cpu.allocate(type('float32', 2));
    await expect(executable.run([foreign])).rejects.toThrow(
      /input 0 is not a buffer of the tfjs engine on wasm/,
    );
    foreign.dispose();
    await executable.dispose();
  });
});
