// Times of steps within a call, with an optimizer whose eighth step costs far more than the others.

import { add, cond, equal, less, scalar, type Tensor, vector, whileLoop } from '@gaussmark/autodiff';
import type { Buffer, Optimizer, Params, Problem, Registry } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { locationsOf } from '../../harness/src/plan/locations.js';
import { bostonCell, WORKSPACE, workspaceRegistry } from '../../harness/test/fixtures.js';
import { costOfRun } from '../src/work.js';
import { prepareTraining } from './prepared-training.js';

const locations = locationsOf(WORKSPACE);
/** Of 404 examples: eight full mini-batches an epoch. */
const BATCH = 50;
let registry: Registry;
beforeAll(async () => {
  registry = await workspaceRegistry();
});

type State = { readonly t: Tensor };

const descend = (problem: Problem, at: Params) => vector.addScaled(at, -1e-3, problem.valueAndGrad(at).grad);

/** One gradient step; two hundred in a loop in step `dear`. */
const uneven = (dear: number): Optimizer<State> => ({
  init: () => ({ t: scalar(0, 'int32') }),
  step: (problem, params, { t }) => ({
    params: cond(
      equal(t, dear),
      () =>
        whileLoop<{ k: Tensor; at: Params }>(
          ({ k }) => less(k, 200),
          ({ k, at }) => ({ k: add(k, 1), at: descend(problem, at) }),
          { k: scalar(0, 'int32'), at: params },
          { name: 'inner' },
        ).at,
      () => descend(problem, params),
    ),
    state: { t: add(t, 1) },
    metrics: {},
  }),
});

/** As many turns of a loop named `cg` as steps were taken before. */
const counting: Optimizer<State> = {
  init: () => ({ t: scalar(0, 'int32') }),
  step: (problem, params, { t }, { step }) => ({
    params: whileLoop<{ k: Tensor; at: Params }>(
      ({ k }) => less(k, step),
      ({ k, at }) => ({ k: add(k, 1), at: descend(problem, at) }),
      { k: scalar(0, 'int32'), at: params },
      { name: 'cg' },
    ).at,
    state: { t: add(t, 1) },
    metrics: {},
  }),
};

async function prepare(optimizer: Optimizer<State>, stepsPerCall: number) {
  const cell = bostonCell(registry, 'sgd', {}, { hidden: 6, batchSize: BATCH, seed: 3 });
  const timed: (readonly Buffer[])[] = [];
  const prepared = await prepareTraining(cell, registry, locations, {
    optimizer: optimizer as Optimizer,
    stepsPerCall,
    onRun: (inputs, { loops }) => {
      if (loops === 'hosted') timed.push(inputs);
    },
  });
  return { ...prepared, timed };
}

describe('a call of several steps', () => {
  it.each([0, 3, 7])('attributes its time to the step that did the work: %i', async (dear) => {
    const { engine, training, one } = await prepare(uneven(dear), 8);
    try {
      const seconds: number[] = [];
      const weights: number[] = [];
      for (let i = 0; i < 8; i++) {
        await training.step();
        seconds.push(training.lastSeconds);
        const { flops, bytes } = costOfRun(one.cost, one.sites, training.lastCounts);
        weights.push(flops + bytes);
      }
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      expect(seconds[dear]! / sum(seconds)).toBeCloseTo(weights[dear]! / sum(weights), 9);
      expect(seconds[dear]! / sum(seconds)).toBeGreaterThan(0.9);
    } finally {
      await engine.dispose();
    }
  });
});

describe('iterations of a loop', () => {
  it.each([1, 4])('are timed within the training, with %i steps per call', async (stepsPerCall) => {
    const { engine, training, timed, stateAt } = await prepare(counting, stepsPerCall);
    try {
      for (let i = 0; i < 8; i++) await training.step();
      await training.settle();
      await training.timeLoop('cg', 0);
      const [steps] = await timed[0]![stateAt]!.read();
      // Before the last call; after it, `t` would be 8.
      expect(steps).toBe(8 - stepsPerCall);
      // So is the clock.
      expect(await timed[0]!.at(-1)!.read()).toEqual(Int32Array.of(8 - stepsPerCall));
    } finally {
      await engine.dispose();
    }
  });
});
