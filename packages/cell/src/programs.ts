// The programs of a run besides its step (step.ts): the optimizer's initial state and the evaluation.

import {
  argMax,
  cast,
  concat,
  equal,
  type FloatDType,
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
} from '@gaussmark/core';

/** A model on data of known shape, with its loss. */
export interface Subject {
  readonly spec: DatasetSpec;
  readonly model: Model;
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

/** (params, inputs, targets, rows) -> [mean loss, number classified correctly] of the examples at `rows`, as one vector. */
export function evaluationProgram(subject: Subject, splitSize: number, batchSize: number): Program {
  const evaluate = (params: Params, examples: Batch, rows: Tensor): Tensor => {
    const targets = take(examples.targets, rows);
    const outputs = subject.model.apply(params, take(examples.inputs, rows));
    const loss = subject.loss.evaluate(outputs, targets);
    const correct =
      subject.spec.task === 'classification'
        ? sum(cast(equal(argMax(outputs), targets), subject.dtype))
        : scalar(0, subject.dtype);
    return concat([reshape(loss, [1]), reshape(mul(correct, 1), [1])]);
  };
  const types: Readonly<Record<string, TensorType>> = exampleTypes(subject, splitSize);
  return trace(evaluate, subject.params, types, { dtype: 'int32', shape: [batchSize] }).program;
}
