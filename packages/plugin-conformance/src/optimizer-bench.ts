// An optimizer under test: created with its defaults, and stepped on problems.

import { type FloatDType, type TensorValue, type Tree, tree } from '@gaussmark/autodiff';
import { mostBatches } from '@gaussmark/cell';
import {
  completeHyperparameters,
  FLOAT_DTYPES,
  type HyperparameterValues,
  type ManifestOf,
  type Optimizer,
  type OptimizerPlugin,
  optimizerContext,
  parametersOf,
  TASKS,
  type Task,
} from '@gaussmark/core';
import { fail } from './finding.js';
import { Stepper, subjectOf } from './take-steps.js';
import type { TestProblem } from './test-problem.js';

/** Steps that schedules are told of, and that checks take. */
export const PLANNED = 6;

export interface StepperOptions {
  readonly dtype?: FloatDType;
  readonly values?: HyperparameterValues;
  readonly planned?: number;
  /** Factor of the loss; default 1. */
  readonly scale?: number;
}

export class OptimizerBench {
  /** Of its defaults, or of those that `coverage.base` gives. */
  readonly values: HyperparameterValues;
  readonly dtypes: readonly FloatDType[];
  /** float64, if it has that. */
  readonly dtype: FloatDType;
  readonly task: Task;
  /** Mini-batches per step. */
  readonly #batches: number;

  constructor(
    readonly plugin: OptimizerPlugin,
    readonly manifest: ManifestOf<'optimizer'>,
  ) {
    const { dtypes = FLOAT_DTYPES, tasks = TASKS } = manifest.capabilities ?? {};
    this.values = completeHyperparameters(manifest, manifest.coverage?.base ?? {});
    this.dtypes = dtypes;
    this.#batches = mostBatches(manifest);
    this.dtype = dtypes.includes('float64') ? 'float64' : 'float32';
    this.task = tasks.includes('regression') ? 'regression' : 'classification';
  }

  /** A new instance; its state is not shared with others. */
  create(problem: TestProblem, values: HyperparameterValues, planned: number, dtype: FloatDType): Optimizer {
    const [batchSize = 1] = problem.batches[0].inputs.type.shape;
    return this.plugin.create(
      values,
      optimizerContext({
        plannedSteps: planned,
        stepsPerEpoch: problem.batches.length,
        trainingSize: problem.batches.length * batchSize,
        batchSize,
        seed: 1,
        parameters: parametersOf(problem.model, subjectOf(problem, dtype).params),
      }),
    );
  }

  stepper(
    problem: TestProblem,
    { dtype = this.dtype, values = this.values, planned = PLANNED, scale = 1 }: StepperOptions = {},
  ): Stepper {
    const optimizer = this.create(problem, values, planned, dtype);
    return new Stepper(optimizer, subjectOf(problem, dtype, scale), problem, planned, this.#batches);
  }

  /** Of an instance that {@link create} made. */
  stepperOf(optimizer: Optimizer, problem: TestProblem): Stepper {
    return new Stepper(optimizer, subjectOf(problem, this.dtype), problem, PLANNED, this.#batches);
  }
}

/** All numbers of parameters and state, in order. */
export const numbersOf = (values: readonly TensorValue[]): number[] =>
  values.flatMap(({ data }) => [...data]);

/** @throws GaussmarkError naming the first parameter that is not finite */
export function demandFinite(params: Tree<TensorValue>, after: string, remedy: string): void {
  const paths = tree.paths(tree.structureOf(params));
  for (const [i, { data }] of tree.leaves<TensorValue>(params).entries()) {
    const wrong = [...data].find((x) => !Number.isFinite(x));
    if (wrong !== undefined) fail(`${paths[i] || 'the parameter'} became ${wrong} ${after}`, remedy);
  }
}
