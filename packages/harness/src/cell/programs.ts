// The programs of a run: the optimizer's initial state, its step on a mini-batch, and evaluation.

import {
  argMax,
  cast,
  concat,
  equal,
  type FloatDType,
  formatType,
  mul,
  type Program,
  reshape,
  type Structure,
  sameType,
  scalar,
  sum,
  Tensor,
  type TensorType,
  type Tree,
  take,
  trace,
  tree,
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
  let metrics: readonly string[] = [];
  const step = (params: Params, current: Tree<Tensor>, examples: Examples): Tree<Tensor> => {
    const problem = bindProblem(subject.model, subject.loss, batchOf(examples));
    const result = checkedResult(optimizer.step(problem, params, current));
    const loss = result.metrics.loss ?? problem.loss(params);
    const named = { ...result.metrics, loss };
    metrics = ['loss', ...Object.keys(result.metrics).filter((name) => name !== 'loss')];
    const values = metrics.map((name) => packable(name, named[name as keyof typeof named], subject.dtype));
    return [
      returned(
        'params',
        result.params,
        tree.structureOf(subject.params),
        tree.leaves<TensorType>(subject.params),
      ),
      returned('state', result.state, tree.structureOf(state), tree.leaves<TensorType>(state)),
      values.length === 1 ? values[0]! : concat(values),
    ];
  };
  const { program } = trace(step, subject.params, state, batchTypes(subject, source, batchSize));
  return { program, metrics };
}

/** What a step returned, in the order of what it was given. */
function returned(
  what: 'params' | 'state',
  value: Tree<Tensor>,
  structure: Structure,
  types: readonly TensorType[],
): Tree<Tensor> {
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
