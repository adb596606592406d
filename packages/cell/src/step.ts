// The step of a run: the optimizer's, traced once on a mini-batch and metered, with the loss that the harness records.

import {
  add,
  concat,
  equal,
  inline,
  iota,
  less,
  type MeteredCost,
  meter,
  type Program,
  reshape,
  type Site,
  scalar,
  select,
  simplify,
  type Tensor,
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
  defined,
  GaussmarkError,
  type Optimizer,
  type Params,
  rowsOf,
  type StepResult,
  stepContext,
} from '@gaussmark/core';
import { packedMetrics, packedScalar } from './metrics.js';
import { exampleTypes, type Subject } from './programs.js';
import { returned } from './returned.js';
import { type Clocked, type ClockInput, clockTypes, withUsedClock } from './step-clock.js';

/**
 * A step on a given mini-batch. The other forms ({@link onRows}, {@link severalSteps}) derive from this program, so the
 * optimizer is traced only once per mini-batch size.
 */
export interface StepProgram extends Clocked {
  /** (params, state, inputs, targets, clock) -> (params, state, counts?, metrics). */
  readonly program: Program;
  /** Mini-batches among the inputs and targets. */
  readonly batches: number;
  /** The entries of the vector `metrics`: the harness's `loss` first, then the optimizer's. */
  readonly metrics: readonly string[];
  /** The entries of `counts`, int32[sites]; without sites there is no such output. */
  readonly sites: readonly Site[];
  /** The cost of the optimizer's own work, in terms of the counts. */
  readonly cost: MeteredCost;
  /** The optimizer's own work as traced: without counts, and without a loss that only the harness wants. */
  readonly own: Program;
}

/**
 * Traces an optimizer's step. The loss is the harness's: the mean over the mini-batch at the given parameters, whatever the
 * optimizer reports. An optimizer that evaluates it anyway shares it; others are not charged for it.
 *
 * @param batches 1, or 2 for an optimizer that declares a second mini-batch: its examples follow those of the first
 * @throws GaussmarkError if the step does not return parameters and state of the types it was given, or a metric is not a scalar
 */
export function traceStep(
  optimizer: Optimizer,
  subject: Subject,
  state: Tree<TensorType>,
  batchSize: number,
  batches = 1,
): StepProgram {
  const { model, loss, dtype, params } = subject;
  const types: Readonly<Record<string, TensorType>> = exampleTypes(subject, batches * batchSize);
  const problemOn = (examples: Batch) =>
    batches === 1
      ? bindProblem(model, loss, examples)
      : bindProblem(model, loss, rowsOf(examples, 0, batchSize), rowsOf(examples, batchSize, 2 * batchSize));
  const contextOf = (clock: Record<ClockInput, Tensor>) =>
    stepContext({ ...clock, ...defined({ seed: subject.seed }) });

  let names: readonly string[] = [];
  const takeStep = (at: Params, current: Tree<Tensor>, batch: Batch, clock: Record<ClockInput, Tensor>) => {
    const result = checkedResult(optimizer.step(problemOn(batch), at, current, contextOf(clock)));
    const metrics = packedMetrics(result.metrics, dtype);
    names = metrics.flatMap((metric) => metric.names);
    return [
      returned(STEP, 'params', result.params, params),
      returned(STEP, 'state', result.state, state),
      metrics.flatMap(({ values }) => values),
    ];
  };
  const traced = trace(takeStep, params, state, types, clockTypes(dtype)).program;
  const { program: own, clock } = withUsedClock(traced);
  const { program, sites, cost } = meter(own);

  const whole = (at: Params, current: Tree<Tensor>, batch: Batch, time: readonly Tensor[]) => {
    const operands = [...tree.leaves<Tensor>(at), ...tree.leaves<Tensor>(current)];
    const results = inline(program, [...operands, batch.inputs, batch.targets, ...time]);
    const carried = results.slice(0, operands.length);
    const countsAt = results.length - (sites.length === 0 ? 0 : 1);
    const metrics = results.slice(operands.length, countsAt);
    const counts = results.slice(countsAt);
    const before = packedScalar('loss', problemOn(batch).loss(at), dtype);
    return [carried, counts, metrics.length === 0 ? before : concat([before, ...metrics])];
  };
  const time = clock.map((name) => clockTypes(dtype)[name]);
  return {
    program: trace(whole, params, state, types, time).program,
    batches,
    clock,
    metrics: ['loss', ...names],
    sites,
    cost,
    own,
  };
}

