// Whole runs through the real command line.

import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { leaderboards, type Report, reportIssues } from '@gaussmark/analysis';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../harness/test/fixtures.js';
import { seedsWords } from '../src/list-command.js';
import { bench, benchHere, EXECUTABLE } from './bench.js';

const directory = temporaryDirectory();
const TINY = ['--problem', 'boston', '--epochs', '2', '--threads', '1'];
const file = (...names: string[]) => path.join(directory.path, ...names);
const readJson = async (...names: string[]) => JSON.parse(await readFile(file(...names), 'utf8')) as Report;

/** Plugins that throw or crash. */
beforeAll(async () => {
  for (const [name, create] of [
    ['throws', "create() { throw new Error('no such luck'); }"],
    ['late', "create() { return { init: () => [], step: () => { throw new Error('no such step'); } }; }"],
    ['crashes', 'create() { return { init: () => [], step: () => process.exit(7) }; }'],
  ] as const) {
    await mkdir(file(name), { recursive: true });
    const hyperparameters = { type: 'object', properties: {} };
    const manifest = {
      kind: 'optimizer',
      name,
      version: '1.0.0',
      summary: 'A test.',
      entry: './index.js',
      hyperparameters,
    };
    await writeFile(file(name, 'manifest.json'), JSON.stringify(manifest));
    await writeFile(file(name, 'package.json'), '{ "type": "module", "gaussmark": {} }');
    await writeFile(file(name, 'index.js'), `export default { ${create} };\n`);
  }
}, 120_000);

/** A report without dates, times, load and checkout, which differ between runs of the same seeds. */
function withoutTimes(report: Report): unknown {
  const { created: _, environment, runs, ...rest } = report;
  const { loadAverage: __, gitCommit: ___, gitDirty: ____, ...machine } = environment;
  return {
    ...rest,
    environment: machine,
    runs: runs.map(
      ({ seconds: _, conditions: __, peakBytes: ___, finished: ____, steps, innerLoop, curve, ...run }) => ({
        ...run,
        steps: steps.count,
        innerIterations: innerLoop?.iterationsTotal,
        curve: curve.map(({ seconds: _, ...point }) => point),
      }),
    ),
  };
}

