// Golden trajectories: the first steps of another implementation, in float64, which an optimizer must reproduce.
//
// A file `golden/NAME.json` in the plugin's folder, as the scripts of `bench new` write it:
//
//   { "format": "gaussmark-golden-1", "source": "torch 2.9", "hyperparameters": { ... },
//     "layers": [{ "weight": [[...]], "bias": [...] }, ...],             initial; weights are (in, out)
//     "batches": [{ "inputs": [[...]], "targets": [[...]] }, ...],       used in turn
//     "steps": [{ "layers": [...] }, ...] }                              after each step
//
// The network is y = tanh(... tanh(x W1 + b1) ...) Wn + bn, and the loss mean((y - target)^2) over all elements.

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type Tensor, type TensorValue, tanh, tensorValue } from '@gaussmark/autodiff';
import {
  completeHyperparameters,
  dense,
  GaussmarkError,
  type HyperparameterValues,
  readJson,
  validator,
} from '@gaussmark/core';
import { type Check, fail, skip } from './finding.js';
import { numbersOf, type OptimizerBench } from './optimizer-bench.js';
import type { TestBatch, TestProblem } from './test-problem.js';

export const GOLDEN_FOLDER = 'golden';
/** Relative to the largest parameter: both implementations round, in another order. */
export const GOLDEN_TOLERANCE = 1e-10;
const LIMIT = 16 * 2 ** 20;

interface Layer {
  readonly weight: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

interface Golden {
  readonly source: string;
  readonly hyperparameters: HyperparameterValues;
  readonly layers: readonly Layer[];
  readonly batches: readonly {
    readonly inputs: readonly (readonly number[])[];
    readonly targets: readonly (readonly number[])[];
  }[];
  readonly steps: readonly { readonly layers: readonly Layer[] }[];
}

const ROW = { type: 'array', items: { type: 'number' }, minItems: 1 };
const MATRIX = { type: 'array', items: ROW, minItems: 1 };
const record = (properties: Readonly<Record<string, unknown>>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});
const LAYERS = { type: 'array', items: record({ weight: MATRIX, bias: ROW }), minItems: 1 };
const goldenIssues = validator(
  record({
    format: { const: 'gaussmark-golden-1' },
    source: { type: 'string', minLength: 1 },
    hyperparameters: { type: 'object' },
    layers: LAYERS,
    batches: { type: 'array', items: record({ inputs: MATRIX, targets: MATRIX }), minItems: 1 },
    steps: { type: 'array', items: record({ layers: LAYERS }), minItems: 1 },
  }),
);

/** One check per file; none without files. */
export async function goldenChecks(bench: OptimizerBench, directory: string): Promise<readonly Check[]> {
  const folder = path.join(directory, GOLDEN_FOLDER);
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  return files.map((name) => ({
    name: `${GOLDEN_FOLDER}/${name}`,
    remedy:
      'compare the formulas, and the defaults of hyperparameters that the file does not give; the first step that differs shows which',
    async run() {
      if (bench.dtype !== 'float64') return skip('the optimizer does not support float64');
      return compare(bench, await readGolden(path.join(folder, name)));
    },
  }));
}

/** @throws GaussmarkError if the file is not a golden trajectory */
async function readGolden(file: string): Promise<Golden> {
  const document: unknown = await readJson(file, { label: path.basename(file), limit: LIMIT });
  const issues = goldenIssues(document);
  if (issues.length > 0)
    throw new GaussmarkError(`${path.basename(file)} is not a golden trajectory`, { file, issues });
  const golden = document as Golden;
  const shapes = (layers: readonly Layer[]) =>
    layers
      .map(({ weight, bias }) => [weight.length, ...new Set(weight.map((row) => row.length)), bias.length])
      .join(' ');
  const wrong = golden.steps.findIndex(({ layers }) => shapes(layers) !== shapes(golden.layers));
  if (wrong >= 0)
    throw new GaussmarkError(`${path.basename(file)}: the layers after step ${wrong + 1} have other shapes`, {
      file,
      expected: shapes(golden.layers),
      got: shapes(golden.steps[wrong]!.layers),
    });
  return golden;
}

function compare(bench: OptimizerBench, golden: Golden): string {
  const { source, steps } = golden;
  const values = completeHyperparameters(bench.manifest, golden.hyperparameters);
  const stepper = bench.stepper(problemOf(golden), { values, planned: steps.length });
  let worst = 0;
  for (const [step, { layers }] of steps.entries()) {
    stepper.step();
    const [got, expected] = [numbersOf(stepper.params), numbersOf(layers.flatMap(valuesOf))];
    const largest = Math.max(...expected.map(Math.abs));
    const off = Math.max(...expected.map((x, i) => Math.abs(x - got[i]!))) / largest;
    if (!(off <= GOLDEN_TOLERANCE)) {
      fail(
        `differs from ${source} at step ${step + 1} of ${steps.length}, by ${off.toExponential(1)} of the largest parameter`,
      );
    }
    worst = Math.max(worst, off);
  }
  return `${steps.length} steps are those of ${source}, to ${worst.toExponential(1)} of the largest parameter`;
}

const matrix = (rows: readonly (readonly number[])[]): TensorValue =>
  tensorValue('float64', [rows.length, rows[0]!.length], rows.flat());
const row = (values: readonly number[]): TensorValue => tensorValue('float64', [values.length], [...values]);
/** In the order of the leaves of `{ bias, weight }` or `{ weight, bias }`: that of the record. */
const valuesOf = ({ weight, bias }: Layer): TensorValue[] => [matrix(weight), row(bias)];

function problemOf({ layers, batches }: Golden): TestProblem {
  const [first] = batches;
  return {
    spec: {
      task: 'regression',
      input: { shape: [first!.inputs[0]!.length] },
      target: { shape: [first!.targets[0]!.length] },
    },
    loss: 'squaredError',
    model: {
      init: () => ({
        layers: layers.map(({ weight, bias }) => ({ weight: matrix(weight), bias: row(bias) })),
      }),
      apply(params, x) {
        const given = params as {
          readonly layers: readonly { readonly weight: Tensor; readonly bias: Tensor }[];
        };
        return given.layers.reduce((h, layer, i) => dense(i === 0 ? h : tanh(h), layer), x);
      },
    },
    batches: batches.map(({ inputs, targets }) => ({
      inputs: matrix(inputs),
      targets: matrix(targets),
    })) as unknown as [TestBatch, ...TestBatch[]],
  };
}
