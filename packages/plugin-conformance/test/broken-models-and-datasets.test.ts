// Models and datasets with one flaw each: the check that is made for it names it.

import { add, matmul, reshape, stopGradient, type Tensor, tensorValue } from '@gaussmark/autodiff';
import {
  type Dataset,
  type DatasetPlugin,
  type DatasetSpec,
  type Manifest,
  type ModelPlugin,
  type Params,
  parseManifest,
  Registry,
} from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { datasetChecks } from '../src/dataset-checks.js';
import { type Check, type Finding, findingOf } from '../src/finding.js';
import { modelChecks } from '../src/model-checks.js';

const manifestOf = (kind: string, properties: object = {}) =>
  parseManifest(
    {
      kind,
      name: 'flawed',
      version: '1.0.0',
      summary: 'Has a flaw.',
      entry: './index.js',
      hyperparameters: { type: 'object', properties },
    },
    'manifest.json',
  );

async function findings(checks: readonly Check[]): Promise<Record<string, Finding>> {
  const found = [];
  for (const check of checks) found.push(await findingOf(check));
  return Object.fromEntries(found.map((finding) => [finding.check, finding]));
}

const failed = (found: Readonly<Record<string, Finding>>) =>
  Object.values(found)
    .filter(({ status }) => status === 'fail')
    .map(({ check }) => check);

interface Flaw {
  readonly apply?: (outputs: Tensor) => Tensor;
  readonly weight?: (seed: number) => number;
  readonly types?: readonly number[];
}

/** f(x) = x w for vectors of three numbers, onto two. */
const linear = ({ apply = (y) => y, weight = (seed) => seed / 10, types }: Flaw): ModelPlugin => ({
  create: (_, { input, target, classes }) => {
    if (input.shape.join() !== '3' || classes !== undefined) return { incompatible: 'three numbers only' };
    return {
      init: (seed) => ({
        w: tensorValue(
          'float64',
          [3, 2],
          Array.from({ length: 6 }, (_, i) => weight(seed) + i / 7),
        ),
      }),
      ...(types === undefined ? {} : { types: () => ({ w: { dtype: 'float64', shape: types } }) }),
      apply: (params: Params, x: Tensor) =>
        apply(reshape(matmul(x, (params as { w: Tensor }).w), [x.shape[0]!, ...target.shape])),
    };
  },
});

describe('a model', () => {
  const check = (flaw: Flaw) =>
    findings(modelChecks(linear(flaw), manifestOf('model') as Extract<Manifest, { kind: 'model' }>));

  it('without a flaw passes', async () => {
    const found = await check({ types: [3, 2] });
    expect(failed(found)).toEqual([]);
    expect(found.data!.found).toMatch(/^fits vectors; refuses classes \(three numbers only\)/);
    expect(found.start!.found).toContain('another seed others');
  });

  it.each<[string, Flaw, RegExp]>([
    ['shapes', { apply: (y) => reshape(y, [y.shape[0]!, 1, 2]) }, /1 example: .*expected float64\[1,2\]/],
    ['types()', { types: [2, 3] }, /\[\[3,2\]\].*\[\[2,3\]\]/],
    ['start', { weight: () => Math.random() }, /other weights the second time/],
    ['gradient', { apply: (y) => add(y, stopGradient(y)) }, /finite differences/],
  ])('%s', async (name, flaw, found) => {
    const all = await check(flaw);
    expect(all[name]).toMatchObject({ status: 'fail', found: expect.stringMatching(found) });
  });

  it('that fits nothing', async () => {
    const nothing: ModelPlugin = { create: () => ({ incompatible: '' }) };
    const all = await findings(
      modelChecks(nothing, manifestOf('model') as Extract<Manifest, { kind: 'model' }>),
    );
    expect(all.data).toMatchObject({ status: 'fail', found: 'refuses vectors without a reason' });
  });
});

const SPEC: DatasetSpec = {
  task: 'classification',
  input: { shape: [1] },
  target: { shape: [] },
  classes: 2,
};

describe('a dataset', () => {
  const split = (from: number, targets: readonly number[] = [0, 1, 0]) => ({
    size: 3,
    inputs: Float64Array.of(from, from + 1, from + 2),
    targets: Int32Array.from(targets),
  });
  const dataset = (changes: () => Partial<Dataset>, told: DatasetSpec = SPEC): DatasetPlugin => ({
    describe: async () => told,
    load: async () => ({
      spec: SPEC,
      train: split(0),
      test: split(10),
      provenance: { source: 'generated', license: 'CC0-1.0', checksums: {} },
      ...changes(),
    }),
  });
  const check = async (plugin: DatasetPlugin, properties: object = {}) => {
    const manifest = manifestOf('dataset', properties) as Extract<Manifest, { kind: 'dataset' }>;
    const entry = {
      kind: 'dataset' as const,
      name: 'flawed',
      manifest,
      manifestFile: '',
      directory: '',
      entryFile: '',
      source: 'path' as const,
    };
    const registry = Object.create(new Registry([entry]), {
      load: { value: async () => plugin },
    }) as Registry;
    return findings(await datasetChecks(plugin, entry, registry, { cacheDirectory: '' }));
  };

  it('without a flaw passes', async () => {
    expect(failed(await check(dataset(() => ({}))))).toEqual([]);
  });

  it.each<[string, DatasetPlugin, RegExp]>([
    [
      'values',
      dataset(() => ({ train: { ...split(0), inputs: Float64Array.of(0, Number.NaN, 1) } })),
      /finite numbers.*NaN/,
    ],
    ['values', dataset(() => ({ test: split(10, [0, 1, 2]) })), /from 0 to 1.*got 2/],
    ['values', dataset(() => ({ train: { ...split(0), size: 4 } })), /4 values.*got 3/],
    ['describe()', dataset(() => ({}), { ...SPEC, classes: 3 }), /"classes":2.*"classes":3/],
    ['determinism', dataset(() => ({ train: split(Math.random()) })), /train\.inputs changes/],
    [
      'determinism',
      dataset(() => ({ provenance: { source: 's', license: 'l', checksums: { a: `${Math.random()}` } } })),
      /checksums change/,
    ],
  ])('%s: %#', async (name, plugin, found) => {
    const all = await check(plugin);
    expect(all[name]).toMatchObject({ status: 'fail', found: expect.stringMatching(found) });
    expect(failed(all)).toEqual([name]);
  });

  it('with a dead hyperparameter', async () => {
    const size = { type: 'integer', default: 3, minimum: 1, description: 'd' };
    expect(
      (
        await check(
          dataset(() => ({})),
          { size },
        )
      ).hyperparameters,
    ).toMatchObject({
      status: 'fail',
      found: expect.stringMatching(/^nothing depends on size/),
    });
  });

  it.each<[string, Partial<Dataset>, RegExp]>([
    ['test examples from the training split', { test: split(0) }, /^3 test examples also occur/],
    ['a class without training examples', { train: split(0, [0, 0, 0]) }, /^only 1 of 2 classes/],
  ])('reports %s', async (_, changes, found) => {
    expect((await check(dataset(() => changes))).splits).toMatchObject({
      status: 'info',
      found: expect.stringMatching(found),
    });
  });

  it('whose files are missing is not checked', async () => {
    const files = {
      license: '',
      origins: [],
      locate: async () => [{ name: 'a', bytes: 1, sha256: '', status: 'missing' }],
    };
    const plugin = { ...dataset(() => ({})), files } as unknown as DatasetPlugin;
    expect(await check(plugin)).toMatchObject({
      files: { status: 'skip', found: expect.stringContaining('bench data fetch flawed') },
    });
  });
});
