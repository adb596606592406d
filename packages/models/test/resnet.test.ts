import { readFile } from 'node:fs/promises';
import { type TensorValue, tree } from '@gaussmark/autodiff';
import { completeHyperparameters, type DatasetSpec, parseManifest } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import resnet, { type ResnetHyperparameters } from '../src/resnet.js';
import { demandModel, parameterCount, run, wave, waveParameters } from './wave-network.js';

const DEFAULTS = completeHyperparameters<ResnetHyperparameters>(
  parseManifest(
    JSON.parse(await readFile(new URL('../manifests/resnet.json', import.meta.url), 'utf8')),
    'manifests/resnet.json',
  ),
  {},
);

const cifar: DatasetSpec = {
  task: 'classification',
  input: { shape: [3, 32, 32] },
  target: { shape: [] },
  classes: 10,
};
const small: DatasetSpec = { ...cifar, input: { shape: [2, 6, 5] }, classes: 3 };
const build = (hyperparameters: Partial<ResnetHyperparameters>, data = small) =>
  demandModel(resnet.create({ ...DEFAULTS, ...hyperparameters }, data));

// Stem 27 c + 2 c; a block of c channels 2 (9 c c + 2 c); a stage's first from b: 9 b c + 9 c c + 4 c + b c + c; output 64 * 10 + 10.
const BLOCK = (c: number) => 2 * (9 * c * c + 2 * c);
const FIRST = (b: number, c: number) => 9 * b * c + 9 * c * c + 4 * c + b * c + c;

it.each([1, 3])('has the parameters of its %d blocks per stage', (blocks) => {
  const rest = (blocks - 1) * (BLOCK(32) + BLOCK(64));
  const wanted = 29 * 16 + blocks * BLOCK(16) + FIRST(16, 32) + FIRST(32, 64) + rest + 650;
  expect(parameterCount(build({ blocks }, cifar))).toBe(wanted);
});

describe('independence of examples', () => {
  it.each(['layer', 'none'] as const)(
    'an example’s outputs do not depend on its batch (%s)',
    (normalization) => {
      const model = build({ widths: [3, 4], normalization });
      const params = waveParameters(model);
      const batch = wave([2, 2, 6, 5], 3);
      const alone = { type: { ...batch.type, shape: [1, 2, 6, 5] }, data: batch.data.slice(60) };
      expect([...run(model.apply, params, alone).data]).toEqual([
        ...run(model.apply, params, batch).data.slice(3),
      ]);
    },
  );
});

it('without normalization, initially computes only its shortcuts', () => {
  const model = build({ widths: [4], blocks: 2, normalization: 'none' });
  const params = model.init(1);
  const seconds = params.stages.flatMap((blocks) => blocks.map(({ second }) => second.weight));
  expect(seconds.map(({ type }) => type.shape)).toEqual([
    [4, 4, 3, 3],
    [4, 4, 3, 3],
  ]);
  expect(seconds.every(({ data }) => data.every((value) => value === 0))).toBe(true);
  const x = wave([2, 2, 6, 5], 3);
  const stemOnly = { stem: params.stem, stages: [], output: params.output };
  expect(run(model.apply, model.init(1), x)).toEqual(run(model.apply, stemOnly, x));
});

it('normalizes: scaling the weights of a convolution changes only the effect of epsilon', () => {
  const model = build({ widths: [3], normalization: 'layer' });
  const x = wave([2, 2, 6, 5], 3);
  const params = model.init(1);
  const { weight, ...stem } = params.stem;
  const scaled = { ...weight, data: Float64Array.from(weight.data, (value) => 1000 * value) };
  const before = run(model.apply, params, x);
  const after = run(model.apply, { ...params, stem: { weight: scaled, ...stem } }, x);
  for (const [i, value] of before.data.entries()) expect(after.data[i]).toBeCloseTo(value, 3);
  expect(Math.max(...Array.from(before.data, Math.abs))).toBeGreaterThan(0.1);
});

it('uses the run’s seed, or its own', () => {
  const leaves = (seed: number, initializationSeed: number | null) =>
    tree.leaves<TensorValue>(build({ initializationSeed }).init(seed));
  expect(leaves(1, null)).not.toEqual(leaves(2, null));
  expect(leaves(1, 2)).toEqual(leaves(2, null));
});
