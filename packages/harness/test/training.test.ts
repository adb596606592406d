// What a training tells of calls of several steps, with an optimizer whose eighth step is far dearer than the others.

import { add, cond, equal, less, scalar, type Tensor, vector, whileLoop } from '@gaussmark/autodiff';
import type { Buffer, Optimizer, Params, Problem, Registry } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { initProgram } from '../src/cell/programs.js';
import { startEngine } from '../src/cell/run-cell.js';
import { initialState, setUp, uploadSplit } from '../src/cell/setup.js';
import { type StepProgram, traceStep } from '../src/cell/step.js';
import { Training, uploadAll } from '../src/cell/training.js';
import { costOfRun } from '../src/cell/work.js';
import { surroundingsOf } from '../src/surroundings.js';
import { bostonCell, WORKSPACE, workspaceRegistry } from './fixtures.js';

const surroundings = surroundingsOf(WORKSPACE);
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
  step: (problem, params, { t }) => ({
    params: whileLoop<{ k: Tensor; at: Params }>(
      ({ k }) => less(k, t),
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
  const { subject, dataset, initial } = await setUp(cell, registry, surroundings);
  const engine = await startEngine(cell, registry);
  const timed: (readonly Buffer[])[] = [];
  const init = initProgram(optimizer as Optimizer, subject);
  const start = initial.map(({ data }) => data);
  const params = uploadAll(engine, start, subject.params);
  let one: StepProgram | undefined;
  const training = await Training.prepare({
    engine: {
      ...engine,
      allocate: (type) => engine.allocate(type),
      compile: async (program, options) => {
        const executable = await engine.compile(program, options);
        if (options?.loops !== 'hosted') return executable;
        return {
          program,
          run: (inputs, outputs) => {
            timed.push(inputs);
            return executable.run(inputs, outputs);
          },
          dispose: () => executable.dispose(),
        };
      },
    } as typeof engine,
    params,
    state: (await initialState(engine, init, params)).buffers,
    data: uploadSplit(engine, subject, dataset.train),
    batchSize: BATCH,
    seed: 3,
    stepsPerCall,
    step: (size) => {
      const traced = traceStep(optimizer as Optimizer, subject, init.state, size);
      one ??= traced;
      return traced;
    },
  });
  return { engine, training, one: one!, timed, stateAt: params.length };
}

describe('a call of several steps', () => {
  it.each([0, 3, 7])('gives its time to the step that did the work, the one numbered %i', async (dear) => {
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
  it.each([1, 4])('are timed from within the training, with %i steps in a call', async (stepsPerCall) => {
    const { engine, training, timed, stateAt } = await prepare(counting, stepsPerCall);
    try {
      for (let i = 0; i < 8; i++) await training.step();
      await training.settle();
      await training.timeLoop('cg', 0);
      const [steps] = await timed[0]![stateAt]!.read();
      // Before the last call; after it, `t` would be 8.
      expect(steps).toBe(8 - stepsPerCall);
    } finally {
      await engine.dispose();
    }
  });
});
