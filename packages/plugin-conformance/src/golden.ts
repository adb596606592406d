// Golden trajectories: the first steps of another implementation, in float64, which an optimizer must reproduce.
//
// A file `golden/NAME.json` in the plugin's folder, as the scripts of `bench new` write it:
//
//   { "format": "gaussmark-golden-1", "source": "torch 2.9", "hyperparameters": { ... },
//     "optimizer": "adamw",                                              if the folder has several optimizers
//     "layers": [{ "weight": [[...]], "bias": [...] }, ...],             initial; weights are (in, out)
//     "batches": [{ "inputs": [[...]], "targets": [[...]] }, ...],       used in turn
//     "steps": [{ "layers": [...], "point": [...] }, ...] }              after each step; `point`, optional: where to evaluate
//
// The network is y = tanh(... tanh(x W1 + b1) ...) Wn + bn, and the loss mean((y - target)^2) over all elements.

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Tensor, type TensorValue, type Tree, tanh, tensorValue, tree } from '@gaussmark/autodiff';
import {
  completeHyperparameters,
  dense,
  GaussmarkError,
  type HyperparameterValues,
  isRecord,
  type ManifestOf,
  type OptimizerPlugin,
  readJson,
  validator,
} from '@gaussmark/core';
import { type Check, fail, skip } from './finding.js';
import { numbersOf, OptimizerBench } from './optimizer-bench.js';
import { deviation, type Oracle } from './oracle.js';
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
  readonly optimizer?: string;
  readonly source: string;
  readonly hyperparameters: HyperparameterValues;
  readonly layers: readonly Layer[];
  readonly batches: readonly {
    readonly inputs: readonly (readonly number[])[];
    readonly targets: readonly (readonly number[])[];
  }[];
  readonly steps: readonly { readonly layers: readonly Layer[]; readonly point?: readonly Layer[] }[];
}

const ROW = { type: 'array', items: { type: 'number' }, minItems: 1 };
const MATRIX = { type: 'array', items: ROW, minItems: 1 };
const record = (
  properties: Readonly<Record<string, unknown>>,
  optional: Readonly<Record<string, unknown>> = {},
) => ({
  type: 'object',
  properties: { ...properties, ...optional },
  required: Object.keys(properties),
});
const LAYERS = { type: 'array', items: record({ weight: MATRIX, bias: ROW }), minItems: 1 };
const goldenIssues = validator(
  record(
    {
      format: { const: 'gaussmark-golden-1' },
      source: { type: 'string', minLength: 1 },
      hyperparameters: { type: 'object' },
      layers: LAYERS,
      batches: { type: 'array', items: record({ inputs: MATRIX, targets: MATRIX }), minItems: 1 },
      steps: { type: 'array', items: record({ layers: LAYERS }, { point: LAYERS }), minItems: 1 },
    },
    { optimizer: { type: 'string', minLength: 1 } },
  ),
);

/**
 * One check per file of this optimizer; none without files. In a folder of several optimizers, a file names the one it belongs to.
 *
 * @param names the optimizers in the folder
 */
export async function goldenChecks(
  bench: OptimizerBench,
  directory: string,
  names: readonly string[],
): Promise<readonly Check[]> {
  const folder = path.join(directory, GOLDEN_FOLDER);
  const own = bench.manifest.name;
  const files = await goldenFiles(folder);
  const owners = await Promise.all(files.map((name) => ownerOf(path.join(folder, name))));
  const isElsewhere = (owner: string | undefined) =>
    owner !== undefined && owner !== own && names.includes(owner);
  return files.flatMap((name, i) => {
    const owner = owners[i];
    if (isElsewhere(owner)) return [];
    return {
      name: `${GOLDEN_FOLDER}/${name}`,
      remedy:
        'compare the formulas, and the defaults of hyperparameters that the file does not give; the first step that differs shows which',
      async run() {
        if (bench.dtype !== 'float64') return skip('the optimizer does not support float64');
        const golden = await readGolden(path.join(folder, name));
        if (golden.optimizer === own || (golden.optimizer === undefined && names.length === 1))
          return compare(bench, golden);
        fail(
          golden.optimizer === undefined
            ? `names no optimizer, and the folder has ${names.join(', ')}`
            : `is of optimizer '${golden.optimizer}', and the folder has ${names.join(', ')}`,
          `add "optimizer": "${own}"`,
        );
      },
    };
  });
}

const goldenFiles = async (folder: string) =>
  (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort();

/** The optimizer that a file names; undefined if it cannot be read, which its check reports. */
async function ownerOf(file: string): Promise<string | undefined> {
  const document = await readJson(file, { label: path.basename(file), limit: LIMIT }).catch(() => undefined);
  return isRecord(document) && typeof document.optimizer === 'string' ? document.optimizer : undefined;
}

/**
 * The golden trajectories of an optimizer, as oracles: for the tests of its package.
 *
 * @param manifest with the defaults
 * @param folder of the files
 * @throws GaussmarkError if a file is not a golden trajectory, or none is of this optimizer
 */
export async function goldenOracles<H, S extends Tree<Tensor>>(
  plugin: OptimizerPlugin<H, S>,
  manifest: ManifestOf<'optimizer'>,
  folder: URL,
): Promise<readonly Oracle[]> {
  const bench = new OptimizerBench(plugin as unknown as OptimizerPlugin, manifest);
  const own = manifest.name;
  const files = await goldenFiles(fileURLToPath(folder));
  const goldens = await Promise.all(
    files.map(async (name) => ({ name, golden: await readGolden(path.join(fileURLToPath(folder), name)) })),
  );
  const found = goldens.filter(({ golden }) => (golden.optimizer ?? own) === own);
  if (found.length === 0)
    throw new GaussmarkError(`optimizer '${own}' has no golden trajectory`, {
      file: fileURLToPath(folder),
      expected: `a file with "optimizer": "${own}"`,
      got: files.join(', ') || 'none',
    });
  return found.map(({ name, golden }) => ({
    optimizer: own,
    name: `${golden.steps.length} steps of ${path.basename(name, '.json')}`,
    reference: golden.source,
    tolerance: GOLDEN_TOLERANCE,
    worst: () => Math.max(...deviations(bench, golden)),
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
  const wrong = golden.steps.findIndex(({ layers, point = layers }) =>
    [layers, point].some((each) => shapes(each) !== shapes(golden.layers)),
  );
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
  let worst = 0;
  let step = 0;
  for (const off of deviations(bench, golden)) {
    step += 1;
    if (!(off <= GOLDEN_TOLERANCE)) {
      fail(
        `differs from ${source} at step ${step} of ${steps.length}, by ${off.toExponential(1)} of the largest parameter`,
      );
    }
    worst = Math.max(worst, off);
  }
  return `${steps.length} steps are those of ${source}, to ${worst.toExponential(1)} of the largest parameter`;
}

/** How far each step is off, relative to the largest parameter; where the file gives it, the point of evaluation counts as well. */
function* deviations(bench: OptimizerBench, golden: Golden): Generator<number> {
  const { steps } = golden;
  const values = completeHyperparameters(bench.manifest, golden.hyperparameters);
  const stepper = bench.stepper(problemOf(golden), { values, planned: steps.length });
  const off = (got: readonly TensorValue[], layers: readonly Layer[]) =>
    deviation(numbersOf(got), numbersOf(layers.flatMap(valuesOf)));
  for (const { layers, point } of steps) {
    const taken = stepper.step();
    const moved = off(stepper.params, layers);
    yield point === undefined
      ? moved
      : Math.max(moved, off(tree.leaves<TensorValue>(taken.evaluationPoint), point));
  }
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
