// Planning rejects what would fail at run time, in every command that plans: exit code 2, nothing runs.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory, writeModule } from '../../harness/test/fixtures.js';
import { benchHere } from './bench.js';

const directory = temporaryDirectory();
const PROBLEM = 'csv[path=small.csv,task=regression,target=y]+mlp[hidden=[]]';
const HUGE = 'csv[path=huge.csv,task=regression,target=y]+mlp[hidden=[]]';

beforeAll(async () => {
  const table = (cell: (i: number) => string) =>
    ['x,y', ...Array.from({ length: 30 }, (_, i) => `${cell(i)},${2 * i}`)].join('\n');
  await writeFile(path.join(directory.path, 'small.csv'), table(String));
  await writeFile(
    path.join(directory.path, 'huge.csv'),
    table((i) => `${i + 1}e200`),
  );
  const holes = `
const spec = { task: 'regression', input: { shape: [1] }, target: { shape: [1] } };
const split = { size: 3, inputs: Float64Array.of(1, NaN, 3), targets: Float64Array.of(1, 2, 3) };
export default {
  describe: async () => spec,
  load: async () => ({ spec, train: split, test: split, provenance: { source: 'x', license: 'x', checksums: {} } }),
};`;
  await writeModule(directory.path, 'dataset', 'holes', holes);
});

async function rejected(args: readonly string[]) {
  const out = path.join(directory.path, 'rejected');
  const { code, stderr } = await benchHere([...args, '--out', out, '--quiet'], directory.path);
  expect(code).toBe(2);
  expect(existsSync(path.join(out, 'report.json'))).toBe(false);
  return stderr;
}

describe('a number out of range of the dtype', () => {
  const run = (problem: string, optimizer: string, ...more: readonly string[]) =>
    rejected([
      'run',
      '--problem',
      problem,
      '--optimizer',
      optimizer,
      '--epochs',
      '1',
      '--seeds',
      '1',
      ...more,
    ]);

  it('is rejected in the data', async () => {
    const message = await run(HUGE, 'sgd');
    expect(message).toMatch(/dataset 'csv'.*float32[\s\S]*got: +3e\+201/);
  });

  it('is rejected in a setting', async () => {
    expect(await run(PROBLEM, 'sgd[learningRate=1e300]')).toMatch(/learningRate.*float32/);
    expect(await run(PROBLEM, 'sgn[damping=1e39]')).toMatch(/damping.*float32/);
  });

  it('is rejected in a setting that underflows to 0', async () => {
    const message = await run(PROBLEM, 'sgd[learningRate=1e-50]');
    expect(message).toMatch(/learningRate.*float32[\s\S]*1\.40e-45[\s\S]*--dtype float64/);
  });

  it('runs in a wider dtype', async () => {
    const args = ['run', '--problem', HUGE, '--optimizer', 'sgd[learningRate=1e-300]', '--steps', '1'];
    const out = path.join(directory.path, 'held');
    const more = ['--seeds', '1', '--dtype', 'float64', '--dry-run', '--out', out];
    expect((await benchHere([...args, ...more], directory.path)).code).toBe(0);
  });

  it('is rejected by tune', async () => {
    const search = ['tune', '--problem', HUGE, '--optimizer', 'sgd', '--epochs', '1', '--trials', '2'];
    expect(await rejected([...search, '--seeds', '1'])).toMatch(/dataset 'csv'.*float32/);
  });

  it('is rejected in data from a plugin', async () => {
    const plugin = ['--plugin', path.join(directory.path, 'holes')];
    const message = await run('holes+mlp[hidden=[]]', 'sgd', ...plugin);
    expect(message).toMatch(/train\.inputs[\s\S]*NaN/);
  });
});

it('rejects an empty validation split', async () => {
  const search = ['tune', '--problem', PROBLEM, '--optimizer', 'sgd', '--epochs', '1', '--trials', '2'];
  const message = await rejected([...search, '--seeds', '1', '--validation', '0.001']);
  expect(message).toMatch(/\b0\.001\b.*\b24\b/);
});

describe('a first step that costs more than the whole budget', () => {
  const ask = ['--problem', 'boston', '--optimizer', 'sgn', '--seeds', '1'];
  const ONE = ['--gradient-equivalents', '1'];
  const profile = (gradientEquivalents: number) => ({
    ...{ name: 'dear', summary: 'x', seeds: 1, engine: 'onnxruntime[threads=1]' },
    runs: [{ problems: ['boston'], optimizers: ['sgn'], gradientEquivalents }],
  });
  const TOO_DEAR =
    /sgn on boston[\s\S]*expected: .*\b1\.\d+ gradient-equivalents[\s\S]*got: +1\n[\s\S]*--gradient-equivalents 2/;

  it.each([
    ['run', ['run', ...ask, ...ONE]],
    ['a dry run', ['run', ...ask, ...ONE, '--dry-run']],
    ['tune', ['tune', ...ask, ...ONE, '--trials', '2']],
  ])('is rejected by %s', async (_, args) => {
    expect(await rejected(args)).toMatch(TOO_DEAR);
  });

  it('is rejected in a profile, by run and snapshot', async () => {
    await writeFile(path.join(directory.path, 'dear.json'), JSON.stringify(profile(1)));
    expect(await rejected(['run', '--profile', './dear.json'])).toMatch(TOO_DEAR);
    expect(await rejected(['snapshot', '--profile', './dear.json', '--no-coverage'])).toMatch(TOO_DEAR);
  });

  it('runs if the optimizer can afford it', async () => {
    const { code, stdout } = await benchHere(
      [
        'run',
        '--problem',
        'boston',
        '--optimizer',
        'sgd',
        '--seeds',
        '1',
        ...ONE,
        '--json',
        '--out',
        'afforded',
      ],
      directory.path,
    );
    const { runs } = JSON.parse(stdout) as { runs: { status: string; steps: { count: number } }[] };
    expect([code, runs.map(({ status, steps }) => [status, steps.count])]).toEqual([0, [['budget', 1]]]);
  });
});

describe('a network beyond its bounds', () => {
  const run = (model: string, ...more: readonly string[]) =>
    rejected([
      ...['run', '--problem', `csv[path=small.csv,task=regression,target=y]+${model}`],
      ...['--optimizer', 'sgd', '--epochs', '1', '--seeds', '1', ...more],
    ]);

  it('is rejected with its size and the limit', async () => {
    const message = await run('mlp[hidden=[1000000,1000000]]');
    expect(message).toMatch(/expected: .*\b1e9\s+got: +1000004000001\b/);
  });

  it('is rejected if it exceeds the memory of a run', async () => {
    const message = await run('mlp[hidden=[10000000]]', '--memory', '256MiB');
    expect(message).toMatch(/expected: .*\b22369621\b[\s\S]*got: +30000001\b/);
  });
});
