// Whole optimizer steps as conformance cases, on the problems of a profile, as in a run.

import {
  type FloatDType,
  loopsOf,
  type Program,
  sizeOf,
  type TensorType,
  type TensorValue,
  tensorValue,
  toData,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import {
  clockValues,
  exampleTypes,
  initProgram,
  type Locations,
  mostBatches,
  onRows,
  type Subject,
  traceStep,
} from '@gaussmark/cell';
import {
  choosePlugins,
  type DatasetSpec,
  FLOAT_DTYPES,
  fitModel,
  formatSelection,
  losses,
  lossFor,
  optimizerContext,
  parametersOf,
  type Registry,
  resolveProblems,
} from '@gaussmark/core';
import { DatasetCatalog, problemDefinitions } from '@gaussmark/harness';
import type { ConformanceCase } from './case.js';
import type { Tolerance } from './tolerance.js';
import { randomValue } from './values.js';

/**
 * Examples per mini-batch. The reference computes element by element: a few large images take it seconds. Small problems need more
 * examples, or the few iterations of a solver solve its system exactly and leave only a residual of rounding.
 */
function batchSizeFor({ input }: DatasetSpec): number {
  const elements = sizeOf(input.shape);
  return elements > 1000 ? 2 : elements > 100 ? 4 : 32;
}

/** Row numbers into a training set half again as large as a mini-batch: unordered, and not all of them. */
function rowsOf(examples: number): { readonly splitSize: number; readonly rows: TensorValue } {
  const splitSize = examples + Math.ceil(examples / 2);
  const rows = Array.from({ length: examples }, (_, i) => splitSize - 1 - i);
  return { splitSize, rows: tensorValue('int32', [examples], [rows.at(-1)!, ...rows.slice(0, -1)]) };
}

/** Somewhere within a run. */
const CLOCK = { progress: 0.25, step: 3 };

const TOLERANCE: Tolerance = {
  scale: 'tensor',
  float32: 2 ** 10,
  float64: 2 ** 10,
  reason:
    'hundreds of operations, and inner iterations that amplify their rounding: relative to the largest change of a parameter',
};

/**
 * The steps of every optimizer that declares `conformance`, with those hyperparameters, in float32 and float64, from the problem's
 * initial parameters on random examples of its shapes. Loops run fused and hosted.
 *
 * @param problems their names; their data must be present, since their shapes are needed
 * @throws GaussmarkError if a plugin or a file is missing
 */
export async function stepCases(
  problems: readonly string[],
  registry: Registry,
  locations: Locations,
): Promise<ConformanceCase[]> {
  const catalog = new DatasetCatalog(registry, locations);
  const checked = registry
    .list('optimizer')
    .flatMap(({ name, manifest: { conformance } }) =>
      conformance === undefined ? [] : [formatSelection({ name, hyperparameters: conformance })],
    );
  const optimizers = await choosePlugins('optimizer', checked, registry);
  const cases: ConformanceCase[] = [];
  for (const [index, name] of problems.entries()) {
    const [problem] = await resolveProblems(name, registry, problemDefinitions(locations.cwd));
    const { dataset, model, loss } = problem!;
    const spec = await catalog.describe(dataset);
    const plugin = await registry.load(registry.find('model', model.name));
    const { residual } = await registry.load(registry.find('dataset', dataset.name));
    const fitted = fitModel(plugin, model.hyperparameters, spec, residual?.(dataset.hyperparameters));
    if ('incompatible' in fitted) continue;
    const network = fitted.model;
    const init = network.init(1);
    const batchSize = batchSizeFor(spec);
    for (const dtype of FLOAT_DTYPES) {
      const params = tree.map(({ type }: TensorValue): TensorType => ({ dtype, shape: type.shape }), init);
      const subject: Subject = {
        spec,
        model: network,
        loss: losses[loss ?? lossFor(spec.task)],
        dtype,
        params,
      };
      for (const { entry, choice } of optimizers) {
        const batches = mostBatches(entry.manifest);
        const { splitSize, rows } = rowsOf(batches * batchSize);
        const instance = (await registry.load(entry)).create(
          choice.hyperparameters,
          optimizerContext({ batchSize, parameters: parametersOf(network, params) }),
        );
        const initial = tree.leaves<TensorValue>(init).map((value) => converted(value, dtype));
        const { program: initState, state } = initProgram(instance, subject);
        const traced = traceStep(instance, subject, state, batchSize, batches);
        const step = onRows(traced, splitSize);
        const carried = [...initial, ...evaluate(initState, initial)];
        const inputs = [
          ...carried,
          ...randomExamples(subject, splitSize, 2 * index),
          rows,
          ...clockValues(traced, CLOCK),
        ];
        cases.push(...casesOf(`${choice.name} on ${name}`, dtype, step, inputs, carried.length));
      }
    }
  }
  return cases;
}

function casesOf(
  subject: string,
  dtype: FloatDType,
  program: Program,
  inputs: readonly TensorValue[],
  carried: number,
): ConformanceCase[] {
  const updates = program.outputs.map((_, i) => (i < carried ? i : null));
  const hasLoops = loopsOf(program).length > 0;
  return (hasLoops ? (['fused', 'hosted'] as const) : (['fused'] as const)).map((loops) => ({
    subject,
    name: hasLoops ? `a step, ${loops}` : 'a step',
    dtype,
    program,
    inputs,
    tolerance: TOLERANCE,
    loops,
    updates,
  }));
}

const converted = ({ type, data }: TensorValue, dtype: FloatDType): TensorValue => ({
  type: { dtype, shape: type.shape },
  data: toData(dtype, data),
});

/** Inputs and targets of the training set. Class labels and tokens are within their range. */
function randomExamples(subject: Subject, count: number, seed: number): TensorValue[] {
  const { inputs, targets } = exampleTypes(subject, count);
  const { input, classes } = subject.spec;
  const limits = { inputs: input.vocabulary, targets: classes };
  return (
    [
      [inputs, limits.inputs, seed + 1],
      [targets, limits.targets, seed + 2],
    ] as const
  ).map(([{ dtype, shape }, limit, own]) =>
    randomValue(dtype, shape, own, limit === undefined ? {} : { low: 0, high: limit }),
  );
}
