// The time of a real step of a cell on its engine, before any run: compiled, warmed up and trained as in a run.

import {
  type Cell,
  initialState,
  initProgram,
  type ProblemSetup,
  progressOfSteps,
  setUpOptimizer,
  startEngine,
  Training,
  traceStep,
  uploadAll,
  uploadSplit,
} from '@gaussmark/cell';
import type { Registry } from '@gaussmark/core';

/** Steps before those that count: the first ones fill caches. */
const WARM_STEPS = 2;
const LEAST_STEPS = 3;
const MOST_STEPS = 30;
/** Seconds of steps that count, if they are short. */
const ENOUGH_SECONDS = 0.3;

/**
 * Median seconds of a step.
 *
 * @param setup the problem of the cell
 * @throws what the engine or the optimizer throws
 */
export async function secondsOfStep(cell: Cell, setup: ProblemSetup, registry: Registry): Promise<number> {
  const { subject, initial, dataset } = setup;
  const { optimizer, batches } = await setUpOptimizer(cell, registry, setup);
  const engine = await startEngine(cell, registry);
  try {
    const values = initial.map(({ data }) => data);
    const params = uploadAll(engine, values, subject.params);
    const init = initProgram(optimizer, subject);
    const state = await initialState(engine, init, params);
    const training = await Training.prepare({
      engine,
      params,
      state: state.buffers,
      data: uploadSplit(engine, subject, dataset.train),
      batchSize: cell.problem.batchSize,
      seed: cell.seed,
      step: (batchSize) => traceStep(optimizer, subject, init.state, batchSize, batches),
      progress: progressOfSteps(WARM_STEPS + MOST_STEPS),
      stepsPerCall: 1,
    });
    for (let i = 0; i < WARM_STEPS; i++) await training.step();
    const samples: number[] = [];
    for (let total = 0; samples.length < MOST_STEPS; ) {
      await training.step();
      samples.push(training.lastSeconds);
      total += training.lastSeconds;
      if (samples.length >= LEAST_STEPS && total >= ENOUGH_SECONDS) break;
    }
    return samples.sort((a, b) => a - b)[samples.length >> 1]!;
  } finally {
    await engine.dispose();
  }
}
