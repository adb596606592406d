// The programs of a run: the optimizer's initial state, its step on a mini-batch, and evaluation.

import {
  add,
  argMax,
  cast,
  concat,
  equal,
  type FloatDType,
  formatType,
  iota,
  less,
  mul,
  type Program,
  reshape,
  sameType,
  scalar,
  select,
  sum,
  Tensor,
  type TensorType,
  type Tree,
  take,
  trace,
  tree,
  whileLoop,
  zeros,
} from '@gaussmark/autodiff';
import {
  type Batch,
  bindProblem,
  type DatasetSpec,
  GaussmarkError,
  type Loss,
  type Model,
  type Optimizer,
  type Params,
  type StepResult,
} from '@gaussmark/core';

/** What a run trains: a model on the shapes of a dataset. */
export interface Subject {
  readonly spec: DatasetSpec;
  readonly model: Model;
  readonly loss: Loss;
  readonly dtype: FloatDType;
  /** The types of the parameters. */
  readonly params: Tree<TensorType>;
}

/** Where a program finds its examples. */
export type BatchSource =
  /** The whole split stays resident; a step is given the rows of its mini-batch. */
  | { readonly kind: 'rows'; readonly splitSize: number }
  /** The mini-batch itself is the input: what an exported step takes. */
  | { readonly kind: 'batch' };

/** (N, ...input.shape) and (N, ...target.shape), in the dtypes that programs take. */
export function exampleTypes(
  { spec, dtype }: Subject,
  size: number,
): { inputs: TensorType; targets: TensorType } {
  return {
    inputs: {
      dtype: spec.input.vocabulary === undefined ? dtype : 'int32',
      shape: [size, ...spec.input.shape],
    },
    targets: {
      dtype: spec.task === 'classification' ? 'int32' : dtype,
      shape: [size, ...spec.target.shape],
    },
  };
}

function batchTypes(
  subject: Subject,
  source: BatchSource,
  batchSize: number,
): Readonly<Record<string, TensorType>> {
  if (source.kind === 'batch') return exampleTypes(subject, batchSize);
  return { ...exampleTypes(subject, source.splitSize), rows: { dtype: 'int32', shape: [batchSize] } };
}

interface Examples extends Batch {
  readonly rows?: Tensor;
}

function batchOf({ inputs, targets, rows }: Examples): Batch {
  return rows === undefined
    ? { inputs, targets }
    : { inputs: take(inputs, rows), targets: take(targets, rows) };
}

/** (params) -> state. */
export function initProgram(
  optimizer: Optimizer,
  subject: Subject,
): { program: Program; state: Tree<TensorType> } {
  const { program, output } = trace((params: Params) => optimizer.init(params), subject.params);
  return {
    program,
    state: tree.unflatten(
      output,
      program.outputs.map((atom) => atom.type),
    ),
  };
}

export interface StepProgram {
  /** (params, state, examples) -> (params, state, metrics). `metrics` is one vector, in the order of `metrics` below. */
  readonly program: Program;
  /** `loss` comes first. */
  readonly metrics: readonly string[];
}

/**
 * One step on a mini-batch.
 *
 * @throws GaussmarkError if the step does not return parameters and state of the types it was given
 */
export function stepProgram(
  optimizer: Optimizer,
  subject: Subject,
  state: Tree<TensorType>,
  source: BatchSource,
  batchSize: number,
): StepProgram {
  const step = new TracedStep(optimizer, subject, state);
  const once = (params: Params, current: Tree<Tensor>, examples: Examples): Tree<Tensor> => {
    const after = step.take(params, current, batchOf(examples));
    return [after.params, after.state, after.metrics];
  };
  const { program } = trace(once, subject.params, state, batchTypes(subject, source, batchSize));
  return { program, metrics: step.metrics };
}

/**
 * Several steps in one program, each on a mini-batch of its own: what {@link stepProgram} does, in a loop. `rows` is
 * (steps, batchSize), and the metrics are (steps, metrics), a row for each step.
 *
 * @param one the program of a single step
 * @throws as stepProgram does
 */
export function stepsProgram(
  optimizer: Optimizer,
  subject: Subject,
  state: Tree<TensorType>,
  one: StepProgram,
  { splitSize, batchSize, steps }: StepsShape,
): StepProgram {
  const step = new TracedStep(optimizer, subject, state);
  const types = {
    ...exampleTypes(subject, splitSize),
    rows: { dtype: 'int32', shape: [steps, batchSize] } as const,
  };
  const all = (params: Params, current: Tree<Tensor>, { inputs, targets, rows }: Required<Examples>) => {
    const last = whileLoop<Carry>(
      ({ k }) => less(k, steps),
      ({ k, params, state, metrics }) => {
        const own = reshape(take(rows, reshape(k, [1])), [batchSize]);
        const batch = batchOf({ inputs, targets, rows: own });
        const after = step.take(step.paramsFrom(params), step.stateFrom(state), batch);
        const here = reshape(equal(iota(steps), k), [steps, 1]);
        return { k: add(k, 1), ...after, metrics: select(here, after.metrics, metrics) };
      },
      {
        k: scalar(0, 'int32'),
        params: tree.leaves<Tensor>(params),
        state: tree.leaves<Tensor>(current),
        metrics: zeros([steps, one.metrics.length], subject.dtype),
      },
      { name: STEPS_LOOP },
    );
    return [last.params, last.state, last.metrics];
  };
  return { program: trace(all, subject.params, state, types).program, metrics: step.metrics };
}

