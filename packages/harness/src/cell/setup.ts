// Setting a cell up: its plugins loaded, its data read, its model initialized.

import { type Cost, meter, sizeOf, type TensorType, type TensorValue, tree } from '@gaussmark/autodiff';
import {
  type Buffer,
  type Dataset,
  type DatasetSpec,
  type Engine,
  GaussmarkError,
  losses,
  Mismatch,
  type Model,
  type Optimizer,
  type Registry,
  type Split,
} from '@gaussmark/core';
import { noteCall } from '@gaussmark/worker';
import type { Cell, Locations, ProblemFacts } from './cell.js';
import { clockSeconds } from './clock.js';
import { exampleTypes, type initProgram, type Subject } from './programs.js';
import { type TrainingData, uploadAll } from './training.js';
import { takeValidation } from './validation-split.js';
import { costOfRun } from './work.js';

/** What an optimizer is judged on, made before its code is loaded. */
export interface ProblemSetup {
  readonly dataset: Examples;
  readonly subject: Subject;
  /** The initial parameters, by leaf. */
  readonly initial: readonly TensorValue[];
  readonly facts: ProblemFacts;
}

/** An optimizer, ready for its first step. */
export interface OptimizerSetup {
  readonly optimizer: Optimizer;
  /** What importing and creating the optimizer took. */
  readonly optimizerSeconds: number;
}

export type Setup = ProblemSetup & OptimizerSetup;

/** The examples of a run: what of its dataset it may look at. */
export interface Examples {
  readonly spec: DatasetSpec;
  readonly train: Split;
  /** What it is evaluated on: the test split, or in a trial the validation split. */
  readonly evaluated: Split;
}

/**
 * Loads the plugins and the data of a cell.
 *
 * @throws Mismatch if the model is not for such data
 * @throws GaussmarkError if a plugin or a file is missing or broken
 */
export async function setUp(cell: Cell, registry: Registry, locations: Locations): Promise<Setup> {
  const problem = await setUpProblem(cell, registry, locations);
  return { ...problem, ...(await setUpOptimizer(cell, registry, problem)) };
}

/**
 * Loads the data and the model of a cell: all that an optimizer could otherwise have a hand in.
 *
 * @throws Mismatch if the model is not for such data
 * @throws GaussmarkError if a plugin or a file is missing or broken
 */
export async function setUpProblem(
  cell: Cell,
  registry: Registry,
  { cacheDirectory }: Locations,
): Promise<ProblemSetup> {
  const { problem } = cell;
  const datasetPlugin = await registry.load(registry.find('dataset', problem.dataset.name));
  const modelPlugin = await registry.load(registry.find('model', problem.model.name));
  noteCall('dataset', problem.dataset.name);
  const dataset = await datasetPlugin.load(problem.dataset.hyperparameters, { cacheDirectory });
  noteCall('model', problem.model.name);
  const model = modelPlugin.create(problem.model.hyperparameters, dataset.spec);
  if ('incompatible' in model) throw new Mismatch(model.incompatible);
  const loss = losses[problem.loss];
  if (loss.task !== dataset.spec.task) {
    throw new Mismatch(`the loss ${problem.loss} is for ${loss.task}, the data is for ${dataset.spec.task}`);
  }

  const init = model.init(cell.seed);
  const initial = tree.leaves<TensorValue>(init);
  demandTold(problem.model.name, model, initial);
  const typeOf = (value: TensorValue): TensorType => ({ dtype: problem.dtype, shape: value.type.shape });
  const subject: Subject = {
    spec: dataset.spec,
    model,
    loss,
    dtype: problem.dtype,
    params: tree.map(typeOf, init),
  };
  const examples = examplesOf(dataset, cell);
  const { train, evaluated } = examples;
  return {
    dataset: examples,
    subject,
    initial,
    facts: {
      trainSize: train.size,
      ...(cell.evaluateOn === undefined ? { testSize: evaluated.size } : { validationSize: evaluated.size }),
      task: dataset.spec.task,
      ...dataset.provenance,
      parameterCount: initial.reduce((count, { type }) => count + sizeOf(type.shape), 0),
      stepsPerEpoch: Math.ceil(train.size / Math.min(problem.batchSize, train.size)),
    },
  };
}

