// Several steps per native call, and steps in place, give the same bits as single steps, wherever a run ends.

import { type Buffer, defined, type Engine, type JsonValue, type Registry } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { locationsOf } from '../../harness/src/plan/locations.js';
import { bostonCell, compilingBy, WORKSPACE, workspaceRegistry } from '../../harness/test/fixtures.js';
import type { Cell } from '../src/cell.js';
import { prepareTraining } from './prepared-training.js';

const locations = locationsOf(WORKSPACE);
/** Of 404 examples: eight full mini-batches an epoch, and one of four. */
const BATCH = 50;
let registry: Registry;

beforeAll(async () => {
  registry = await workspaceRegistry();
});

const cellOf = (optimizer: string, hyperparameters: Readonly<Record<string, JsonValue>>): Cell =>
  bostonCell(registry, optimizer, hyperparameters, { hidden: 6, batchSize: BATCH, seed: 3 });

/** Metrics of steps until `count` or the first bad loss, the parameters where they are looked at, and those that a run would keep. */
async function train(
  cell: Cell,
  count: number,
  stepsPerCall: number,
  evaluateEvery?: number,
  wrap?: (engine: Engine) => Engine,
) {
  let calls = 0;
  const { engine, training } = await prepareTraining(cell, registry, locations, {
    stepsPerCall,
    ...defined({ evaluateEvery, wrap }),
    onRun: () => {
      calls++;
    },
  });
  try {
    const metrics: number[][] = [];
    const sizes: number[] = [];
    const counts: number[][] = [];
    const looks: number[][][] = [];
    const values = () => Promise.all(training.params.map(async (buffer) => Array.from(await buffer.read())));
    let diverged = false;
    while (metrics.length < count && !diverged) {
      metrics.push(Array.from(await training.step()));
      sizes.push(training.lastBatchSize);
      counts.push(Array.from(training.lastCounts));
      diverged = !Number.isFinite(metrics.at(-1)![0]);
      if (metrics.length % (evaluateEvery ?? count + 1) === 0) {
        await training.settle();
        looks.push(await values());
      }
    }
    const trainingCalls = calls;
    if (diverged) await training.revert(metrics.length > 1 ? 2 : 1);
    await training.settle();
    return { metrics, sizes, counts, looks, kept: await values(), calls: trainingCalls, diverged };
  } finally {
    await engine.dispose();
  }
}

describe.each([
  ['sgd', { learningRate: 0.1, momentum: 0.9, schedule: 'cosine', scheduleSteps: 30 }],
  ['sgn', { cgIterations: 3, warmupCgIterations: 5, warmupSteps: 4, momentum: 0.5 }],
])('%s', (optimizer, hyperparameters) => {
  // An epoch has eight full mini-batches: what is left of them after calls of three is done one by one, as the short one is.
  it.each([
    [2, 4 + 1],
    [3, 2 + 2 + 1],
    [8, 1 + 1],
    [100, 1 + 1],
  ])('gives the same numbers with %i steps per call', async (stepsPerCall, callsPerEpoch) => {
    const cell = cellOf(optimizer, hyperparameters);
    const one = await train(cell, 27, 1);
    const several = await train(cell, 27, stepsPerCall);
    expect(several.metrics).toEqual(one.metrics);
    expect(several.sizes).toEqual(one.sizes);
    expect(several.counts).toEqual(one.counts);
    expect(several.kept).toEqual(one.kept);
    expect(one.calls).toBe(27);
    expect(several.calls).toBe(3 * callsPerEpoch);
  });

  // Looks at 6, 12, ...: the third epoch (19 to 27) is entered between two of them.
  it.each([
    [3, 6],
    [8, 6],
    [8, 13],
  ])(
    'can be looked at inside epochs: %i steps in a call, a look every %i',
    async (stepsPerCall, evaluateEvery) => {
      const cell = cellOf(optimizer, hyperparameters);
      const one = await train(cell, 27, 1, evaluateEvery);
      const several = await train(cell, 27, stepsPerCall, evaluateEvery);
      expect(several.metrics).toEqual(one.metrics);
      expect(several.looks).toHaveLength(Math.floor(27 / evaluateEvery));
      expect(several.looks).toEqual(one.looks);
      expect(several.calls).toBeLessThan(one.calls);
    },
  );

  it('stops between two steps of a call, with the parameters of the last returned step', async () => {
    const cell = cellOf(optimizer, hyperparameters);
    for (const count of [1, 3, 5, 11]) {
      expect(await train(cell, count, 8)).toMatchObject({ kept: (await train(cell, count, 1)).kept });
    }
  });
});

