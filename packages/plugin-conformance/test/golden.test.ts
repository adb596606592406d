// Golden trajectories and oracles: what is compared, which files belong to an optimizer, and what is refused.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { vector } from '@gaussmark/autodiff';
import type { ManifestOf, OptimizerPlugin } from '@gaussmark/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findingOf } from '../src/finding.js';
import { goldenChecks, goldenOracles } from '../src/golden.js';
import { OptimizerBench } from '../src/optimizer-bench.js';
import { deviation, meetOracle } from '../src/oracle.js';

const descent: OptimizerPlugin<{ readonly rate: number }, Record<never, never>> = {
  create: ({ rate }) => ({
    init: () => ({}),
    step: (problem, params) => ({
      params: vector.addScaled(params, -rate, problem.valueAndGrad(params).grad),
      state: {},
      metrics: {},
    }),
    evaluationPoint: (params) => vector.scale(2, params),
  }),
};
const manifest: ManifestOf<'optimizer'> = {
  kind: 'optimizer',
  name: 'descent',
  version: '1.0.0',
  summary: 'Gradient descent, evaluated at twice its parameters.',
  entry: './index.js',
  hyperparameters: {
    type: 'object',
    properties: { rate: { type: 'number', default: 0.25, description: 'Rate.' } },
  },
};

// f(x) = w x + b at x = 2 with target 3, from w = 1, b = 0: the error is -1, and the gradient (2 (-1) 2, 2 (-1)).
const layer = (weight: number, bias: number) => [{ weight: [[weight]], bias: [bias] }];
const golden = {
  format: 'gaussmark-golden-1',
  source: 'arithmetic',
  hyperparameters: {},
  layers: layer(1, 0),
  batches: [{ inputs: [[2]], targets: [[3]] }],
  steps: [{ layers: layer(2, 0.5), point: layer(4, 1) }],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'golden-'));

  await mkdir(path.join(folder, 'golden'));
});
afterAll(() => rm(folder, { recursive: true }));

const put = (name: string, document: unknown) =>
  writeFile(path.join(folder, 'golden', name), JSON.stringify(document));
const url = () => pathToFileURL(path.join(folder, 'golden'));

it('compares parameters and points, and gives each optimizer of a folder its own files', async () => {
  await put('a.json', { ...golden, optimizer: 'descent' });
  await put('b.json', { ...golden, optimizer: 'ascent' });
  await put('c.json', { ...golden, optimizer: 'descnet' });
  await put('d.json', golden);
  await put('e.json', {
    ...golden,
    optimizer: 'descent',
    steps: [{ layers: layer(2, 0.5), point: layer(4, 1.5) }],
  });
  const bench = new OptimizerBench(descent as unknown as OptimizerPlugin, manifest);
  const findings = await Promise.all(
    (await goldenChecks(bench, folder, ['ascent', 'descent'])).map(findingOf),
  );
  expect(findings.map(({ check, status }) => [check, status])).toEqual([
    ['golden/a.json', 'pass'],
    ['golden/c.json', 'fail'],
    ['golden/d.json', 'fail'],
    ['golden/e.json', 'fail'],
  ]);
  expect(findings[1]!.found).toContain('ascent, descent');
  const oracles = await goldenOracles(descent, manifest, url());
  const offs = await Promise.all(oracles.map(({ worst }) => worst()));
  expect(oracles.map(({ name }) => name)).toEqual(['1 steps of a', '1 steps of d', '1 steps of e']);
  expect(offs).toEqual([0, 0, 0.5 / 4]);
  await expect(meetOracle(oracles[0]!)).resolves.toBe(0);
  await expect(meetOracle(oracles[2]!)).rejects.toThrow(
    expect.objectContaining({ got: 'a relative deviation of 1.3e-1' }),
  );
});

it('refuses an optimizer without a trajectory, and a deviation that is not a number', async () => {
  await expect(
    goldenOracles(descent, { ...manifest, name: 'other' }, new URL('file:///nowhere')),
  ).rejects.toThrow('has no golden trajectory');
  const oracle = { optimizer: 'descent', name: 'x', reference: 'y', tolerance: 1, worst: () => Number.NaN };
  await expect(meetOracle(oracle)).rejects.toThrow("optimizer 'descent' differs from its oracle: x");
});

it('measures deviations relative to the largest number', () => {
  expect(deviation([1, 2.5], [1, 2])).toBe(0.25);
  expect(deviation([0], [0])).toBe(0);
  expect(deviation([1, 2], [1])).toBe(Number.POSITIVE_INFINITY);
  expect(deviation([Number.NaN, 1], [1, 1])).toBeNaN();
});
