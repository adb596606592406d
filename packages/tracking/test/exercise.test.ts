// Coverage of plugins: every hyperparameter changes a number, and a wrong formula shows.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Manifest, parseManifest, type Registry } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { benchHere } from '../../cli/test/bench.js';
import { temporaryDirectory, workspaceRegistry } from '../../harness/test/fixtures.js';
import { cover, coverageSubjects } from '../src/cover.js';
import { type CoveredHyperparameter, lostCoverage } from '../src/coverage-report.js';
import { validateSnapshot } from '../src/snapshot.js';
import { decayingDescent } from './exercise-plugin.js';

const directory = temporaryDirectory();
const readText = (file: string) => readFile(file, 'utf8');
let registry: Registry;
beforeAll(async () => {
  registry = await workspaceRegistry();
});

const manifestOf = (properties: object, rest: object = {}): Manifest =>
  parseManifest(
    {
      kind: 'optimizer',
      name: 'made-up',
      version: '1.0.0',
      summary: 'Made up.',
      entry: './index.js',
      hyperparameters: { type: 'object', properties },
      ...rest,
    },
    'manifest.json',
  );

const number = (value: number, bounds: object = {}) => ({
  type: 'number',
  default: value,
  description: 'd',
  ...bounds,
});
describe('the plugins of this repository', () => {
  const statuses = (coverage: readonly CoveredHyperparameter[]) =>
    coverage
      .filter(({ status }) => status !== 'exercised')
      .map(({ hyperparameter, status }) => [hyperparameter, status]);
  const coverThis = (kind: 'optimizer' | 'model' | 'dataset' | 'loss', name: string) =>
    cover({ kind, name }, registry, directory.locations);

  it('are all covered, and the losses', () => {
    const names = coverageSubjects(registry, 'all').map(({ kind, name }) => `${kind} ${name}`);
    expect(names).toEqual(
      expect.arrayContaining([
        'optimizer sgd',
        'optimizer sgn',
        'model resnet',
        'dataset csv',
        'loss softmaxCrossEntropy',
      ]),
    );
    const all = registry.list().filter(({ kind }) => kind !== 'engine');
    expect(names).toHaveLength(all.length + 2);
  });

  // Some seconds of processor time on a machine of its own.
  it.each(['sgd', 'sgn'])('%s: every hyperparameter changes a number', { timeout: 180_000 }, async (name) => {
    const { coverage, measures } = await coverThis('optimizer', name);
    expect(coverage.map(({ hyperparameter }) => hyperparameter)).toEqual(
      Object.keys(registry.find('optimizer', name).manifest.hyperparameters.properties),
    );
    expect(statuses(coverage)).toEqual([]);
    expect(measures.length).toBeGreaterThan(4 * coverage.length);
    expect(new Set(measures.map(({ id }) => id)).size).toBe(measures.length);
  });

  it.each([
    ['model', 'mlp', []],
    ['model', 'convnet', []],
    ['model', 'autoencoder', []],
    ['model', 'resnet', []],
    ['model', 'transformer', []],
    ['dataset', 'sine', []],
    ['dataset', 'csv', []],
    ['dataset', 'boston', [['directory', 'not run']]],
  ] as const)('%s %s', { timeout: 60_000 }, async (kind, name, expected) => {
    const { coverage, measures } = await coverThis(kind, name);
    expect(coverage.length).toBeGreaterThan(0);
    expect(statuses(coverage)).toEqual(expected);
    expect(measures.some(({ value }) => value !== null)).toBe(true);
  });

  it('give the same numbers each time', async () => {
    const [first, again] = [await coverThis('model', 'mlp'), await coverThis('model', 'mlp')];
    expect(again).toEqual(first);
    const losses = await coverThis('loss', 'softmaxCrossEntropy');
    expect(losses.measures).toEqual((await coverThis('loss', 'softmaxCrossEntropy')).measures);
  });

  it('are reported as absent if their data are missing', async () => {
    // An empty cache, whatever was fetched on this machine.
    const locations = { ...directory.locations, cacheDirectory: directory.path };
    const { coverage } = await cover({ kind: 'dataset', name: 'cifar10' }, registry, locations);
    expect(new Set(coverage.map(({ status }) => status))).toEqual(new Set(['absent']));
  });
});

describe('coverage that is lost', () => {
  const covered = (status: CoveredHyperparameter['status']): CoveredHyperparameter => ({
    kind: 'optimizer',
    plugin: 'sgd',
    hyperparameter: 'momentum',
    status,
  });

  it.each([
    ['exercised', 'inert', true],
    ['exercised', 'not run', true],
    ['exercised', 'absent', false],
    ['exercised', 'exercised', false],
    ['inert', 'not run', false],
    ['inert', 'exercised', false],
  ] as const)('%s, then %s: %s', (from, to, lost) => {
    expect(lostCoverage([covered(from)], [covered(to)])).toHaveLength(lost ? 1 : 0);
  });
});

describe("a third party's optimizer", () => {
  /** Writes the plugin; returns its folder. */
  async function plugin(folder: string, decay: string): Promise<string> {
    const place = path.join(directory.path, folder);
    await mkdir(place, { recursive: true });
    const manifest = manifestOf({
      learningRate: number(0.1, { exclusiveMinimum: 0 }),
      decay: number(0, { minimum: 0 }),
    });
    await writeFile(path.join(place, 'manifest.json'), JSON.stringify({ ...manifest, name: 'theirs' }));
    await writeFile(
      path.join(place, 'package.json'),
      JSON.stringify({
        name: 'theirs',
        version: '1.0.0',
        type: 'module',
        gaussmark: { manifests: ['./manifest.json'] },
      }),
    );
    await writeFile(path.join(place, 'index.js'), decayingDescent(decay));
    return place;
  }

  it('is covered like one of ours, and a wrong sign in it is found', { timeout: 120_000 }, async () => {
    const snapshot = async (folder: string, decay: string) => {
      const file = path.join(directory.path, `${folder}.json`);
      const place = await plugin(folder, decay);
      const selected = ['--plugin', place, '--problem', 'sine10', '--optimizer', 'theirs', '--steps', '2'];
      const finished = await benchHere(
        ['snapshot', ...selected, '--tier', 'hard', '--quiet', '--out', file],
        directory.path,
      );
      expect(finished.code, finished.stderr).toBe(0);
      return file;
    };
    const right = await snapshot('right', 'decay');
    const wrong = await snapshot('wrong', '-decay');
    const { coverage } = validateSnapshot(JSON.parse(await readText(right)), right);
    expect(coverage!.filter(({ plugin: name }) => name === 'theirs')).toEqual(
      ['learningRate', 'decay'].map((hyperparameter) => ({
        kind: 'optimizer',
        plugin: 'theirs',
        hyperparameter,
        status: 'exercised',
      })),
    );
    const same = await benchHere(['compare', right, right, '--tier', 'hard', '--json'], directory.path);
    expect(same.code).toBe(0);
    const compared = await benchHere(['compare', right, wrong, '--tier', 'hard', '--json'], directory.path);
    expect(compared.code).toBe(1);
    const changed = (JSON.parse(compared.stdout) as { rows: { id: string; verdict: string }[] }).rows
      .filter(({ verdict }) => verdict === 'changed')
      .map(({ id }) => id);
    expect(changed.length).toBeGreaterThan(0);
    // The default is without decay: the run of the profile alone would have seen nothing.
    expect(changed.every((id) => id.startsWith('coverage/theirs[') && id.includes('decay='))).toBe(true);
  });
});