/**
 * (params, state, training inputs, training targets, rows, clock) -> ...: the mini-batch consists of the rows,
 * int32[examples]: those of the second mini-batch, if any, follow the first's.
 */
export function onRows(step: Clocked, splitSize: number): Program {
  const { carried, split, examples, clock } = partsOf(step, splitSize);
  const onBatch = (
    before: readonly Tensor[],
    data: readonly Tensor[],
    rows: Tensor,
    time: readonly Tensor[],
  ) => inline(step.program, [...before, ...batchOf(data, rows), ...time]);
  return trace(onBatch, carried, split, { dtype: 'int32', shape: [examples] }, clock).program;
}

export interface StepsShape {
  /** Size of the resident training set. */
  readonly splitSize: number;
  /** At least 1. */
  readonly steps: number;
}

/**
 * Several steps of {@link onRows} in one program, in a loop. `rows` is int32[steps, examples]; each input of the clock, and
 * counts and metrics, have a row per step.
 */
export function severalSteps(step: Clocked, { splitSize, steps }: StepsShape): Program {
  const { carried, split, examples, clock, noted } = partsOf(step, splitSize);
  const all = (
    before: readonly Tensor[],
    data: readonly Tensor[],
    rows: Tensor,
    times: readonly Tensor[],
  ) => {
    const last = whileLoop<Carry>(
      ({ k }) => less(k, steps),
      ({ k, carried: now, noted: soFar }) => {
        const own = reshape(take(rows, reshape(k, [1])), [examples]);
        const time = times.map((values) => reshape(take(values, reshape(k, [1])), []));
        const results = inline(step.program, [...now, ...batchOf(data, own), ...time]);
        const here = reshape(equal(iota(steps), k), [steps, 1]);
        return {
          k: add(k, 1),
          carried: results.slice(0, now.length),
          noted: results.slice(now.length).map((row, i) => select(here, row, soFar[i]!)),
        };
      },
      {
        k: scalar(0, 'int32'),
        carried: before,
        noted: noted.map(({ dtype, shape }) => zeros([steps, ...shape], dtype)),
      },
      { name: STEPS_LOOP },
    );
    return [last.carried, last.noted];
  };
  const times = clock.map(({ dtype }) => ({ dtype, shape: [steps] }));
  return trace(all, carried, split, { dtype: 'int32', shape: [steps, examples] }, times).program;
}

type Carry = {
  readonly k: Tensor;
  readonly carried: readonly Tensor[];
  readonly noted: readonly Tensor[];
};

/** The function that a step's errors name. */
const STEP = "the optimizer's step";

/** The name of the loop over steps. */
const STEPS_LOOP = 'steps';

/** (params, state, inputs, targets, clock) -> (params, state, metrics): the step without its counters. */
export function withoutCounts({ program, sites }: StepProgram): Program {
  if (sites.length === 0) return program;
  return simplify({ ...program, outputs: program.outputs.toSpliced(-2, 1) });
}

/** The types in a step's signature. */
function partsOf({ program: { inputs, outputs }, clock }: Clocked, splitSize: number) {
  const types = inputs.map(({ type }) => type);
  const clockAt = types.length - clock.length;
  const carried = types.slice(0, clockAt - 2);
  const batch = types.slice(clockAt - 2, clockAt);
  return {
    carried,
    split: batch.map(({ dtype, shape }) => ({ dtype, shape: [splitSize, ...shape.slice(1)] })),
    /** Of all mini-batches of a step. */
    examples: batch[0]!.shape[0]!,
    clock: types.slice(clockAt),
    /** Counts, if any, and metrics. */
    noted: outputs.slice(carried.length).map(({ type }) => type),
  };
}

function batchOf(data: readonly Tensor[], rows: Tensor): readonly Tensor[] {
  return data.map((examples) => take(examples, rows));
}

/** A step's result as a record. @throws GaussmarkError that shows what was returned instead */
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
