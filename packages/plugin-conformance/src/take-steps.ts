// Takes steps of an optimizer with the float64 interpreter: what tests compare with a formula or another implementation.

import {
  demandOptions,
  type FloatDType,
  mul,
  type Program,
  type Tensor,
  type TensorValue,
  type Tree,
  tensorValue,
  toData,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import {
  clockValues,
  evaluationPointProgram,
  initProgram,
  type StepProgram,
  type Subject,
  traceStep,
  withoutCounts,
} from '@gaussmark/cell';
import {
  demandMembers,
  GaussmarkError,
  type Loss,
  losses,
  type Optimizer,
  type OptimizerPlugin,
  optimizerContext,
  parametersOf,
} from '@gaussmark/core';
import type { TestProblem } from './test-problem.js';

export interface TakenStep {
  /** After the step, by the structure of the model's parameters. */
  readonly params: Tree<TensorValue>;
  readonly state: Tree<TensorValue>;
  /** Where the model would be evaluated after the step; `params` unless the optimizer names another point. */
  readonly evaluationPoint: Tree<TensorValue>;
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
  /** As in the manifest's capabilities: with 2, a step's second mini-batch is the one after its first. Default 1. */
  readonly batches?: number;
}

/**
 * The first steps of an optimizer, computed by the interpreter, without an engine.
 *
 * @throws GaussmarkError if the optimizer breaks its contract, or reads a hyperparameter that is not given; TypeError for an unknown option
 * @example
 * // plugin: the module's default export, here gradient descent
 * const problem = leastSquares({ inputs: [[1], [2]], targets: [3, 5], start: [0] });
 * const [first] = takeSteps(plugin, { problem, hyperparameters: { learningRate: 0.1 }, steps: 1 });
 * first.params.weight.data; // = [1.3]
 */
export function takeSteps<H, S extends Tree<Tensor>>(
  plugin: OptimizerPlugin<H, S>,
  options: TakeStepsOptions<H>,
): readonly TakenStep[] {
  demandOptions('takeSteps', options, ['problem', 'hyperparameters', 'steps', 'dtype', 'batches']);
  const { problem, hyperparameters, steps, dtype = 'float64', batches = 1 } = options;
  const batchSize = batchSizeOf(problem);
  const subject = subjectOf(problem, dtype);
  const context = optimizerContext({
    plannedSteps: steps,
    stepsPerEpoch: problem.batches.length,
    trainingSize: problem.batches.length * batchSize,
    batchSize,
    seed: SEED,
    parameters: parametersOf(problem.model, subject.params),
  });
  // Its own type of state: it gets back what it returned.
  const made = plugin.create(complete(hyperparameters), context) as unknown as Optimizer;
  const optimizer = demandMembers('optimizer', 'the optimizer', made);
  const stepper = new Stepper(optimizer, subject, problem, steps, batches);
  return Array.from({ length: steps }, () => stepper.step());
}

/** Throws where one is read that is not given: as undefined, it would turn numbers to NaN or fail elsewhere. */
function complete<H>(given: H): H {
  if (typeof given !== 'object' || given === null) return given;
  return new Proxy(given, {
    get(target, name) {
      if (typeof name === 'symbol' || name in target) return Reflect.get(target, name);
      throw new GaussmarkError(`takeSteps: hyperparameter '${name}' is not given`, {
        expected: 'all hyperparameters: the defaults of the manifest are not read',
        got: Object.keys(target).join(', ') || 'none',
        remedy: `add ${name} to the hyperparameters of takeSteps`,
      });
    },
  });
}

/** Of the random numbers inside programs. */
const SEED = 1;

const batchSizeOf = ({ batches }: TestProblem): number => batches[0].inputs.type.shape[0]!;

/** The problem as the harness sees it. @param scale factor of the loss */
export function subjectOf({ spec, model, loss }: TestProblem, dtype: FloatDType, scale = 1): Subject {
  const params = tree.map(({ type }: TensorValue) => ({ dtype, shape: type.shape }), model.init(1));
  return {
    spec,
    model,
    loss: scale === 1 ? losses[loss] : rescaledLoss(losses[loss], scale),
    dtype,
    params,
    seed: SEED,
  };
}

/**
 * A factor of the squared error divides the variance of its normal distribution. The cross-entropy's distribution has no such form: sampled
 * labels stay those of the plain loss.
 */
function rescaledLoss({ task, evaluate, distribution }: Loss, factor: number): Loss {
  return {
    task,
    evaluate: (outputs, targets) => mul(factor, evaluate(outputs, targets)),
    ...(distribution && {
      distribution:
        distribution.kind === 'normal'
          ? { ...distribution, variance: distribution.variance / factor }
          : distribution,
    }),
  };
}

/** Parameters and state, advanced step by step. */
export class Stepper {
  readonly traced: StepProgram;
  readonly initProgram: Program;
  readonly #problem: TestProblem;
  readonly #subject: Subject;
  readonly #program: Program;
  readonly #planned: number;
  readonly #point: Program | undefined;
  readonly #stateStructure: ReturnType<typeof tree.structureOf>;
  #params: readonly TensorValue[];
  #state: readonly TensorValue[];
  #taken = 0;

  /**
   * @param planned steps, which determine the progress of each
   * @param batches mini-batches per step: 1, or 2 with an independent second one
   */
  constructor(optimizer: Optimizer, subject: Subject, problem: TestProblem, planned: number, batches = 1) {
    this.#problem = problem;
    this.#subject = subject;
    this.#planned = planned;
    const init = initProgram(optimizer, subject);
    this.initProgram = init.program;
    this.#stateStructure = tree.structureOf(init.state);
    this.traced = traceStep(optimizer, subject, init.state, batchSizeOf(problem), batches);
    this.#program = withoutCounts(this.traced);
    this.#point = evaluationPointProgram(optimizer, subject, init.state);
    this.#params = tree
      .leaves<TensorValue>(problem.model.init(1))
      .map((value) => converted(value, subject.dtype));
    this.#state = evaluate(init.program, [...this.#params]);
  }

  /** The parameters' leaves, now. */
  get params(): readonly TensorValue[] {
    return this.#params;
  }

  get state(): readonly TensorValue[] {
    return this.#state;
  }

  /** (params, state, inputs, targets, clock) -> (params, state, metrics). */
  get program(): Program {
    return this.#program;
  }

  /** The inputs of step `taken`, after those of the state. */
  examplesAt(taken: number): readonly TensorValue[] {
    const { batches } = this.#problem;
    const used = Array.from(
      { length: this.traced.batches },
      (_, i) => batches[(taken + i) % batches.length]!,
    );
    const [inputs, targets] = (['inputs', 'targets'] as const).map((part) =>
      joined(used.map((b) => b[part])),
    );
    const clock = clockValues(this.traced, { progress: taken / this.#planned, step: taken });
    return [...[inputs!, targets!].map((value) => converted(value, this.#subject.dtype)), ...clock];
  }

  step(): TakenStep {
    const operands = [...this.#params, ...this.#state, ...this.examplesAt(this.#taken)];
    const after = evaluate(this.#program, operands);
    const [stateAt, metricsAt] = [this.#params.length, this.#params.length + this.#state.length];
    this.#params = after.slice(0, stateAt);
    this.#state = after.slice(stateAt, metricsAt);
    this.#taken += 1;
    const { data } = after.at(-1)!;
    const structure = tree.structureOf(this.#subject.params);
    const params = tree.unflatten(structure, [...this.#params]) as Tree<TensorValue>;
    const carried = [...this.#params, ...this.#state];
    return {
      params,
      evaluationPoint:
        this.#point === undefined
          ? params
          : (tree.unflatten(structure, evaluate(this.#point, carried)) as Tree<TensorValue>),
      state: tree.unflatten(this.#stateStructure, [...this.#state]) as Tree<TensorValue>,
      metrics: Object.fromEntries(this.traced.metrics.map((name, i) => [name, data[i]!])),
    };
  }

  /** How often the loops and branches of the next step turn, by site; the step is not taken. */
  counts(): ArrayLike<number> {
    const { program, sites } = this.traced;
    if (sites.length === 0) return [];
    return evaluate(program, [...this.#params, ...this.#state, ...this.examplesAt(this.#taken)]).at(-2)!.data;
  }
}

/** Values of one type, along their first axis. */
function joined(values: readonly TensorValue[]): TensorValue {
  const [first, ...rest] = values;
  if (rest.length === 0) return first!;
  const { dtype, shape } = first!.type;
  const data = values.flatMap((value) => [...value.data]);
  return tensorValue(dtype, [values.length * shape[0]!, ...shape.slice(1)], data);
}

/** Floats in a dtype; tokens and classes unchanged. */
export function converted({ type, data }: TensorValue, dtype: FloatDType): TensorValue {
  return type.dtype === 'int32'
    ? { type, data }
    : { type: { dtype, shape: type.shape }, data: toData(dtype, data) };
}
