// Plugins of other people through the command line: the one of the guide, word for word, and ones that misbehave.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { describe, expect, it } from 'vitest';
import {
  gradientStep as step,
  temporaryDirectory,
  WORKSPACE,
  writeOptimizer,
  writePlugin,
} from '../../harness/test/fixtures.js';
import { bench } from './bench.js';

const directory = temporaryDirectory();

const pluginFolder = (name: string, files: Readonly<Record<string, string>>) =>
  writePlugin(directory.path, name, files);
const optimizer = (name: string, create: string, rest = '') =>
  writeOptimizer(directory.path, name, create, rest);

/** The plugin against sgd, an epoch of boston. */
async function against(folder: string, name: string) {
  const run = await bench(
    ['run', '--plugin', folder, '--problem', 'boston', '--optimizer', name, '--optimizer', 'sgd'].concat([
      '--epochs',
      '1',
      '--seeds',
      '1',
      '--json',
      '--quiet',
      '--out',
      path.join(directory.path, `${name}-out`),
    ]),
    directory.path,
  );
  const report = run.stdout === '' ? undefined : (JSON.parse(run.stdout) as Report);
  return { ...run, runs: Object.fromEntries((report?.runs ?? []).map((each) => [each.optimizer, each])) };
}

describe('the guide to writing an optimizer', () => {
  it('works word for word, in a folder outside the workspace', async () => {
    const guide = await readFile(path.join(WORKSPACE, 'docs/write-an-optimizer.md'), 'utf8');
    const blocks = [...guide.matchAll(/```(?:json|js)\n([\s\S]*?)```/g)].map((match) => match[1]!);
    const [packageJson, manifest, module] = blocks as [string, string, string];
    const folder = await pluginFolder('guide', {
      'package.json': packageJson,
      'manifest.json': manifest,
      'index.js': module,
    });
    const { code, runs } = await against(folder, 'clipped');
    expect(code).toBe(0);
    expect(runs.clipped).toMatchObject({ status: 'done' });
    expect(runs.clipped!.curve[0]!.metrics!.gradientNorm).toBeGreaterThan(0);
  });
});

describe('a plugin that misbehaves is a recorded failure, and the others run on', () => {
  it.each([
    ['throws', step("throw new Error('no step today');"), /no step today/],
    ['late', step("setTimeout(() => { throw new Error('too late'); }, 0);"), /too late/],
    ['aborts', step('process.abort();'), /SIGABRT/],
    [
      'returns-nothing',
      '() => ({ init: () => ({}), step: () => undefined })',
      /expected \{ params, state, metrics \}, got undefined/,
    ],
    [
      'forgets-metrics',
      '() => ({ init: () => ({}), step: (_, params, state) => ({ params, state }) })',
      /did not return metrics/,
    ],
    ['word-metric', step('', "mood: 'good'"), /metric 'mood' is not a scalar: got string/],
  ])('%s', async (name, create, reason) => {
    const { code, runs } = await against(await optimizer(name, create), name);
    expect(code).toBe(1);
    expect(runs[name]).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) });
    expect(runs.sgd).toMatchObject({ status: 'done' });
  });
});

describe('a plugin while a plan is made', () => {
  it('does not write into the results', async () => {
    const folder = await optimizer('chatty', step(''), "console.log('hello from a plugin');");
    const { code, stderr, runs } = await against(folder, 'chatty');
    expect([code, runs.chatty!.status, runs.chatty!.output]).toEqual([0, 'done', 'hello from a plugin\n']);
    expect(stderr).toContain('hello from a plugin');
  });

  it('that ends it is no success', async () => {
    const { code, stderr } = await against(await optimizer('leaver', '() => process.exit(0)'), 'leaver');
    expect(code).toBe(2);
    expect(stderr).toContain("optimizer 'leaver'");
    expect(stderr).toMatch(/exit code 0 .*process\.exit/);
  });
});

describe('a plugin that does not come back while the plan is made', () => {
  const planWith = (folder: string, name: string) =>
    bench(
      ['run', '--plugin', folder, '--problem', 'boston', '--optimizer', name, '--timeout', '4s', '--dry-run'],
      directory.path,
    );

  it('is told of with the line that it is in', async () => {
    const folder = await optimizer('endless', '() => {\n  for (;;);\n}');
    const { code, stdout, stderr } = await planWith(folder, 'endless');
    expect(stderr).toMatch(/endless[\\/]index\.js:4: an endless loop\?/);
    expect(stderr).toContain("optimizer 'endless', called last");
    expect([code, stdout]).toEqual([2, '']);
  });

  it('is told of if it only promises an answer', async () => {
    const folder = await optimizer('silent', '() => ({})', 'await new Promise(() => {});');
    const { code, stdout, stderr } = await planWith(folder, 'silent');
    expect(stderr).toContain('no answer for 4 s');
    expect(stderr).toContain("optimizer 'silent'");
    expect([code, stdout]).toEqual([2, '']);
  });
});

it('a number is a metric', async () => {
  const { runs } = await against(await optimizer('numbers', step('', 'constant: 3')), 'numbers');
  expect(runs.numbers!.curve[0]!.metrics!.constant).toBe(3);
});

it('a run that leaves no finite loss behind has diverged, even by its last step', async () => {
  const args = [
    'run',
    '--problem',
    'boston',
    '--optimizer',
    'sgd[learningRate=1e300]',
    '--steps',
    '1',
    '--seeds',
    '1',
  ];
  const out = path.join(directory.path, 'last-step');
  const { code, stdout } = await bench([...args, '--json', '--quiet', '--out', out], directory.path);
  const [run] = (JSON.parse(stdout) as Report).runs;
  expect([code, run!.status]).toEqual([0, 'diverged']);
});

it.each([
  [['--problem', 'sine10[batchSize=10]', '--batch-size', '20'], /batchSize is given twice: 10 .* and 20/],
  [
    ['--problem', 'sine10', '--engine', 'onnxruntime[threads=2]', '--threads', '1'],
    /threads is given twice: 2 .* and 1/,
  ],
])('contradictory options %j are refused', async (args, message) => {
  const { code, stdout, stderr } = await bench(
    ['run', ...args, '--optimizer', 'sgd', '--dry-run'],
    directory.path,
  );
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
});

it('an option changes what only the profile says', async () => {
  const { code, stdout } = await bench(
    ['run', '--profile', 'smoke', '--threads', '2', '--dry-run', '--json'],
    directory.path,
  );
  const plan = JSON.parse(stdout) as {
    readonly cells: readonly { engine: { hyperparameters: { threads: number } } }[];
  };
  expect([code, new Set(plan.cells.map(({ engine }) => engine.hyperparameters.threads))]).toEqual([
    0,
    new Set([2]),
  ]);
});
