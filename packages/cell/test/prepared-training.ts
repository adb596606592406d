// A training prepared as in a run, for tests that take steps themselves.

import type { Buffer, CompileOptions, Engine, Optimizer, Registry } from '@gaussmark/core';
import { compilingBy } from '../../harness/test/fixtures.js';
import type { Cell, Locations } from '../src/cell.js';
import { initProgram } from '../src/programs.js';
import { progressOfSteps } from '../src/progress.js';
import { startEngine } from '../src/run-cell.js';
import { initialState, setUp, uploadSplit } from '../src/setup.js';
import { type StepProgram, traceStep } from '../src/step.js';
import { Training, type TrainingOptions, uploadAll } from '../src/training.js';

export interface PrepareOptions
  extends Pick<TrainingOptions, 'stepsPerCall' | 'evaluateEvery'>,
    Partial<Pick<TrainingOptions, 'progress'>> {
  /** Default: the cell's. */
  readonly optimizer?: Optimizer;
  /** Mini-batches of a step. Default 1. */
  readonly batches?: number;
  /** Wraps the engine. */
  readonly wrap?: (engine: Engine) => Engine;
  /** Called before each run of a program of the training. */
  readonly onRun: (inputs: readonly Buffer[], how: CompileOptions) => void;
}

/** Steps after which the progress that schedules see is 1. */
const PLANNED = 100;

/** Prepares the training of a cell; whoever asks disposes the engine. */
export async function prepareTraining(
  cell: Cell,
  registry: Registry,
  locations: Locations,
  { optimizer: given, batches, wrap = (engine) => engine, onRun, ...options }: PrepareOptions,
) {
  const { subject, optimizer: own, dataset, initial } = await setUp(cell, registry, locations);
  const optimizer = given ?? own;
  const engine = wrap(await startEngine(cell, registry));
  const init = initProgram(optimizer, subject);
  const start = initial.map(({ data }) => data);
  const params = uploadAll(engine, start, subject.params);
  const traced: StepProgram[] = [];
  const training = await Training.prepare({
    engine: tellingOfRuns(engine, onRun),
    params,
    state: (await initialState(engine, init, params)).buffers,
    data: uploadSplit(engine, subject, dataset.train),
    batchSize: cell.problem.batchSize,
    seed: cell.seed,
    step: (size) => {
      traced.push(traceStep(optimizer, subject, init.state, size, batches));
      return traced.at(-1)!;
    },
    progress: progressOfSteps(PLANNED),
    ...options,
  });
  return {
    engine,
    training,
    /** The step of a full mini-batch. */
    one: traced[0]!,
    /** Where the optimizer's state begins among the inputs of a step. */
    stateAt: params.length,
  };
}

const tellingOfRuns = (engine: Engine, onRun: PrepareOptions['onRun']): Engine =>
  compilingBy(engine, async (program, how = {}) => {
    const executable = await engine.compile(program, how);
    return {
      program,
      run: (inputs, outputs) => {
        onRun(inputs, how);
        return executable.run(inputs, outputs);
      },
      dispose: () => executable.dispose(),
    };
  });
