// Third-party plugins through the command line: the guide's, and misbehaving ones.

import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { describe, expect, it } from 'vitest';
import {
  gradientStep as step,
  temporaryDirectory,
  writeOptimizer,
  writePlugin,
} from '../../harness/test/fixtures.js';
import { bench, benchHere } from './bench.js';
import { listingsOf } from './documented/commands.js';

const directory = temporaryDirectory();

const pluginFolder = (name: string, files: Readonly<Record<string, string>>) =>
  writePlugin(directory.path, name, files);
const optimizer = (name: string, create: string, rest = '') =>
  writeOptimizer(directory.path, name, create, rest);

/** The plugin against sgd, an epoch of boston. */
async function against(folder: string, name: string, command: typeof benchHere | typeof bench = benchHere) {
  const run = await command(
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
    const made = await benchHere(['new', 'optimizer', 'clipped', '--js'], directory.path);
    expect([made.code, made.stderr]).toEqual([0, '']);
    const listings = listingsOf('docs/write-an-optimizer.md');
    const files = ['manifest.json', 'index.js', 'test.js'].map((name) => [name, listings.get(name)!]);
    const folder = await pluginFolder('optimizer-clipped', Object.fromEntries(files));
    const checked = await benchHere(['check', folder, '--json', '--quiet'], directory.path);
    expect([checked.code, JSON.parse(checked.stdout).ok]).toEqual([0, true]);
    const { code, runs } = await against(folder, 'clipped');
    expect(code).toBe(0);
    expect(runs.clipped).toMatchObject({ status: 'done' });
    expect(runs.clipped!.curve[0]!.metrics!.gradientNorm).toBeGreaterThan(0);
  });
});

describe('a misbehaving plugin fails its own runs only', () => {
  it.each([
    ['throws', step("throw new Error('no step today');"), /no step today/],
    ['misuses-autodiff', step('\nscalar("one");'), /expected a number.*misuses-autodiff\/index\.js:\d+/],
    ['late', step("setTimeout(() => { throw new Error('too late'); }, 0);"), /too late/],
    ['aborts', step('process.abort();'), /SIGABRT/],
    ['returns-nothing', '() => ({ init: () => ({}), step: () => undefined })', /metrics.*undefined/],
    [
      'forgets-metrics',
      '() => ({ init: () => ({}), step: (_, params, state) => ({ params, state }) })',
      /metrics/,
    ],
    ['word-metric', step('', "mood: 'good'"), /'mood'.*string/],
  ])('%s', async (name, create, reason) => {
    const { code, runs, stderr } = await against(await optimizer(name, create), name);
    expect(code).toBe(1);
    expect(runs[name]).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) });
    // stdout has the document; --quiet leaves the failures on stderr.
    expect(stderr).toContain(`failed: ${runs[name]!.id}: ${runs[name]!.reason}\n`);
    expect(runs.sgd).toMatchObject({ status: 'done' });
  });
});

describe('a plugin during planning', () => {
  it('cannot write into the results', async () => {
    // As the stream does when the system cannot take megabytes at once.
    const lost = step("process.stdout.emit('error', new Error('write ENOBUFS'));");
    const folder = await optimizer('chatty', lost, "console.log('hello from a plugin');");
    const { code, stderr, runs } = await against(folder, 'chatty', bench);
    expect([code, runs.chatty!.status]).toEqual([0, 'done']);
    expect(runs.chatty!.output).toMatch(
      /^hello from a plugin\n(\[output that could not be captured: write ENOBUFS\]\n)+$/,
    );
    expect(stderr).toContain('hello from a plugin');
  });

  it('is shown in full with --verbose', async () => {
    const count = (text: string) => text.match(/^ {2}line \d+$/gm)?.length;
    const folder = await optimizer(
      'wordy',
      step(''),
      "for (let i = 0; i < 15; i++) console.log('line ' + i);",
    );
    const args = ['run', '--plugin', folder, '--problem', 'boston', '--optimizer', 'wordy', '--dry-run'];
    expect(count((await benchHere(args, directory.path)).stderr)).toBe(10);
    expect(count((await benchHere([...args, '--verbose'], directory.path)).stderr)).toBe(15);
  });

  it('fails the command if it exits', async () => {
    const { code, stderr } = await against(await optimizer('leaver', '() => process.exit(0)'), 'leaver');
    expect(code).toBe(2);
    expect(stderr).toMatch(/exit code 0[\s\S]*optimizer 'leaver'/);
  });
});

describe('a plugin that hangs during planning', () => {
  const planWith = (folder: string, name: string) =>
    benchHere(
      ['run', '--plugin', folder, '--problem', 'boston', '--optimizer', name, '--timeout', '4s', '--dry-run'],
      directory.path,
    );

  it('is reported with its current line', async () => {
    const folder = await optimizer('endless', '() => {\n  for (;;);\n}');
    const { code, stdout, stderr } = await planWith(folder, 'endless');
    expect(stderr).toMatch(/endless[\\/]index\.js:4\b/);
    expect(stderr).toContain("optimizer 'endless'");
    expect([code, stdout]).toEqual([2, '']);
  });

  it('is reported if its promise never settles', async () => {
    const folder = await optimizer('silent', '() => ({})', 'await new Promise(() => {});');
    const { code, stdout, stderr } = await planWith(folder, 'silent');
    expect(stderr).toMatch(/\b4 s\b/);
    expect(stderr).toContain("optimizer 'silent'");
    expect([code, stdout]).toEqual([2, '']);
  });

  it('cannot be checked, if it never loads', async () => {
    const waits = 'await new Promise(() => setInterval(() => {}, 1000));';
    const folder = await optimizer('waiting', '() => ({})', waits);
    const { code, stdout, stderr } = await benchHere(
      ['check', folder, '--timeout', '4s', '--json'],
      directory.path,
    );
    const reason = "optimizer 'waiting' cannot be loaded: no answer for 4 s";
    expect(stderr).toContain(reason);
    expect([code, JSON.parse(stdout)]).toEqual([
      2,
      {
        ok: false,
        plugins: [expect.objectContaining({ name: 'waiting', reason: expect.stringContaining(reason) })],
      },
    ]);
  });
});

it('accepts a number as a metric', async () => {
  const { runs } = await against(await optimizer('numbers', step('', 'constant: 3')), 'numbers');
  expect(runs.numbers!.curve[0]!.metrics!.constant).toBe(3);
});

it('a run whose last step leaves no finite loss has diverged', async () => {
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
  const { code, stdout } = await benchHere([...args, '--json', '--quiet', '--out', out], directory.path);
  const [run] = (JSON.parse(stdout) as Report).runs;
  expect([code, run!.status]).toEqual([0, 'diverged']);
});

it.each([
  [['--problem', 'sine10[batchSize=10]', '--batch-size', '20'], /batchSize.*\b10\b.*\b20\b/s],
  [['--problem', 'sine10', '--engine', 'onnxruntime[threads=2]', '--threads', '1'], /threads.*\b2\b.*\b1\b/s],
])('rejects contradictory options %j', async (args, message) => {
  const { code, stdout, stderr } = await benchHere(
    ['run', ...args, '--optimizer', 'sgd', '--dry-run'],
    directory.path,
  );
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
});

it('an option overrides the profile', async () => {
  const { code, stdout } = await benchHere(
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