/** @throws GaussmarkError if a model draws parameters of other shapes than it told. */
function demandTold(name: string, model: Model, initial: readonly TensorValue[]): void {
  if (model.types === undefined) return;
  const shapes = (types: readonly TensorType[]) => JSON.stringify(types.map(({ shape }) => shape));
  const [expected, got] = [
    shapes(tree.leaves<TensorType>(model.types())),
    shapes(initial.map(({ type }) => type)),
  ];
  if (expected === got) return;
  throw new GaussmarkError(`model '${name}' draws parameters of other shapes than its types() tells`, {
    plugin: `model '${name}'`,
    expected,
    got,
  });
}

/** Imports the optimizer of a cell and creates it. */
export async function setUpOptimizer(
  cell: Cell,
  registry: Registry,
  { facts }: Pick<ProblemSetup, 'facts'>,
): Promise<OptimizerSetup> {
  const start = clockSeconds();
  const plugin = await registry.load(registry.find('optimizer', cell.optimizer.name));
  noteCall('optimizer', cell.optimizer.name);
  const optimizer = plugin.create(cell.optimizer.hyperparameters, {
    plannedSteps: plannedSteps(cell.budget, facts.stepsPerEpoch),
  });
  return { optimizer, optimizerSeconds: clockSeconds() - start };
}

/** A trial gets its validation split from the training split; `dataset.test` is not even read. */
function examplesOf(dataset: Dataset, { evaluateOn }: Pick<Cell, 'evaluateOn'>): Examples {
  const { spec } = dataset;
  if (evaluateOn === undefined) return { spec, train: dataset.train, evaluated: dataset.test };
  const { train, validation } = takeValidation(dataset.train, spec, evaluateOn);
  return { spec, train, evaluated: validation };
}

/** Steps until a budget in steps or epochs ends the run; null if only seconds or work do. */
export function plannedSteps({ epochs, steps }: Cell['budget'], stepsPerEpoch: number): number | null {
  const limits = [steps, epochs === undefined ? undefined : epochs * stepsPerEpoch];
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? null : Math.min(...known);
}

export interface InitialState {
  readonly buffers: readonly Buffer[];
  /** What computing it took: work and time that the optimizer has spent before its first step. */
  readonly cost: Cost;
  readonly seconds: number;
}

/** The state of an optimizer before its first step, on the engine. */
export async function initialState(
  engine: Engine,
  { program, state }: ReturnType<typeof initProgram>,
  params: readonly Buffer[],
): Promise<InitialState> {
  const size = tree.leaves<TensorType>(state).length;
  if (size === 0) return { buffers: [], cost: { flops: 0, bytes: 0 }, seconds: 0 };
  const metered = meter(program);
  const executable = await engine.compile(metered.program);
  const start = clockSeconds();
  const results = await executable.run(params);
  const seconds = clockSeconds() - start;
  const counts = metered.sites.length === 0 ? [] : await results[size]!.read();
  const cost = costOfRun(metered.cost, metered.sites, counts);
  await executable.dispose();
  return { buffers: results.slice(0, size), cost, seconds };
}

/** Puts a split on the engine, which may keep its arrays. */
export function uploadSplit(engine: Engine, subject: Subject, split: Split): TrainingData {
  const { inputs: inputType, targets: targetType } = exampleTypes(subject, split.size);
  const values = [split.inputs, split.targets];
  const [inputs, targets] = uploadAll(engine, values, [inputType, targetType], 'adopt');
  return { inputs: inputs!, targets: targets!, size: split.size };
}