it('keeps the last good parameters of a run that diverges anywhere in a call', async () => {
  const lengths = new Set<number>();
  for (const learningRate of [1e8, 1e12, 1e16, 1e20, 1e40, 1e80, 1e160]) {
    const cell = cellOf('sgd', { learningRate });
    const one = await train(cell, 40, 1);
    expect(one.diverged).toBe(true);
    lengths.add(one.metrics.length);
    expect(one.kept.flat().every(Number.isFinite)).toBe(true);
    for (const stepsPerCall of [2, 4, 8]) {
      const several = await train(cell, 40, stepsPerCall);
      expect(several.metrics).toEqual(one.metrics);
      expect(several.kept).toEqual(one.kept);
    }
  }
  // The first step of a call, its last and those between.
  expect(new Set([...lengths].map((length) => length % 4)).size).toBeGreaterThan(2);
});

/**
 * The engine with runs in place, by way of further buffers. `ran` hears of each run whether it is in place.
 */
function inPlace(engine: Engine, ran: (isInPlace: boolean) => void): Engine {
  const wrapped = compilingBy(engine, async (program, how = {}) => {
    const executable = await engine.compile(program, how);
    const run = async (inputs: readonly Buffer[], outputs?: readonly Buffer[]) => {
      const pairs = [...(how.inPlace ?? [])].filter(([i, o]) => inputs[i] === outputs?.[o]);
      ran(pairs.length > 0);
      if (pairs.length === 0) return executable.run(inputs, outputs);
      const others = outputs!.map((buffer) =>
        inputs.includes(buffer) ? engine.allocate(buffer.type) : buffer,
      );
      await executable.run(inputs, others);
      for (const [i, o] of pairs) {
        inputs[i]!.write((await others[o]!.read()).slice());
        others[o]!.dispose();
      }
      return outputs!;
    };
    return { program, run, dispose: () => executable.dispose() };
  });
  return Object.create(wrapped, { inPlace: { value: true } });
}

describe('in place', () => {
  const hyperparameters = { learningRate: 0.1, momentum: 0.9 };

  it.each([1, 4])(
    'gives the same numbers, wherever it ends, with %i steps per call',
    async (stepsPerCall) => {
      const cell = cellOf('sgd', hyperparameters);
      for (const count of [2, 19, 40]) {
        const runs: boolean[] = [];
        const got = await train(cell, count, stepsPerCall, 20, (engine) =>
          inPlace(engine, (isInPlace) => void runs.push(isInPlace)),
        );
        const expected = await train(cell, count, 1, 20);
        expect(got.metrics).toEqual(expected.metrics);
        expect(got.looks).toEqual(expected.looks);
        expect(got.kept).toEqual(expected.kept);
        // Programs start a span of calls, or of those repeated at the end.
        if (count === 40) expect(runs.filter(Boolean).length).toBeGreaterThan(runs.length / 2);
      }
    },
  );

  it('keeps the last good parameters of a run that diverges anywhere in a span of calls', async () => {
    const lengths = new Set<number>();
    for (const learningRate of [1e16, 1e160]) {
      const cell = cellOf('sgd', { learningRate });
      const expected = await train(cell, 40, 1);
      const got = await train(cell, 40, 1, undefined, (engine) => inPlace(engine, () => {}));
      expect(got.metrics).toEqual(expected.metrics);
      expect(got.kept).toEqual(expected.kept);
      lengths.add(got.metrics.length);
    }
    expect(lengths.size).toBeGreaterThan(1);
  });
});
