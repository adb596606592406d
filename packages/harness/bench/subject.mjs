// What these benchmarks have in common: a built-in problem with an optimizer, set up as a run does it.

import { completeHyperparameters, discover, resolveProblems } from '@gaussmark/core';
import { initProgram } from '../../cell/dist/programs.js';
import { startEngine } from '../../cell/dist/run-cell.js';
import { initialState, setUp } from '../../cell/dist/setup.js';
import { onRows, traceStep } from '../../cell/dist/step.js';
import { uploadAll } from '../../cell/dist/training.js';
import { locationsOf, problemDefinitions } from '../dist/index.js';

const HERE = new URL('.', import.meta.url).pathname;
const locations = locationsOf(HERE);
const registry = await discover({ cwd: HERE, workspaceRoot: locations.workspaceRoot });

const pluginOf = (kind, { name, hyperparameters = {} }) => ({
  name,
  hyperparameters: completeHyperparameters(registry.find(kind, name).manifest, hyperparameters),
});

/** `sgn[cgIterations=3]` as a name and its values. */
export function optimizerOf(text) {
  const [, name, inside = ''] = /^([^[]+)(?:\[(.*)\])?$/.exec(text);
  const values = inside
    .split(',')
    .filter(Boolean)
    .map((pair) => pair.split('='));
  return {
    name,
    hyperparameters: Object.fromEntries(values.map(([key, value]) => [key, JSON.parse(value)])),
  };
}

/** A problem, as a user calls it, and an optimizer on an engine, with fresh parameters and state whenever they are asked for. */
export async function subjectOf(problemName, optimizerText, { threads = 1, dtype } = {}) {
  const [problem] = await resolveProblems(
    problemName,
    registry,
    problemDefinitions(HERE),
    dtype === undefined ? {} : { dtype },
  );
  const cell = {
    id: problemName,
    label: problemName,
    problem,
    optimizer: pluginOf('optimizer', optimizerOf(optimizerText)),
    engine: pluginOf('engine', { name: 'onnxruntime', hyperparameters: { threads } }),
    engineLabel: 'onnxruntime',
    seed: 1,
    budget: { seconds: 1 },
  };
  const { subject, optimizer, dataset, initial } = await setUp(cell, registry, locations);
  const engine = await startEngine(cell, registry);
  const init = initProgram(optimizer, subject);
  const start = async () => {
    const params = uploadAll(
      engine,
      initial.map(({ data }) => data),
      subject.params,
    );
    return { params, state: (await initialState(engine, init, params)).buffers };
  };
  const { batchSize } = problem;
  const traced = traceStep(optimizer, subject, init.state, Math.min(batchSize, dataset.train.size));
  const step = { ...traced, program: onRows(traced, dataset.train.size) };
  return { engine, subject, optimizer, dataset, batchSize, stateTypes: init.state, start, step };
}
