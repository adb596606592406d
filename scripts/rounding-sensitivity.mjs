// How far rounding alone moves the first epoch of SGN(10) on boston. Prints the epoch's trainLoss for each seed, from the
// paper's start and from starts a few units in the last place apart.
//
//   npx -y pnpm@12 build && node scripts/rounding-sensitivity.mjs [starts]

import { initProgram } from '../packages/cell/dist/programs.js';
import { progressOfSteps } from '../packages/cell/dist/progress.js';
import { startEngine } from '../packages/cell/dist/run-cell.js';
import { setUp, uploadSplit } from '../packages/cell/dist/setup.js';
import { traceStep } from '../packages/cell/dist/step.js';
import { Training, uploadAll } from '../packages/cell/dist/training.js';
import { completeHyperparameters, discover } from '../packages/core/dist/index.js';

const STEPS_PER_EPOCH = 4;
const starts = Number(process.argv[2] ?? 12);
const registry = await discover();

function choice(kind, name, values = {}) {
  return { name, hyperparameters: completeHyperparameters(registry.find(kind, name).manifest, values) };
}

const problem = {
  name: 'boston',
  dataset: choice('dataset', 'boston'),
  model: choice('model', 'mlp', { hidden: [100, 100], activation: 'sigmoid', initialization: 'paper' }),
  loss: 'squaredError',
  batchSize: 101,
  dtype: 'float64',
};
const optimizer = choice('optimizer', 'sgn', { cgIterations: 10 });
const engineChoice = choice('engine', 'onnxruntime', { threads: 1 });
const engine = await startEngine({ engine: engineChoice }, registry);

/** Start 0 is the paper's; others move each weight by at most five units in the last place. */
function perturbed(data, start) {
  const units = (i) => (start === 0 ? 0 : ((i * 7919 + start * 104729) % 11) - 5);
  return data.map((value, i) => value * (1 + (units(i) * Number.EPSILON) / 2));
}

async function firstEpoch(seed, start) {
  const cell = { id: '', problem, optimizer, label: '', engine: engineChoice, seed, budget: { epochs: 1 } };
  const setup = await setUp(cell, registry, { cwd: process.cwd(), extra: [], cacheDirectory: '.' });
  const init = initProgram(setup.optimizer, setup.subject);
  const weights = setup.initial.map(({ data }) => perturbed(data, start));
  const params = uploadAll(engine, weights, setup.subject.params);
  const state = await (await engine.compile(init.program)).run(params);
  const training = await Training.prepare({
    engine,
    params,
    state,
    data: uploadSplit(engine, setup.subject, setup.dataset.train),
    batchSize: problem.batchSize,
    seed,
    progress: progressOfSteps(STEPS_PER_EPOCH),
    step: (size) => traceStep(setup.optimizer, setup.subject, init.state, size),
  });
  let sum = 0;
  for (let i = 0; i < STEPS_PER_EPOCH; i++) sum += (await training.step())[0];
  return sum / STEPS_PER_EPOCH;
}

for (const seed of [1, 2, 3, 4, 5]) {
  const losses = [];
  for (let start = 0; start < starts; start++) losses.push(await firstEpoch(seed, start));
  console.log(`seed ${seed}: ${losses.map((loss) => loss.toFixed(4)).join(' ')}`);
}
await engine.dispose();