describe('run --json', () => {
  const args = [
    'run',
    ...TINY,
    '--optimizer',
    'sgn[cgIterations=2]',
    '--optimizer',
    'sgd[learningRate=0.01,1]',
  ];
  const all = [...args, '--seeds', '1,4', '--json', '--out', 'out'];
  let first: Awaited<ReturnType<typeof bench>>;
  beforeAll(async () => {
    first = await bench(all, directory.path);
  }, 120_000);

  it('prints exactly the report file on stdout', async () => {
    expect(first.code).toBe(0);
    expect(reportIssues(JSON.parse(first.stdout))).toEqual([]);
    expect(first.stdout).toBe(await readFile(file('out', 'report.json'), 'utf8'));
    expect(await readFile(file('out', 'leaderboard.md'), 'utf8')).toContain('sgn[cgIterations=2]');
    expect(await readFile(file('out', 'index.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  });

  it('holds the runs in order, with their environment', () => {
    const report = JSON.parse(first.stdout) as Report;
    expect(report.runs.map(({ label, seed }) => [label, seed])).toEqual(
      [1, 4].flatMap((seed) =>
        ['sgn[cgIterations=2]', 'sgd[learningRate=0.01]', 'sgd[learningRate=1]'].map((label) => [
          label,
          seed,
        ]),
      ),
    );
    const [sgn, sgd] = report.runs;
    expect(sgn).toMatchObject({
      status: 'done',
      steps: { count: 8 },
      dtype: 'float64',
      engineInfo: { threads: 1 },
    });
    expect(sgn!.curve.map(({ epoch, iterations }) => [epoch, iterations])).toEqual([
      [1, 4],
      [2, 8],
    ]);
    // Warm-up: the first nine steps take up to ten CG iterations, regardless of cgIterations.
    expect(sgn!.innerLoop!.iterationsTotal).toBeGreaterThan(2 * 8);
    expect(sgd).not.toHaveProperty('innerLoop');
    expect(report.command).toEqual(['bench', ...all]);
    expect(report.environment).toMatchObject({ node: process.versions.node, threads: 1 });
    expect(report.environment.engines.onnxruntime).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('starts where the paper starts, on its data', () => {
    // paper/results: the first epoch's mean loss of SGD(0.01) on boston is 0.263 over seeds, within a few percent.
    const sgd = (JSON.parse(first.stdout) as Report).runs.filter(
      ({ label }) => label === 'sgd[learningRate=0.01]',
    );
    for (const { curve } of sgd) {
      expect(curve[0]!.trainLoss).toBeGreaterThan(0.24);
      expect(curve[0]!.trainLoss).toBeLessThan(0.29);
    }
  });

  it('prints progress on stderr, a line per run', () => {
    expect(first.stderr).toMatch(/^\[1\/6\] boston · sgn\[cgIterations=2\] · seed 1: test loss \d/m);
    expect(first.stderr).toMatch(/^report: out\/index.html$/m);
    expect(first.stderr).not.toContain('\u001b');
  });

  it('gives the same report for the same seeds, except times and dates', async () => {
    const again = await bench([...all, '--fresh'], directory.path);
    const [a, b] = [first, again].map(({ stdout }) => JSON.parse(stdout) as Report);
    expect(withoutTimes({ ...b!, command: a!.command })).toEqual(withoutTimes(a!));
    expect(b!.runs.map(({ seconds }) => seconds.total)).not.toEqual(
      a!.runs.map(({ seconds }) => seconds.total),
    );
  });
});

describe('a fault in a run', () => {
  it('fails that run, exits with 1, and spares the others', async () => {
    const plugins = ['late', 'crashes'].flatMap((name) => ['--plugin', name]);
    const optimizers = ['--optimizer', 'late,crashes,sgd'];
    const { code, stdout } = await bench(
      ['run', ...TINY, ...plugins, ...optimizers, '--seeds', '1', '--quiet', '--out', 'wrong'],
      directory.path,
    );
    expect(code).toBe(1);
    const [late, crashes, sgd] = (await readJson('wrong', 'report.json')).runs;
    expect(late).toMatchObject({ status: 'failed', reason: expect.stringContaining('no such step') });
    expect(crashes).toMatchObject({ status: 'failed', reason: expect.stringContaining('exit code 7') });
    expect(sgd).toMatchObject({ status: 'done' });
    expect(stdout).toContain('no such step');
  });

  it('fails before anything runs if an optimizer cannot be created', async () => {
    const { code, stderr } = await bench(
      ['run', ...TINY, '--plugin', 'throws', '--optimizer', 'throws'],
      directory.path,
    );
    expect(stderr).toContain('no such luck');
    expect(code).toBe(2);
  });

  it('is a result if it diverges', async () => {
    const { code, stdout } = await bench(
      [
        'run',
        ...TINY,
        '--optimizer',
        'sgd[learningRate=0.1,100]',
        '--epochs',
        '60',
        '--seeds',
        '1',
        '--quiet',
        '--out',
        'apart',
      ],
      directory.path,
    );
    expect(code).toBe(0);
    expect((await readJson('apart', 'report.json')).runs.map(({ status }) => status)).toEqual([
      'done',
      'diverged',
    ]);
    expect(stdout).toMatch(/sgd\[learningRate=100\] +1\/1 diverged/);
  });
});

it('keeps finished runs when the user stops it', async () => {
  let stopped = false;
  const { code, stderr } = await bench(
    [
      'run',
      '--problem',
      'boston',
      '--optimizer',
      'sgd',
      '--steps',
      '20',
      '--seeds',
      '500',
      '--out',
      'stopped',
    ],
    directory.path,
    (text, kill) => {
      if (stopped || !text.includes('[  2/500]')) return;
      stopped = true;
      kill('SIGINT');
    },
  );
  expect(code).toBe(130);
  expect(stderr).toContain('stopped');
  const { runs } = await readJson('stopped', 'report.json');
  expect(runs).toHaveLength(500);
  expect(runs.slice(0, 2).map(({ status }) => status)).toEqual(['done', 'done']);
  expect(runs.at(-1)).toMatchObject({ status: 'cancelled', curve: [] });
});

describe('the other commands', () => {
  it('--dry-run shows the plan and writes nothing', async () => {
    const { code, stdout } = await bench(['run', ...TINY, '--dry-run', '--out', 'dry'], directory.path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/boston +sgn +float64 +2 epochs +3/);
    await expect(readFile(file('dry', 'report.json'))).rejects.toThrow('ENOENT');
  });

  it('list --json lists plugins with hyperparameters, problems, profiles and broken plugins', async () => {
    await mkdir(file('bad'), { recursive: true });
    await writeFile(file('bad', 'manifest.json'), '{ "kind": "model", "name": "bad" }');
    const { code, stdout } = await bench(['list', '--json', '--plugin', 'bad'], directory.path);
    expect(code).toBe(0);
    const listing = JSON.parse(stdout);
    const sgn = listing.plugins.optimizer.find(({ name }: { name: string }) => name === 'sgn');
    expect(sgn.hyperparameters.find(({ name }: { name: string }) => name === 'cgIterations')).toMatchObject({
      default: 10,
      accepts: expect.stringContaining('an integer'),
    });
    expect(listing.problems.map(({ name }: { name: string }) => name)).toContain('sine100');
    expect(listing.profiles.map(({ name }: { name: string }) => name)).toContain('default');
    expect(listing.broken).toEqual([
      expect.objectContaining({ name: 'bad', reason: expect.stringContaining('version') }),
    ]);
  });

  // The slow tests of documented commands run it without a plugin: it exits with 0.
  it('doctor passes on this machine except for a broken plugin', async () => {
    const { code, stdout } = await bench(['doctor', '--plugin', 'nowhere'], directory.path);
    expect(code).toBe(1);
    expect(stdout.match(/^ *fail .*/gm)).toEqual([expect.stringMatching(/^ *fail +plugin nowhere /)]);
    expect(stdout).toMatch(/^ *ok +optimizer sgn /m);
    expect(stdout).toMatch(/\b1 of \d+ checks failed$/m);
  });

  it('report rebuilds a report, and merges several', async () => {
    const runs = (optimizer: string, out: string) =>
      benchHere(
        ['run', ...TINY, '--optimizer', optimizer, '--seeds', '1', '--quiet', '--out', out],
        directory.path,
      );
    await runs('sgd[learningRate=0.01]', 'one');
    await runs('sgd[learningRate=0.02]', 'two');
    const both = await bench(
      [
        ...['report', 'one', 'two/report.json', '--out', 'both', '--title', 'Both'],
        ...['--svg', 'pictures', '--csv', 'both/curves.csv'],
      ],
      directory.path,
    );
    expect(both.code).toBe(0);
    const merged = await readJson('both', 'report.json');
    expect(merged.title).toBe('Both');
    expect(both.stdout).toMatch(/figures: 4 in pictures\ncurves: both\/curves\.csv\n/);
    const points = merged.runs.reduce((sum, { curve }) => sum + curve.length, 0);
    const csv = await readFile(file('both', 'curves.csv'), 'utf8');
    expect(csv.split('\r\n')).toHaveLength(points + 2);
    expect(merged.runs.map(({ label }) => label)).toEqual([
      'sgd[learningRate=0.01]',
      'sgd[learningRate=0.02]',
    ]);
    // The same settings and seed under another budget are another run, and are not ranked against the first.
    const longer = [
      'run',
      '--problem',
      'boston',
      '--optimizer',
      'sgd[learningRate=0.01]',
      '--epochs',
      '3',
      '--threads',
      '1',
    ];
    await benchHere([...longer, '--seeds', '1', '--quiet', '--out', 'three'], directory.path);
    const apart = await benchHere(['report', 'one', 'three', '--json', '--out', 'apart'], directory.path);
    expect(apart.code).toBe(0);
    const { runs: kept } = JSON.parse(apart.stdout) as Report;
    expect(kept.map(({ budget }) => budget)).toEqual([{ epochs: 2 }, { epochs: 3 }]);
    expect(new Set(kept.map(({ id }) => id)).size).toBe(2);
    expect(leaderboards(JSON.parse(apart.stdout) as Report)[0]!.rows.map(({ rank }) => rank)).toEqual([
      null,
      null,
    ]);
    const twice = await benchHere(['report', 'one', 'one', '--out', 'both'], directory.path);
    expect(twice.code).toBe(2);
    expect(twice.stderr).toMatch(/boston\/sgd/);
  });

  it('export writes a step as a model file and names its inputs and outputs', async () => {
    const args = [
      'export',
      '--problem',
      'boston',
      '--optimizer',
      'sgd[momentum=0.9]',
      '--out',
      'step.onnx',
      '--json',
    ];
    const { code, stdout } = await bench(args, directory.path);
    expect(code).toBe(0);
    const { inputs, outputs, bytes } = JSON.parse(stdout);
    expect(inputs.slice(-2)).toEqual(['inputs', 'targets']);
    expect(outputs).toEqual([...inputs.slice(0, -2).map((name: string) => `next.${name}`), 'metrics']);
    expect((await readFile(file('step.onnx'))).length).toBe(bytes);
  });
});

it('rejects a removed working directory', async () => {
  await mkdir(file('removed'));
  const script = 'rm -r ../removed && exec "$0" "$@"';
  const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, EXECUTABLE, 'list'], {
    cwd: file('removed'),
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([2, expect.stringContaining('working directory')]);
  expect(stderr).not.toMatch(/\bat .*:\d+/);
});

it('rejects a GAUSSMARK_DATA that is not a directory', () => {
  const args = [EXECUTABLE, 'run', '--problem', 'mnist', '--dry-run'];
  const env = { ...process.env, GAUSSMARK_DATA: '/dev/null' };
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: directory.path,
    env,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([2, expect.stringMatching(/GAUSSMARK_DATA.*'\/dev\/null'/)]);
});

it.each([
  [[3], '3 seeds'],
  [[8, 8], '8 seeds'],
  [[1, [4, 5, 6]], '1 to 3 seeds'],
  [[[7]], '1 seed'],
])('seeds %j read as %s', (seeds, words) => {
  expect(seedsWords(seeds)).toBe(words);
});
