// Fixtures: the workspace's plugins, temporary directories, made-up plugins and records.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReportEnvironment, ReportProblem } from '@gaussmark/analysis';
import {
  completeHyperparameters,
  discover,
  type Engine,
  type JsonValue,
  type PluginKind,
  type Registry,
} from '@gaussmark/core';
import { afterAll, beforeAll } from 'vitest';
import type { Cell, CellResult, Locations } from '../../cell/src/cell.js';
import { locationsOf } from '../src/plan/locations.js';

export const WORKSPACE = fileURLToPath(new URL('../../..', import.meta.url));

/** The real plugins of the workspace. */
export function workspaceRegistry(): Promise<Registry> {
  return discover({ cwd: WORKSPACE, workspaceRoot: WORKSPACE });
}

/** A directory that lives as long as the tests of a file; filled in before they begin. */
export function temporaryDirectory(): { readonly path: string; readonly locations: Locations } {
  const directory = { path: '', locations: locationsOf(WORKSPACE) };
  beforeAll(async () => {
    directory.path = await mkdtemp(path.join(tmpdir(), 'gaussmark-harness-'));
    directory.locations = locationsOf(directory.path);
  });
  afterAll(() => rm(directory.path, { recursive: true, force: true }));
  return directory;
}

/** A folder with these files; returns its path. */
export async function writePlugin(
  directory: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = path.join(directory, name);
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, file), text);
  return folder;
}

/** A plugin of one module; `extra` holds further manifest fields. Returns its path. */
export function writeModule(
  directory: string,
  kind: PluginKind,
  name: string,
  code: string,
  extra: Readonly<Record<string, JsonValue>> = {},
): Promise<string> {
  return writePlugin(directory, name, {
    'package.json': JSON.stringify({ name, type: 'module', keywords: ['gaussmark-plugin'] }),
    'manifest.json': JSON.stringify({
      kind,
      name,
      version: '1.0.0',
      summary: 'Made for a test.',
      entry: './index.js',
      hyperparameters: { type: 'object', properties: {} },
      ...extra,
    }),
    'index.js': code,
  });
}

/** An optimizer whose `create` is the given expression; `rest` stands before it. */
export function writeOptimizer(directory: string, name: string, create: string, rest = ''): Promise<string> {
  const code = `import { scalar, vector } from '@gaussmark/autodiff';\n${rest}\nexport default { create: ${create} };\n`;
  return writeModule(directory, 'optimizer', name, code);
}

/**
 * A regression of 40 examples, y = 2 x, whose test split tells of every look at it: a line with the process and its script in
 * the file `log`, or an error if that is empty.
 */
export function writeWatchedDataset(directory: string): Promise<string> {
  const code = `
import { appendFileSync } from 'node:fs';
const spec = { task: 'regression', input: { shape: [1] }, target: { shape: [1] } };
const inputs = Float64Array.from({ length: 40 }, (_, i) => i / 20 - 1);
const split = (from) => ({ size: 40, inputs: inputs.map((x) => x + from), targets: inputs.map((x) => 2 * (x + from)) });
export default {
  describe: async () => spec,
  load: async ({ log }) => ({
    spec,
    train: split(0),
    get test() {
      if (log === '') throw new Error('the test split was looked at');
      appendFileSync(log, process.pid + ' ' + process.argv[1] + '\\n');
      return split(0.01);
    },
    provenance: { source: 'generated', license: 'CC0-1.0', checksums: {} },
  }),
};
`;
  return writeModule(directory, 'dataset', 'watched', code, {
    hyperparameters: {
      type: 'object',
      properties: {
        log: { type: 'string', default: '', description: 'File that records each read of the test split.' },
      },
    },
  });
}

/** The `create` of a gradient step; `inside` runs in it, `metrics` are its further metrics. */
export const gradientStep = (inside: string, metrics = '') => `() => ({
  init: () => ({}),
  step(problem, params, state) {
    ${inside}
    const { loss, grad } = problem.valueAndGrad(params);
    return { params: vector.addScaled(params, -0.01, grad), state, metrics: { loss, ${metrics} } };
  },
})`;

/** A cell of a made-up plan. */
export function cellOf(problem: string, label: string, seed = 1): Cell {
  return {
    id: `${problem}/${label}/seed${seed}`,
    problem: {
      name: problem,
      batchSize: 10,
      dataset: { name: 'sine', hyperparameters: {} },
      model: { name: 'mlp', hyperparameters: {} },
      loss: 'squaredError',
      dtype: 'float64',
      trainLossMean: 'examples',
    },
    optimizer: { name: label.split('[')[0]!, hyperparameters: {} },
    label,
    engine: { name: 'onnxruntime', hyperparameters: {} },
    engineLabel: 'onnxruntime',
    seed,
    budget: { epochs: 1 },
  };
}

/** A cell of boston on a small network, with complete hyperparameters; its training split has 404 examples. */
export function bostonCell(
  registry: Registry,
  optimizer: string,
  hyperparameters: Readonly<Record<string, JsonValue>>,
  { hidden, batchSize, seed }: { readonly hidden: number; readonly batchSize: number; readonly seed: number },
): Cell {
  const choice = (kind: PluginKind, name: string, values: Readonly<Record<string, JsonValue>> = {}) => ({
    name,
    hyperparameters: completeHyperparameters(registry.find(kind, name).manifest, values),
  });
  return {
    id: optimizer,
    label: optimizer,
    problem: {
      name: 'boston',
      dataset: choice('dataset', 'boston'),
      model: choice('model', 'mlp', { hidden: [hidden], activation: 'sigmoid', initialization: 'paper' }),
      loss: 'squaredError',
      batchSize,
      dtype: 'float64',
      trainLossMean: 'examples',
    },
    optimizer: choice('optimizer', optimizer, hyperparameters),
    engine: choice('engine', 'onnxruntime', { threads: 1 }),
    engineLabel: 'onnxruntime[threads=1]',
    seed,
    budget: { epochs: 1 },
  };
}

/** The problem of {@link cellOf} in a report. */
export const SINE_PROBLEM: ReportProblem = {
  name: 'sine10',
  dataset: {
    name: 'sine',
    hyperparameters: {},
    source: 'generated',
    license: 'MIT',
    checksums: {},
    trainSize: 100,
    testSize: 20,
    task: 'regression',
  },
  model: { name: 'mlp', hyperparameters: {}, parameterCount: 10 },
  loss: 'squaredError',
  batchSize: 10,
  dtype: 'float64',
  stepsPerEpoch: 10,
};

export const ENVIRONMENT: ReportEnvironment = {
  cpu: 'A processor',
  cores: 2,
  memoryBytes: 2 ** 30,
  os: 'An OS',
  arch: 'x64',
  node: '20.19.0',
  engines: {},
  threads: 1,
  gitCommit: null,
  gitDirty: null,
  loadAverage: [0, 0, 0],
  comparableTimings: true,
};

/** An engine that compiles in another way. */
export function compilingBy(engine: Engine, compile: Engine['compile']): Engine {
  return Object.create(engine, { compile: { value: compile } });
}

/** A result with this final test loss. */
export function resultOf(testLoss: number, seconds = 1, status: CellResult['status'] = 'done'): CellResult {
  return {
    status,
    engineInfo: {},
    curve: [{ epoch: 1, iterations: 10, seconds, trainLoss: 2 * testLoss, testLoss }],
    steps: { count: 10, secondsMedian: 0.1, secondsTotal: seconds, secondsP10: 0.1, secondsP90: 0.1 },
    seconds: { load: 0, compile: 0, train: seconds, evaluate: 0, total: seconds },
  };
}
