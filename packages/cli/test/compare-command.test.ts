// `bench snapshot` and `bench compare` through the command line: one small problem, few rounds.

import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../harness/test/fixtures.js';
import type { Comparison } from '../../tracking/src/comparison.js';
import { type Measure, type Snapshot, validateSnapshot } from '../../tracking/src/snapshot.js';
import { benchHere, type Finished } from './bench.js';

const directory = temporaryDirectory();
const CLI = fileURLToPath(new URL('..', import.meta.url));
const SMALL = [
  '--problem',
  'boston',
  '--optimizer',
  'sgn[cgIterations=2,warmupSteps=0]',
  '--steps',
  '12',
  '--no-coverage',
  '--quiet',
];
const HARD = [...SMALL, '--tier', 'hard'];

const read = async (file: string) => JSON.parse(await readFile(path.join(directory.path, file), 'utf8'));

/** A snapshot file that differs from another one. */
async function write(
  file: string,
  snapshot: Snapshot,
  change: (measure: Measure) => Partial<Measure>,
): Promise<void> {
  const measures = snapshot.measures.map((measure) => ({ ...measure, ...change(measure) }));
  await writeFile(path.join(directory.path, file), JSON.stringify({ ...snapshot, measures }));
}

describe('bench snapshot', () => {
  let finished: Finished;
  let snapshot: Snapshot;
  beforeAll(async () => {
    finished = await benchHere(
      ['snapshot', ...SMALL, '--rounds', '3', '--turn', '1', '--out', 'one.json'],
      directory.path,
    );
    snapshot = validateSnapshot(await read('one.json'), 'one.json');
  }, 120_000);
  const value = (quantity: string) =>
    snapshot.measures.find((measure) => measure.quantity === quantity)?.value;

  it('prints what it measured and where it wrote it', () => {
    expect(finished.code).toBe(0);
    expect(finished.stdout).toMatch(/\b3 timed\b.*\nmachine class: [a-z0-9.-]+\nsnapshot: one\.json/);
    expect(snapshot.suite.cells).toMatchObject([
      { problem: 'boston', optimizer: 'sgn[cgIterations=2,warmupSteps=0]', steps: 12 },
    ]);
    expect(snapshot.suite.cells[0]!.settings).toMatchObject({
      cgIterations: 2,
      damping: 1e-4,
      'mlp.hidden': [100, 100],
    });
  });

  it('holds numbers known without running', () => {
    // Two in each.
    expect(value('CG iterations of 12 steps')).toBe(24);
    // 13-100-100-1 with biases.
    expect(value('parameters')).toBe(13 * 100 + 100 + 100 * 100 + 100 + 100 + 1);
    expect(value('iterations to testLoss 0.012')).toSatisfy(
      (n) => n === null || n === 4 || n === 8 || n === 12,
    );
    // A Gauss-Newton product passes forward and backward once each: 2 x 2 operations a weight and example, and some.
    const weights = 13 * 100 + 100 * 100 + 100;
    expect(value('flops of a cg iteration')! / (2 * 2 * 2 * weights * 101)).toBeGreaterThan(0.8);
    expect(value('flops of a cg iteration')! / (2 * 2 * 2 * weights * 101)).toBeLessThan(1.2);
    expect(value('memory that a step leaves behind')).toBe(0);
    expect(value('loss after 10 steps')).toBeLessThan(value('loss after 0 steps')!);
  });

  it('gives losses tolerances that grow with rounding', () => {
    const relative = [0, 1, 10].map(
      (k) =>
        snapshot.measures.find(({ quantity }) => quantity === `loss after ${k} step${k === 1 ? '' : 's'}`)!
          .tolerance!.relative,
    );
    expect(relative[0]).toBe(1e-10);
    expect(relative[1]).toBeLessThan(1e-7);
    expect(relative[2]).toBeGreaterThanOrEqual(relative[1]!);
  });

  it('repeats its deterministic measures', async () => {
    const { code, stdout } = await benchHere(['snapshot', ...HARD, '--json'], directory.path);
    expect(code).toBe(0);
    const again = JSON.parse(stdout) as Snapshot;
    const hard = (of: Snapshot) =>
      of.measures.filter(({ tier }) => tier === 'hard').map(({ id, value }) => [id, value]);
    expect(hard(again)).toEqual(hard(snapshot));
  });

  it('feeds bench compare, which tells the same, worse and better files apart', async () => {
    const compared = async (change: (measure: Measure) => Partial<Measure>) => {
      await write('two.json', snapshot, change);
      const { code, stdout } = await benchHere(['compare', 'one.json', 'two.json', '--json'], directory.path);
      return { code, comparison: JSON.parse(stdout) as Comparison };
    };
    const scaled = (factor: number) => (measure: Measure) =>
      measure.quantity === 'loss after 1 step' ? { value: measure.value! * factor } : {};
    expect(await compared(() => ({}))).toMatchObject({
      code: 0,
      comparison: { outcome: 'same', timing: 'unpaired' },
    });
    expect(await compared(scaled(1.001))).toMatchObject({ code: 1, comparison: { outcome: 'regression' } });
    expect(await compared(scaled(0.999))).toMatchObject({ code: 1, comparison: { outcome: 'improvement' } });
    expect(await compared(scaled(1 + 1e-12))).toMatchObject({ code: 0, comparison: { outcome: 'same' } });
  });

  it('is rejected by bench compare without a common measure', async () => {
    await write('other.json', snapshot, ({ id }) => ({ id: `other/${id}` }));
    const { code, stdout, stderr } = await benchHere(['compare', 'one.json', 'other.json'], directory.path);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/one\.json.*other\.json[\s\S]*other\/boston\//);
  });

  it('shows what changed, by how much and since when, on the terminal and in Markdown', async () => {
    await write('two.json', snapshot, ({ quantity, value }) =>
      quantity === 'flops of a cg iteration' ? { value: value! * 2 } : {},
    );
    const compared = ['compare', 'one.json', 'two.json', '--history', 'history', '--markdown', 'table.md'];
    const { code, stdout, stderr } = await benchHere(compared, directory.path);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/\bhistory\b/)]);
    // The older commit was measured later, to find out.
    for (const [file, commit, date] of [
      ['two.json', 'bbbbbbbbbbbb', '2026-02-03T04:05:06Z'],
      ['one.json', 'aaaaaaaaaaaa', '2026-02-02T04:05:06Z'],
    ] as const) {
      const { revision, ...rest } = (await read(file)) as Snapshot;
      const night = { ...rest, revision: { ...revision, commit, date } };
      await writeFile(path.join(directory.path, 'night.json'), JSON.stringify(night));
      await benchHere(['history', 'add', 'night.json', '--history', 'history'], directory.path);
    }
    const dated = await benchHere(compared, directory.path);
    expect(dated.code).toBe(1);
    expect(dated.stdout).toMatch(/^Regression: two\.json/);
    expect(dated.stdout).toMatch(
      /flops of a cg iteration +\S+ flop +\S+ flop +\+100 % +WORSE +bbbbbbbbbb 2026-02-03/,
    );
    const markdown = await readFile(path.join(directory.path, 'table.md'), 'utf8');
    expect(markdown).toMatch(/^### ❌ Regression\n/);
    expect(markdown).toMatch(/\| \+100 % \| {2}\| WORSE \| bbbbbbbbbb 2026-02-03 \|/);
  });
});

