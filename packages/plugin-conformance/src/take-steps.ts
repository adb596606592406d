// Takes steps of an optimizer with the float64 interpreter: what tests compare with a formula or another implementation.

import {
  type FloatDType,
  type Program,
  type Tensor,
  type TensorValue,
  type Tree,
  toData,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { losses, type Optimizer, type OptimizerPlugin, optimizerContext } from '@gaussmark/core';
import {
  clockValues,
  initProgram,
  type StepProgram,
  type Subject,
  traceStep,
  withoutCounts,
} from '@gaussmark/harness';
import type { TestProblem } from './test-problem.js';

export interface TakenStep {
  /** After the step, by the structure of the model's parameters. */
  readonly params: Tree<TensorValue>;
  readonly state: Tree<TensorValue>;
  /** The optimizer's metrics, and `loss`: that of the mini-batch before the step. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface TakeStepsOptions<H> {
  readonly problem: TestProblem;
  /** All of them: defaults are in the manifest, which is not read. */
  readonly hyperparameters: H;
  readonly steps: number;
  /** Default float64. */
  readonly dtype?: FloatDType;
}

/**
 * The first steps of an optimizer, computed by the interpreter, without an engine.
 *
 * @throws GaussmarkError if the optimizer breaks its contract
 * @example
 * ```ts
 * import plugin from './index.ts';
 *
 * const problem = leastSquares({ inputs: [[1], [2]], targets: [3, 5], start: [0] });
 * const [first] = takeSteps(plugin, { problem, hyperparameters: { learningRate: 0.1 }, steps: 1 });
 * first.params; // { weight: { type, data: Float64Array [1.3] } }
 * ```
 */
export function takeSteps<H, S extends Tree<Tensor>>(
  plugin: OptimizerPlugin<H, S>,
  { problem, hyperparameters, steps, dtype = 'float64' }: TakeStepsOptions<H>,
): readonly TakenStep[] {
  const batchSize = batchSizeOf(problem);
  const context = optimizerContext({ plannedSteps: steps, stepsPerEpoch: problem.batches.length, batchSize });
  // Its own type of state: it gets back what it returned.
  const optimizer = plugin.create(hyperparameters, context) as unknown as Optimizer;
  const stepper = new Stepper(optimizer, subjectOf(problem, dtype), problem, steps);
  return Array.from({ length: steps }, () => stepper.step());
}

const batchSizeOf = ({ batches }: TestProblem): number => batches[0].inputs.type.shape[0]!;

/** The problem as the harness sees it. */
export function subjectOf({ spec, model, loss }: TestProblem, dtype: FloatDType): Subject {
  const params = tree.map(({ type }: TensorValue) => ({ dtype, shape: type.shape }), model.init(1));
  return { spec, model, loss: losses[loss], dtype, params };
}

/** Parameters and state, advanced step by step. */
export class Stepper {
  readonly traced: StepProgram;
  readonly initProgram: Program;
  readonly #problem: TestProblem;
  readonly #subject: Subject;
  readonly #program: Program;
  readonly #stateStructure: ReturnType<typeof initProgram>['state'];
  #params: readonly TensorValue[];
  #state: readonly TensorValue[];
  #taken = 0;

  /** @param planned steps, which determine the progress of each */
  constructor(
    optimizer: Optimizer,
    subject: Subject,
    problem: TestProblem,
    private readonly planned: number,
  ) {
    this.#problem = problem;
    this.#subject = subject;
    const init = initProgram(optimizer, subject);
    this.initProgram = init.program;
    this.#stateStructure = init.state;
    this.traced = traceStep(optimizer, subject, init.state, batchSizeOf(problem));
    this.#program = withoutCounts(this.traced);
    this.#params = tree
      .leaves<TensorValue>(problem.model.init(1))
      .map((value) => converted(value, subject.dtype));
    this.#state = evaluate(init.program, [...this.#params]);
  }

  get params(): readonly TensorValue[] {
    return this.#params;
  }

  get state(): readonly TensorValue[] {
    return this.#state;
  }

  /** Continues from here: the parameters and state of another stepper, or made up. */
  restore(params: readonly TensorValue[], state: readonly TensorValue[], taken: number): void {
    [this.#params, this.#state, this.#taken] = [params, state, taken];
  }

  step(): TakenStep {
    const { batches } = this.#problem;
    const { inputs, targets } = batches[this.#taken % batches.length]!;
    const examples = [inputs, targets].map((value) => converted(value, this.#subject.dtype));
    const step = this.#taken;
    const clock = clockValues(this.traced, { progress: step / this.planned, step });
    const after = evaluate(this.#program, [...this.#params, ...this.#state, ...examples, ...clock]);
    const [stateAt, metricsAt] = [this.#params.length, this.#params.length + this.#state.length];
    this.#params = after.slice(0, stateAt);
    this.#state = after.slice(stateAt, metricsAt);
    this.#taken += 1;
    const { data } = after.at(-1)!;
    return {
      params: tree.unflatten(tree.structureOf(this.#subject.params), [...this.#params]) as Tree<TensorValue>,
      state: tree.unflatten(tree.structureOf(this.#stateStructure), [...this.#state]) as Tree<TensorValue>,
      metrics: Object.fromEntries(this.traced.metrics.map((name, i) => [name, data[i]!])),
    };
  }
}

/** Floats in a dtype; tokens and classes unchanged. */
export function converted({ type, data }: TensorValue, dtype: FloatDType): TensorValue {
  return type.dtype === 'int32'
    ? { type, data }
    : { type: { dtype, shape: type.shape }, data: toData(dtype, data) };
}