export interface StepsShape {
  /** Examples of the resident training set. */
  readonly splitSize: number;
  readonly batchSize: number;
  /** At least 1. */
  readonly steps: number;
}

/** Names the loop of a program of several steps. */
const STEPS_LOOP = 'steps';

type Carry = {
  readonly k: Tensor;
  readonly params: readonly Tensor[];
  readonly state: readonly Tensor[];
  readonly metrics: Tensor;
};

/** An optimizer's step inside a trace, what it returns checked and in the order of what it was given. */
class TracedStep {
  /** Names of the metrics, once a step was taken; `loss` comes first. */
  metrics: readonly string[] = [];

  constructor(
    private readonly optimizer: Optimizer,
    private readonly subject: Subject,
    private readonly state: Tree<TensorType>,
  ) {}

  take(
    params: Params,
    state: Tree<Tensor>,
    batch: Batch,
  ): { readonly params: Tensor[]; readonly state: Tensor[]; readonly metrics: Tensor } {
    const { optimizer, subject } = this;
    const problem = bindProblem(subject.model, subject.loss, batch);
    const result = checkedResult(optimizer.step(problem, params, state));
    const loss = result.metrics.loss ?? problem.loss(params);
    const named = { ...result.metrics, loss };
    this.metrics = ['loss', ...Object.keys(result.metrics).filter((name) => name !== 'loss')];
    const values = this.metrics.map((name) =>
      packable(name, named[name as keyof typeof named], subject.dtype),
    );
    return {
      params: returned('params', result.params, subject.params),
      state: returned('state', result.state, this.state),
      metrics: values.length === 1 ? values[0]! : concat(values),
    };
  }

  paramsFrom(flat: readonly Tensor[]): Params {
    return tree.unflatten(tree.structureOf(this.subject.params), flat);
  }

  stateFrom(flat: readonly Tensor[]): Tree<Tensor> {
    return tree.unflatten(tree.structureOf(this.state), flat);
  }
}

/** What a step returned, in the order of what it was given. */
function returned(what: 'params' | 'state', value: Tree<Tensor>, given: Tree<TensorType>): Tensor[] {
  const structure = tree.structureOf(given);
  const types = tree.leaves<TensorType>(given);
  let flat: Tensor[];
  try {
    flat = tree.leaves<Tensor>(value, structure);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new GaussmarkError(`the optimizer's step returned other ${what} than it was given: ${reason}`);
  }
  const wrong = flat.findIndex((tensor, i) => !sameType(tensor.type, types[i]!));
  if (wrong >= 0) {
    throw new GaussmarkError(
      `the optimizer's step changed the type of ${what}.${tree.paths(structure)[wrong]}: it came as ` +
        `${formatType(types[wrong]!)} and went as ${formatType(flat[wrong]!.type)}`,
    );
  }
  return flat;
}

/** A step's result as a record; what a plugin returned in its place is named. */
function checkedResult(result: unknown): StepResult<Tree<Tensor>> {
  const fields = typeof result === 'object' && result !== null ? result : {};
  const missing = ['params', 'state', 'metrics'].filter((key) => !(key in fields));
  if (missing.length === 0) return result as StepResult<Tree<Tensor>>;
  const got =
    result instanceof Promise
      ? 'a promise'
      : fields === result
        ? `{ ${Object.keys(fields).join(', ')} }`
        : String(result);
  throw new GaussmarkError(
    `the optimizer's step did not return ${missing.join(', ')}: expected { params, state, metrics }, got ${got}`,
  );
}

function packable(name: string, value: unknown, dtype: FloatDType): Tensor {
  if (typeof value === 'number') return packable(name, scalar(value, dtype), dtype);
  if (!(value instanceof Tensor) || value.shape.length > 0) {
    const got = value instanceof Tensor ? formatType(value.type) : typeof value;
    throw new GaussmarkError(`the optimizer's metric '${name}' is not a scalar: got ${got}`);
  }
  return reshape(cast(value, dtype), [1]);
}

/** (params, examples) -> [mean loss, number classified correctly], as one vector. */
export function evaluationProgram(subject: Subject, source: BatchSource, batchSize: number): Program {
  const evaluate = (params: Params, examples: Examples): Tensor => {
    const { inputs, targets } = batchOf(examples);
    const outputs = subject.model.apply(params, inputs);
    const loss = subject.loss.evaluate(outputs, targets);
    const correct =
      subject.spec.task === 'classification'
        ? sum(cast(equal(argMax(outputs), targets), subject.dtype))
        : scalar(0, subject.dtype);
    return concat([reshape(loss, [1]), reshape(mul(correct, 1), [1])]);
  };
  return trace(evaluate, subject.params, batchTypes(subject, source, batchSize)).program;
}
