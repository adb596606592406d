// The programs of a run besides its step (step.ts): the optimizer's initial state and the evaluation.

import {
  argMax,
  cast,
  concat,
  equal,
  type FloatDType,
  mean,
  mul,
  type Program,
  reshape,
  scalar,
  sum,
  type Tensor,
  type TensorType,
  type Tree,
  take,
  trace,
  tree,
} from '@gaussmark/autodiff';
import {
  type Batch,
  type DatasetSpec,
  initContext,
  type Loss,
  type Model,
  type Optimizer,
  type Params,
  type SquaredErrors,
} from '@gaussmark/core';

/** A model on data of known shape, with its loss. */
export interface Subject {
  readonly spec: DatasetSpec;
  readonly model: Model;
  /** Errors of the network against a known solution, if the dataset has one. */
  readonly squaredErrors?: SquaredErrors;
  readonly loss: Loss;
  readonly dtype: FloatDType;
  /** The types of the parameters. */
  readonly params: Tree<TensorType>;
  /** The run's, for what its optimizer draws; 0 by default. */
  readonly seed?: number;
}

/** The types (N, ...input.shape) and (N, ...target.shape), in the dtypes of programs. */
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

/** (params) -> state. */
export function initProgram(
  optimizer: Optimizer,
  subject: Subject,
): { program: Program; state: Tree<TensorType> } {
  const { program, output } = trace(
    (params: Params) => optimizer.init(params, initContext(subject.seed)),
    subject.params,
  );
  return {
    program,
    state: tree.unflatten(
      output,
      program.outputs.map((atom) => atom.type),
    ),
  };
}

/** The names of a subject's errors against a known solution, in the order of {@link evaluationProgram}. */
export function errorNames({ squaredErrors, ...subject }: Subject): readonly string[] {
  if (squaredErrors === undefined) return [];
  let names: readonly string[] = [];
  trace(
    (params: Params, x: Tensor) => {
      const errors = squaredErrors(params as never, x);
      names = Object.keys(errors);
      return Object.values(errors);
    },
    subject.params,
    exampleTypes(subject, 1).inputs,
  );
  return names;
}

/**
 * (params, inputs, targets, rows) -> [mean loss, number classified correctly, mean square of each error] of the examples at `rows`, as one
 * vector.
 */
export function evaluationProgram(subject: Subject, splitSize: number, batchSize: number): Program {
  const evaluate = (params: Params, examples: Batch, rows: Tensor): Tensor => {
    const targets = take(examples.targets, rows);
    const inputs = take(examples.inputs, rows);
    const outputs = subject.model.apply(params, inputs);
    const loss = subject.loss.evaluate(outputs, targets);
    const correct =
      subject.spec.task === 'classification'
        ? sum(cast(equal(argMax(outputs), targets), subject.dtype))
        : scalar(0, subject.dtype);
    const errors = Object.values(subject.squaredErrors?.(params as never, inputs) ?? {});
    return concat(
      [loss, mul(correct, 1), ...errors.map((squares) => mean(squares))].map((x) => reshape(x, [1])),
    );
  };
  const types: Readonly<Record<string, TensorType>> = exampleTypes(subject, splitSize);
  return trace(evaluate, subject.params, types, { dtype: 'int32', shape: [batchSize] }).program;
}
