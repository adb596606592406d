// The optimizer under test: its step, traced on a network and run by the reference evaluator in float64.

import {
  add,
  type DType,
  matmul,
  type Program,
  sigmoid,
  type Tensor,
  type TensorType,
  type TensorValue,
  type Tree,
  tanh,
  tensorValue,
  trace,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import {
  bindProblem,
  completeHyperparameters,
  initContext,
  losses,
  optimizerContext,
  type Params,
  parseManifest,
  stepContext,
} from '@gaussmark/core';
import type { Vector } from '../../optim/test/plain-linear-algebra.js';
import manifestJson from '../manifest.json' with { type: 'json' };
import sgn, { type SgnHyperparameters } from '../src/sgn.js';
import { layout, type Network, type PlainBatch } from './plain-network.js';

export const manifest = parseManifest(manifestJson, 'manifest.json');

export function hyperparameters(options: Partial<SgnHyperparameters> = {}): SgnHyperparameters {
  return completeHyperparameters(manifest, { ...options });
}

type Layer = { readonly weight: Tensor; readonly bias: Tensor };

export function modelOf({ activation }: Network) {
  const activate = { sigmoid, tanh }[activation];
  return {
    apply({ layers }: { readonly layers: readonly Layer[] }, x: Tensor): Tensor {
      return layers.reduce(
        (h, { weight, bias }, i) => add(matmul(i === 0 ? h : activate(h), weight), bias),
        x,
      );
    },
  };
}

const ofType = (dtype: DType, shape: readonly number[]): TensorType => ({ dtype, shape });

export function paramTypes(network: Network): Tree<TensorType> {
  return {
    layers: layout(network).map(({ input, output }) => ({
      weight: ofType('float64', [input, output]),
      bias: ofType('float64', [output]),
    })),
  };
}

/** Flat parameters as one value per leaf. */
export function paramValues(network: Network, theta: Vector): TensorValue[] {
  return layout(network).flatMap(({ input, output, weight, bias }) => [
    tensorValue('float64', [input, output], theta.slice(weight, bias)),
    tensorValue('float64', [output], theta.slice(bias, bias + output)),
  ]);
}

export const flat = (values: readonly TensorValue[]): number[] => values.flatMap(({ data }) => [...data]);

export function batchValues({ inputs, loss, targets }: PlainBatch): [TensorValue, TensorValue] {
  const x = tensorValue('float64', [inputs.length, inputs[0]!.length], inputs.flat());
  if (loss === 'softmaxCrossEntropy') return [x, tensorValue('int32', [targets.length], targets)];
  return [x, tensorValue('float64', [targets.length, targets[0]!.length], targets.flat())];
}

/** Where the budget of a run without planned steps ends. */
export const PROGRESS_STEPS = 10;

export interface StepRun {
  readonly params: readonly TensorValue[];
  readonly state: readonly TensorValue[];
  readonly metrics: Readonly<Record<string, number>>;
}

export interface TracedStep {
  readonly program: Program;
  readonly initialState: readonly TensorValue[];
  /** Default: the first step, on the batch given to {@link traceStep}. */
  run(
    params: readonly TensorValue[],
    state: readonly TensorValue[],
    at?: { readonly taken?: number; readonly batch?: PlainBatch },
  ): StepRun;
}

/** @param batch determines the types, and the default values for `run` */
export function traceStep(
  network: Network,
  batch: PlainBatch,
  options: SgnHyperparameters,
  plannedSteps: number | null = null,
): TracedStep {
  const optimizer = sgn.create(options, optimizerContext({ plannedSteps }));
  const params = paramTypes(network);
  const [x, y] = batchValues(batch);
  const model = modelOf(network);

  const init = trace((p: Params) => optimizer.init(p, initContext()), params);
  const dummies = tree
    .leaves<TensorType>(params)
    .map(({ shape }) => tensorValue('float64', shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(0)));
  const initialState = evaluate(init.program, dummies);
  const stateTypes = tree.unflatten(
    init.output,
    initialState.map((value) => value.type),
  );

  const step = (
    p: Params,
    s: Tree<Tensor>,
    inputs: Tensor,
    targets: Tensor,
    clock: { readonly progress: Tensor; readonly step: Tensor },
  ): Tree<Tensor> => {
    const problem = bindProblem(model, losses[batch.loss], { inputs, targets });
    const result = optimizer.step(problem, p, s as never, stepContext(clock));
    return { params: result.params, state: result.state, metrics: result.metrics };
  };
  const clockTypes = { progress: ofType('float64', []), step: ofType('int32', []) };
  const { program, output } = trace(step, params, stateTypes, x.type, y.type, clockTypes);
  return {
    program,
    initialState,
    run(values, state, { taken = 0, batch: other = batch } = {}) {
      const progress = taken / (plannedSteps ?? PROGRESS_STEPS);
      const clock = [tensorValue('float64', [], [progress]), tensorValue('int32', [], [taken])];
      const outputs = evaluate(program, [...values, ...state, ...batchValues(other), ...clock]);
      const result = tree.unflatten(output, outputs) as unknown as {
        readonly params: Tree<TensorValue>;
        readonly state: Tree<TensorValue>;
        readonly metrics: Readonly<Record<string, TensorValue>>;
      };
      return {
        params: tree.leaves<TensorValue>(result.params),
        state: tree.leaves<TensorValue>(result.state),
        metrics: Object.fromEntries(
          Object.entries(result.metrics).map(([name, value]) => [name, value.data[0]!]),
        ),
      };
    },
  };
}
