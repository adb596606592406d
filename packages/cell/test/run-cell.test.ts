// A cell in this process: on an engine that does not support its steps, and what it records of its start.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Engine, GaussmarkError } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { locationsOf } from '../../harness/src/plan/locations.js';
import { makePlan } from '../../harness/src/plan/plan.js';
import { bostonCell, temporaryDirectory, WORKSPACE, workspaceRegistry } from '../../harness/test/fixtures.js';
import { runCell } from '../src/run-cell.js';
import { contextOf, setUp } from '../src/setup.js';

/** Runs a cell on an engine that refuses every program, and says this of them. */
async function refused(unsupported: Engine['unsupported']) {
  const cell = bostonCell(await workspaceRegistry(), 'sgd', {}, { hidden: 4, batchSize: 101, seed: 1 });
  const refuse = async () => {
    throw new GaussmarkError('refused');
  };
  return runCell(cell, locationsOf(WORKSPACE), {
    onEvent: () => {},
    observe: (engine) => Object.assign(Object.create(engine) as Engine, { unsupported, compile: refuse }),
  });
}

it('is skipped if the engine declares it unsupported', async () => {
  const reason = "engine 'onnxruntime[threads=1]' has no float64";
  expect(await refused(() => 'has no float64')).toMatchObject({ status: 'skipped', reason, curve: [] });
});

it('fails if the engine only finds out later', async () => {
  await expect(refused(() => null)).rejects.toThrow('refused');
});

it('tells the optimizer the roles of the parameters', async () => {
  const cell = bostonCell(await workspaceRegistry(), 'sgd', {}, { hidden: 4, batchSize: 101, seed: 1 });
  const { subject, facts } = await setUp(cell, await workspaceRegistry(), locationsOf(WORKSPACE));
  expect(contextOf(cell, facts, subject, 1).parameters).toEqual([
    { path: 'layers.0.weight', shape: [13, 4], role: 'weight' },
    { path: 'layers.0.bias', shape: [4], role: 'bias' },
    { path: 'layers.1.weight', shape: [4, 1], role: 'head' },
    { path: 'layers.1.bias', shape: [1], role: 'bias' },
  ]);
});

describe('the start of a run, by its hash', () => {
  const starts = async (problem: string) => {
    const request = { problems: [problem], optimizers: ['sgd'], seeds: [1, 2], budget: { steps: 1 } };
    const { cells } = await makePlan(request, await workspaceRegistry(), locationsOf(WORKSPACE));
    const results = await Promise.all(
      cells.map((cell) => runCell(cell, locationsOf(WORKSPACE), { onEvent: () => {} })),
    );
    return results.map(({ startHash }) => startHash);
  };

  it('is the same for all seeds of a problem of the paper', async () => {
    const [first, second] = await starts('boston');
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(second).toBe(first);
  });

  it('differs by seed if starts are drawn', async () => {
    const [first, second] = await starts('boston-drawn');
    expect(second).toMatch(/^[0-9a-f]{16}$/);
    expect(second).not.toBe(first);
  });
});

describe('the mean training loss of an epoch', () => {
  const directory = temporaryDirectory();

  /** Of a line through twelve points, one of them far off, in a mini-batch of 11 and one of 1. The parameters hardly move. */
  async function trainLosses(trainLossMean: 'examples' | 'batches') {
    const rows = [100, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6].map((y, i) => `${i - 5},${y}`);
    const file = path.join(directory.path, 'points.csv');
    await writeFile(file, ['a,y', ...rows].join('\n'));
    const problem = {
      name: 'points',
      dataset: {
        name: 'csv',
        hyperparameters: { path: file, task: 'regression', target: 'y', testPath: file },
      },
      model: { name: 'mlp', hyperparameters: { hidden: [] } },
      loss: 'squaredError',
      batchSize: 11,
      dtype: 'float64',
      ...(trainLossMean === 'examples' ? {} : { trainLossMean }),
    };
    await writeFile(path.join(directory.path, 'points.json'), JSON.stringify(problem));
    const request = {
      problems: [path.join(directory.path, 'points.json')],
      optimizers: ['sgd[learningRate=1e-12]'],
      seeds: [1, 2, 3],
      budget: { epochs: 1 },
    };
    const registry = await workspaceRegistry();
    const { cells, problems } = await makePlan(request, registry, locationsOf(WORKSPACE));
    expect(problems[0]!.trainLossMean).toBe(trainLossMean);
    const ended: { readonly train: number; readonly test: number }[] = [];
    for (const cell of cells) {
      const { curve } = await runCell(cell, locationsOf(WORKSPACE), { onEvent: () => {} });
      ended.push({ train: curve.at(-1)!.trainLoss!, test: curve.at(-1)!.testLoss! });
    }
    return ended;
  }

  it('is over examples, as on the same rows as a test split', async () => {
    const losses = await trainLosses('examples');
    expect(losses.map(({ train }) => train)).toEqual([
      expect.closeTo(826.265, 3),
      expect.closeTo(830.0095, 3),
      expect.closeTo(854.9088, 3),
    ]);
    for (const { train, test } of losses) expect(Math.abs(train / test - 1)).toBeLessThan(1e-8);
  });

  it('is over mini-batches if the problem says so, as in the paper', async () => {
    const losses = await trainLosses('batches');
    for (const { train, test } of losses) expect(Math.abs(train / test - 1)).toBeGreaterThan(0.3);
    const { problems } = await makePlan(
      { problems: ['boston', 'boston-drawn'], optimizers: ['sgd'], seeds: [1], budget: { steps: 1 } },
      await workspaceRegistry(),
      locationsOf(WORKSPACE),
    );
    expect(problems.map(({ trainLossMean }) => trainLossMean)).toEqual(['batches', 'examples']);
  });
});

describe('an exact fit', () => {
  const directory = temporaryDirectory();

  it.each([
    'sgn[cgTolerance=0,cgIterations=20]',
    'sgn[cgTolerance=0,cgIterations=40,preconditioned=true]',
    'sgn',
  ])('ends done, and reports why the inner loop stopped: %s', async (optimizer) => {
    const file = path.join(directory.path, 'zeros.csv');
    await writeFile(
      file,
      ['a,b,y', ...Array.from({ length: 20 }, (_, i) => `${i / 7},${1 / (i + 1)},0`)].join('\n'),
    );
    const problems = [`csv[path="${file}",task=regression,target=y]+mlp[hidden=[]]`];
    const request = { problems, optimizers: [optimizer], seeds: [1], budget: { epochs: 20 }, batchSize: 8 };
    const { cells } = await makePlan(request, await workspaceRegistry(), locationsOf(WORKSPACE));
    const { status, curve, innerLoop } = await runCell(cells[0]!, locationsOf(WORKSPACE), {
      onEvent: () => {},
    });
    expect(status).toBe('done');
    expect(curve.at(-1)!.testLoss).toBeLessThan(1e-12);
    const { exact = 0, converged = 0, nonFinite } = innerLoop!.stops!;
    expect(exact + converged).toBeGreaterThan(20);
    expect(nonFinite).toBeUndefined();
  });
});

it('records the mini-batch size that the examples allow', async () => {
  const request = {
    problems: ['boston'],
    optimizers: ['sgd'],
    seeds: [1],
    budget: { steps: 1 },
    batchSize: 5000,
  };
  const { problems } = await makePlan(request, await workspaceRegistry(), locationsOf(WORKSPACE));
  expect(problems[0]).toMatchObject({ batchSize: 404, requestedBatchSize: 5000, stepsPerEpoch: 1 });
});