/** A project of plugins that depends on the command line. */
async function project(name: string): Promise<string> {
  const folder = path.join(directory.path, name);
  await mkdir(path.join(folder, 'node_modules', '@gaussmark'), { recursive: true });
  await symlink(CLI, path.join(folder, 'node_modules', '@gaussmark', 'cli'), 'dir');
  return folder;
}

/** A plugin in a folder, whose optimizer is called `mine`. */
async function pluginIn(plugin: string, learningRate = '0.1'): Promise<void> {
  await cp(path.join(CLI, '..', 'optimizer-sgd', 'dist'), path.join(plugin, 'dist'), { recursive: true });
  const manifest = await readFile(path.join(CLI, '..', 'optimizer-sgd', 'manifest.json'), 'utf8');
  await writeFile(
    path.join(plugin, 'manifest.json'),
    manifest
      .replace('"name": "sgd"', '"name": "mine"')
      .replace('"default": 0.1,', `"default": ${learningRate},`),
  );
  await writeFile(path.join(plugin, 'package.json'), '{"name":"mine","type":"module"}');
  await symlink(path.join(CLI, 'node_modules'), path.join(plugin, 'node_modules'), 'dir');
}

describe('a plugin by path', () => {
  const what = [
    '--problem',
    'boston',
    '--optimizer',
    'mine',
    '--steps',
    '1',
    '--tier',
    'hard',
    '--quiet',
    '--no-coverage',
  ];

  it('gives a snapshot its revision', async () => {
    const plugin = path.join(directory.path, 'plugin');
    await pluginIn(plugin);
    const git = (...args: string[]) =>
      promisify(execFile)('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: plugin });
    await git('init', '--quiet');
    await git('add', 'manifest.json');
    await git('commit', '--quiet', '-m', 'Begin mine');
    for (const given of ['plugin', path.join('plugin', 'manifest.json')]) {
      const { code, stdout } = await benchHere(
        ['snapshot', '--plugin', given, ...what, '--json'],
        directory.path,
      );
      expect(code).toBe(0);
      const { revision } = JSON.parse(stdout) as Snapshot;
      expect(revision.subject).toBe('Begin mine');
    }
  });

  it('if it is missing, the snapshot keeps the revision of the surrounding code', async () => {
    const used = what.map((word) => (word === 'mine' ? 'sgd' : word));
    const args = ['snapshot', '--plugin', 'nowhere', ...used, '--json'];
    expect((await benchHere(args, directory.path)).code).toBe(0);
  });

  it('inside one checkout, stands for the same path in the other', async () => {
    await pluginIn(path.join(await project('before'), 'plugin'));
    await pluginIn(path.join(await project('after'), 'plugin'), '0.2');
    const compared = async (plugin: string) => {
      const args = ['compare', 'before', 'after', '--plugin', path.join(plugin, 'plugin'), ...what, '--json'];
      const { stdout } = await benchHere(args, directory.path);
      return JSON.parse(stdout) as Comparison;
    };
    const changed = { setting: 'learningRate', from: 0.1, to: 0.2 };
    expect((await compared('before')).settings).toMatchObject([changed]);
    expect((await compared('after')).settings).toMatchObject([changed]);
    expect((await compared('.')).settings).toEqual([]);
  });
});

describe('bench compare of checkouts', () => {
  it('finds no difference between a checkout and itself', async () => {
    await project('project');
    const args = [
      'compare',
      'project',
      'project',
      ...SMALL,
      '--rounds',
      '4',
      '--turn',
      '1',
      '--threshold',
      '500%',
    ];
    const { code, stdout, stderr } = await benchHere([...args, '--json'], directory.path);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { rows, timing, floors } = JSON.parse(stdout) as Comparison;
    expect(timing).toBe('paired');
    expect(floors.cpu).toBeGreaterThan(0);
    expect(rows.filter(({ tier }) => tier === 'timed').map(({ quantity }) => quantity)).toEqual([
      'time of a gradient',
      'time of 4 Gauss-Newton products',
      'time of a step',
    ]);
    expect(rows.filter(({ tier, verdict }) => tier === 'hard' && verdict !== 'same')).toEqual([]);
    // Four rounds are too few.
    expect(rows.find(({ quantity }) => quantity === 'time of a step')).toMatchObject({
      verdict: 'undecided',
    });
  });
});

describe('bench compare rejects', () => {
  it.each([
    [['nowhere', 'nowhere'], /\bnowhere\b[\s\S]*bench snapshot --out FILE/],
    [['.', '.'], /checkout[\s\S]*report/],
    [['bad.json', 'bad.json'], /bad\.json/],
    [['.'], /'candidate'/],
    [['a', 'b', '--threshold', '0'], /--threshold.*'0'/],
    [['a', 'b', '--tier', 'soft'], /hard, timed/],
  ])('%j', async (args, message) => {
    await writeFile(path.join(directory.path, 'bad.json'), '{"format":"gaussmark-snapshot"}');
    const { code, stdout, stderr } = await benchHere(['compare', ...args], directory.path);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('a checkout that is not built', async () => {
    const folder = path.join(directory.path, 'unbuilt', 'packages', 'tracking');
    await mkdir(folder, { recursive: true });
    await writeFile(
      path.join(folder, 'package.json'),
      JSON.stringify({ name: '@gaussmark/tracking', measuringProtocol: 2 }),
    );
    const { code, stderr } = await benchHere(['compare', 'unbuilt', 'unbuilt'], directory.path);
    expect(stderr).toMatch(/\bunbuilt\b[\s\S]*pnpm build/);
    expect(code).toBe(2);
  });
});
