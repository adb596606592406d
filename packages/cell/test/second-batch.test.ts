// The second mini-batch of a step: its examples, in every kind of call, and what they cost.

import { sum } from '@gaussmark/autodiff';
import { discover, type Optimizer, type Problem, type Registry } from '@gaussmark/core';
import { PythonShuffle } from '@gaussmark/random';
import { beforeAll, expect, it } from 'vitest';
import { locationsOf } from '../../harness/src/plan/locations.js';
import {
  bostonCell,
  temporaryDirectory,
  WORKSPACE,
  workspaceRegistry,
  writeModule,
} from '../../harness/test/fixtures.js';
import type { Cell } from '../src/cell.js';
import { runCell } from '../src/run-cell.js';
import { setUp } from '../src/setup.js';
import { prepareTraining } from './prepared-training.js';

const locations = locationsOf(WORKSPACE);
/** Of 404 examples: four full mini-batches an epoch, and one of four. */
const BATCH = 100;
let registry: Registry;
let cell: Cell;

beforeAll(async () => {
  registry = await workspaceRegistry();
  cell = bostonCell(registry, 'sgd', {}, { hidden: 4, batchSize: BATCH, seed: 3 });
});

/** Sums of the targets of both mini-batches. */
const watching: Optimizer = {
  init: () => ({}),
  step: (problem: Problem, params, state) => ({
    params,
    state,
    metrics: { first: sum(problem.targets), second: sum(problem.second.targets) },
  }),
};

async function sums(count: number, stepsPerCall: number): Promise<number[][]> {
  const options = { optimizer: watching, batches: 2, stepsPerCall, onRun: () => {} };
  const { engine, training } = await prepareTraining(cell, registry, locations, options);
  try {
    const taken: number[][] = [];
    while (taken.length < count) taken.push(Array.from(await training.step()).slice(1));
    return taken;
  } finally {
    await engine.dispose();
  }
}

it.each([1, 3])('has examples of a stream of its own, with %i steps per call', async (stepsPerCall) => {
  const { dataset } = await setUp(cell, registry, locations);
  const { targets, size } = dataset.train;
  /** Sums of the targets in mini-batches of these sizes, from shuffled passes without a gap. */
  const streamed = (seed: number, sizes: readonly number[]) => {
    const shuffle = new PythonShuffle(size, seed);
    const order: number[] = [];
    while (order.length < 3 * size) {
      shuffle.next();
      order.push(...shuffle.order);
    }
    return sizes.map((each) => order.splice(0, each).reduce((total, row) => total + targets[row]!, 0));
  };
  const sizes = [BATCH, BATCH, BATCH, BATCH, 4, BATCH, BATCH, BATCH, BATCH, 4];
  const [first, second] = [streamed(3, sizes), streamed((3 ^ 0x9e3779b9) >>> 0, sizes)];
  const got = await sums(sizes.length, stepsPerCall);
  for (const [i, [one, two]] of got.entries()) {
    expect(one).toBeCloseTo(first[i]!, 9);
    expect(two).toBeCloseTo(second[i]!, 9);
  }
});

const directory = temporaryDirectory();
const CODE = `
import { vector } from '@gaussmark/autodiff';
export default { create: (_, { plannedSteps, stepsPerEpoch }) => ({
  init: () => ({}),
  step: (problem, params, state) => ({
    params: vector.addScaled(params, -1e-3, problem.second.valueAndGrad(params).grad),
    state,
    metrics: { planned: plannedSteps, perEpoch: stepsPerEpoch },
  }),
}) };`;

it('has examples that count: five steps of two mini-batches are two epochs', async () => {
  const extra = [
    await writeModule(directory.path, 'optimizer', 'two', CODE, { capabilities: { batches: 2 } }),
    await writeModule(directory.path, 'optimizer', 'undeclared', CODE),
  ];
  const found = await discover({ cwd: WORKSPACE, workspaceRoot: WORKSPACE, extra });
  const run = (name: string) =>
    runCell(
      { ...cell, optimizer: { name, hyperparameters: {} }, budget: { epochs: 2 } },
      { ...locations, extra, plugins: found.plugins },
      { onEvent: () => {} },
    );
  const { curve } = await run('two');
  expect(curve.map(({ epoch, iterations }) => [epoch, iterations])).toEqual([
    // Half of the five mini-batches of a pass, rounded up to whole steps.
    [6 / 5, 3],
    [2, 5],
  ]);
  expect(curve.at(-1)!.metrics).toEqual({ planned: 5, perEpoch: 3 });
  // A gradient of the second mini-batch costs what one of the first would.
  expect(curve.at(-1)!.gradientEquivalents).toBeGreaterThan(4);
  await expect(run('undeclared')).rejects.toThrow(TypeError);
});
