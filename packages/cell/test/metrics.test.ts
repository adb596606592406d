// Metrics of an optimizer: scalars, vectors and records, by name, in every point of a curve.

import { scalar, type Tensor, trace, zeros } from '@gaussmark/autodiff';
import type { Metrics } from '@gaussmark/core';
import { expect, it } from 'vitest';
import {
  bostonCell,
  gradientStep,
  temporaryDirectory,
  workspaceRegistry,
  writeOptimizer,
} from '../../harness/test/fixtures.js';
import { packedMetrics } from '../src/metrics.js';
import { runCell } from '../src/run-cell.js';

const directory = temporaryDirectory();

it('records the entries of vectors under names of their own', async () => {
  const metrics = `
    first: 3,
    steps: concat([1, 2].map((k) => reshape(mul(k, cast(context.step, 'float64')), [1]))),
    norm: { 'layers.0': context.progress, rest: scalar(7, 'float64') },`;
  const create = gradientStep('', metrics).replace('state)', 'state, context)');
  const imports = "import { cast, concat, mul, reshape } from '@gaussmark/autodiff';";
  const extra = [await writeOptimizer(directory.path, 'vectors', create, imports)];
  const registry = await workspaceRegistry();
  const cell = {
    ...bostonCell(registry, 'sgd', {}, { hidden: 2, batchSize: 101, seed: 1 }),
    optimizer: { name: 'vectors', hyperparameters: {} },
    evaluateEvery: { steps: 2 },
  };
  const { curve } = await runCell(cell, { ...directory.locations, extra }, { onEvent: () => {} });
  // Means over steps 0 and 1, then 2 and 3.
  expect(curve.map((point) => point.metrics)).toEqual([
    { first: 3, 'steps[0]': 0.5, 'steps[1]': 1, 'norm[layers.0]': 0.125, 'norm[rest]': 7 },
    { first: 3, 'steps[0]': 2.5, 'steps[1]': 5, 'norm[layers.0]': 0.625, 'norm[rest]': 7 },
  ]);
});

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, one()]));
const one = (): Tensor => scalar(1, 'float64');

it.each<[string, () => unknown, string]>([
  ['a matrix', () => ({ a: zeros([2, 2], 'float64') }), "'a' is not a scalar: got float64[2,2]"],
  ['text', () => ({ a: 'x' }), "'a' is not a scalar: got string"],
  ['a vector in a record', () => ({ a: { b: zeros([2], 'float64') } }), "'a[b]' is not a scalar"],
  ['a long vector', () => ({ a: zeros([65], 'float64') }), "'a' has an unusable length"],
  ['an empty record', () => ({ a: {} }), "'a' has an unusable length"],
  ['an unusable label', () => ({ a: { '\n': one() } }), 'unusable name'],
  ['a name twice', () => ({ a: zeros([1], 'float64'), 'a[0]': one() }), "'a[0]' twice"],
  ['many metrics', () => many(101), 'too many metrics'],
  [
    'many values',
    () => Object.fromEntries([...'abcdefghi'].map((name) => [name, zeros([60], 'float64')])),
    'too many values',
  ],
])('refuses %s', (_, metrics, message) => {
  expect(() =>
    trace(() => packedMetrics(metrics() as Metrics, 'float64').flatMap(({ values }) => values)),
  ).toThrow(message);
});
