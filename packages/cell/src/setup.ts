// Sets up a cell: loads its plugins, reads its data, initializes its model.

import { type Cost, meter, sizeOf, type TensorType, type TensorValue, tree } from '@gaussmark/autodiff';
import {
  type Buffer,
  type Dataset,
  type DatasetSpec,
  type Engine,
  fitModel,
  GaussmarkError,
  losses,
  type ManifestOf,
  Mismatch,
  type Model,
  type Optimizer,
  type OptimizerContext,
  parametersOf,
  type Registry,
  type Split,
} from '@gaussmark/core';
import { noteCall } from '@gaussmark/worker';
import type { Cell, Locations, ProblemFacts } from './cell.js';
import { clockSeconds } from './clock.js';
import { plannedSteps, stepsOfEpochs } from './epochs.js';
import { exampleTypes, type initProgram, type Subject } from './programs.js';
import { type TrainingData, uploadAll } from './training.js';
import { takeValidation } from './validation-split.js';
import { costOfRun } from './work.js';

/** Everything an optimizer is judged on, set up before its code is loaded. */
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
  /** Independent mini-batches of a step, 1 or 2. */
  readonly batches: number;
  /** Time to import and create the optimizer. */
  readonly optimizerSeconds: number;
}

export type Setup = ProblemSetup & OptimizerSetup;

/** The examples a run may use. */
export interface Examples {
  readonly spec: DatasetSpec;
  readonly train: Split;
  /** The test split, or in a trial the validation split. */
  readonly evaluated: Split;
}

/**
 * Loads the plugins and the data of a cell.
 *
 * @throws Mismatch if the model does not fit the data
 * @throws GaussmarkError if a plugin or a file is missing or broken
 */
export async function setUp(cell: Cell, registry: Registry, locations: Locations): Promise<Setup> {
  const problem = await setUpProblem(cell, registry, locations);
  return { ...problem, ...(await setUpOptimizer(cell, registry, problem)) };
}

/**
 * Loads the data and the model of a cell, before an optimizer could interfere.
 *
 * @throws Mismatch if the model does not fit the data
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
  const residual = datasetPlugin.residual?.(problem.dataset.hyperparameters);
  const fitted = fitModel(modelPlugin, problem.model.hyperparameters, dataset.spec, residual);
  if ('incompatible' in fitted) throw new Mismatch(fitted.incompatible);
  const { model } = fitted;
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
    ...fitted,
    loss,
    dtype: problem.dtype,
    params: tree.map(typeOf, init),
    seed: cell.seed,
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

/** @throws GaussmarkError if the shapes of a model's parameters differ from its types() */
function demandTold(name: string, model: Model, initial: readonly TensorValue[]): void {
  if (model.types === undefined) return;
  const shapes = (types: readonly TensorType[]) => JSON.stringify(types.map(({ shape }) => shape));
  const [expected, got] = [
    shapes(tree.leaves<TensorType>(model.types())),
    shapes(initial.map(({ type }) => type)),
  ];
  if (expected === got) return;
  throw new GaussmarkError(`the shapes of model '${name}' differ from its types()`, {
    plugin: `model '${name}'`,
    expected,
    got,
  });
}

/** Imports and creates the optimizer of a cell. */
export async function setUpOptimizer(
  cell: Cell,
  registry: Registry,
  { facts, subject }: Pick<ProblemSetup, 'facts' | 'subject'>,
): Promise<OptimizerSetup> {
  const start = clockSeconds();
  const entry = registry.find('optimizer', cell.optimizer.name);
  const plugin = await registry.load(entry);
  noteCall('optimizer', cell.optimizer.name);
  const batches = mostBatches(entry.manifest);
  const context = contextOf(cell, facts, subject, batches);
  const optimizer = plugin.create(cell.optimizer.hyperparameters, context);
  return { optimizer, batches, optimizerSeconds: clockSeconds() - start };
}

/** Independent mini-batches of a step, as the optimizer's manifest declares: 1 or 2. */
export function mostBatches({ capabilities }: Pick<ManifestOf<'optimizer'>, 'capabilities'>): number {
  return capabilities?.batches ?? 1;
}

/** What the optimizer of a cell is told when it is created. */
export function contextOf(
  { problem, budget, seed }: Cell,
  facts: Pick<ProblemFacts, 'trainSize' | 'stepsPerEpoch'>,
  { model, params }: Pick<Subject, 'model' | 'params'>,
  batches: number,
): OptimizerContext {
  const { trainSize } = facts;
  return {
    plannedSteps: plannedSteps(budget, facts.stepsPerEpoch, batches),
    stepsPerEpoch: stepsOfEpochs(1, facts.stepsPerEpoch, batches),
    trainingSize: trainSize,
    batchSize: Math.min(problem.batchSize, trainSize),
    seed,
    parameters: parametersOf(model, params, problem.model.name),
  };
}

/** A trial takes its validation split from the training split and does not even read `dataset.test`. */
function examplesOf(dataset: Dataset, { evaluateOn }: Pick<Cell, 'evaluateOn'>): Examples {
  const { spec } = dataset;
  if (evaluateOn === undefined) return { spec, train: dataset.train, evaluated: dataset.test };
  const { train, validation } = takeValidation(dataset.train, spec, evaluateOn);
  return { spec, train, evaluated: validation };
}

export interface InitialState {
  readonly buffers: readonly Buffer[];
  /** The work and time of computing it: spent before the first step. */
  readonly cost: Cost;
  readonly seconds: number;
}

/** The initial state of an optimizer, on the engine. */
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

/** Uploads a split to the engine, which may adopt its arrays. */
export function uploadSplit(engine: Engine, subject: Subject, split: Split): TrainingData {
  const { inputs: inputType, targets: targetType } = exampleTypes(subject, split.size);
  const values = [split.inputs, split.targets];
  const [inputs, targets] = uploadAll(engine, values, [inputType, targetType], 'adopt');
  return { inputs: inputs!, targets: targets!, size: split.size };
}
