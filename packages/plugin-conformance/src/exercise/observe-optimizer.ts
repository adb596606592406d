// An optimizer setting as a number: the loss after a few steps on a tiny problem, in float64.

import { type TensorValue, tree } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import {
  clockValues,
  evaluationPointProgram,
  initProgram,
  mostBatches,
  type Subject,
  traceStep,
  withoutCounts,
} from '@gaussmark/cell';
import {
  FLOAT_DTYPES,
  type HyperparameterValues,
  losses,
  lossFor,
  type ManifestOf,
  type OptimizerPlugin,
  optimizerContext,
  parametersOf,
  TASKS,
} from '@gaussmark/core';
import type { Observed } from './outcome.js';
import { BATCH, batchesOf, dataOf, numbers, tinyDataFor, tinyModel } from './tiny-problem.js';

/** The steps planned for schedules. One more shows the loss after them. */
export const STEPS = 6;

/** The tolerance of losses, as a multiple of one rounding of the parameters. */
const ROUNDINGS = 10;
const LEAST_TOLERANCE = { float32: 1e-4, float64: 1e-10 } as const;
const EPSILON = { float32: 2 ** -23, float64: 2 ** -52 } as const;

/**
 * Returns a function that observes settings of an optimizer.
 *
 * @param modelFor the network
 * @internal
 */
export function optimizerObserver(
  plugin: OptimizerPlugin,
  { capabilities = {} }: ManifestOf<'optimizer'>,
  modelFor = tinyModel,
): (values: HyperparameterValues) => Observed {
  const { tasks = TASKS, dtypes = FLOAT_DTYPES } = capabilities;
  const task = tasks.includes('regression') ? 'regression' : 'classification';
  const dtype = dtypes.includes('float64') ? 'float64' : 'float32';
  const data = tinyDataFor(task);
  const model = modelFor(data);
  const init = model.init(1);
  const subject: Subject = {
    spec: data.spec,
    model,
    loss: losses[lossFor(task)],
    dtype,
    params: tree.map(({ type }: TensorValue) => ({ dtype, shape: type.shape }), init),
  };
  const parameters = parametersOf(model, subject.params);
  const start = tree.leaves<TensorValue>(init);
  const perStep = mostBatches({ capabilities });
  const batches = batchesOf(data, dtype, perStep * BATCH);

  return (values) => {
    const context = { plannedSteps: STEPS, stepsPerEpoch: batches.length, batchSize: BATCH, parameters };
    const optimizer = plugin.create(values, optimizerContext(context));
    const { program: stateProgram, state } = initProgram(optimizer, subject);
    const traced = traceStep(optimizer, subject, state, BATCH, perStep);
    const program = withoutCounts(traced);
    const point = evaluationPointProgram(optimizer, subject, state);
    const stateSize = tree.leaves(state).length;

    const lossFrom = (roundings: number): number => {
      let params = start.map(({ type, data: plain }, leaf): TensorValue => {
        const off = numbers(plain.length, 100 + leaf);
        const moved = Float64Array.from(
          plain,
          (x, i) => x * (1 + Math.sign(off[i]!) * roundings * EPSILON[dtype]),
        );
        return { type: { dtype, shape: type.shape }, data: dataOf(moved, dtype) };
      });
      let current = evaluate(stateProgram, params);
      for (let step = 0; ; step++) {
        // The loss that is observed is that of the model as a run evaluates it.
        if (step === STEPS && point !== undefined) params = evaluate(point, [...params, ...current]);
        const clock = clockValues(traced, { progress: step / STEPS, step });
        const after = evaluate(program, [
          ...params,
          ...current,
          ...batches[step % batches.length]!,
          ...clock,
        ]);
        if (step === STEPS) return after.at(-1)!.data[0]!;
        params = after.slice(0, params.length);
        current = after.slice(params.length, params.length + stateSize);
      }
    };

    const value = lossFrom(0);
    if (!Number.isFinite(value)) return { value: null, tolerance: 0 };
    const moved = Math.abs(lossFrom(1) / value - 1);
    return { value, tolerance: Math.max(LEAST_TOLERANCE[dtype], ROUNDINGS * moved) };
  };
}
