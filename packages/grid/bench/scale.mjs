// How a grid grows: times of submission, status and collection, and the memory of the collector, on a Slurm that only pretends.
//   node packages/grid/bench/scale.mjs blocks=10000 contestants=2
// Nothing is trained: records of 5 points are written as workers write them. Processor and wall times are printed, as JSON lines.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const options = Object.fromEntries(process.argv.slice(2).map((word) => word.split('=')));
const blocks = Number(options.blocks ?? 10_000);
const contestants = Number(options.contestants ?? 2);

const root = mkdtempSync(path.join(tmpdir(), 'gaussmark-scale-'));
const bin = path.join(root, 'bin');
mkdirSync(bin);
const calls = path.join(root, 'calls');
writeFileSync(calls, '');
const program = (name, body) => {
  writeFileSync(path.join(bin, name), `#!/bin/sh\n${body}\n`);
  chmodSync(path.join(bin, name), 0o755);
};
program('sbatch', `echo x >> ${calls}; echo 1`);
program('scontrol', "echo 'MaxArraySize = 1001'");
program('sinfo', "echo 'main*|infinite'");
// Every element of every array waits, a line each.
program('squeue', `cat ${root}/queue`);
process.env.PATH = `${bin}:${process.env.PATH}`;
// Loaded with that path.
const { recordOf } = await import('../../harness/dist/run/run-and-record.js');
const { identityOf, PARTS } = await import('../../harness/dist/store/identity.js');
const { encodeRecord } = await import('../../harness/dist/store/record.js');
const { GridFolder } = await import('../dist/folder.js');
const { Grid } = await import('../dist/index.js');
const { writeTaskEnd } = await import('../dist/task-end.js');

const problem = {
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
const environment = {
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
const engines = { onnxruntime: { engine: 'onnxruntime', threads: 1 } };
const shared = {
  problem: {
    name: 'sine10',
    batchSize: 10,
    dataset: { name: 'sine', hyperparameters: {} },
    model: { name: 'mlp', hyperparameters: {} },
    loss: 'squaredError',
    dtype: 'float64',
    trainLossMean: 'examples',
  },
  engine: { name: 'onnxruntime', hyperparameters: {} },
  engineLabel: 'onnxruntime',
  budget: { epochs: 1 },
};
const cells = [];
for (let seed = 1; seed <= blocks; seed++) {
  for (let i = 0; i < contestants; i++) {
    const label = `optimizer${i}`;
    const id = `sine10/${label}/onnxruntime/seed${seed}`;
    cells.push({ ...shared, id, label, optimizer: { name: label, hyperparameters: {} }, seed });
  }
}
const identities = cells.map(({ seed, label }) =>
  identityOf(
    Object.fromEntries(
      PARTS.map((part) => [part, part === 'seed' ? seed : part === 'optimizer' ? label : null]),
    ),
  ),
);

/** Runs `work`, and prints its wall and processor seconds with `facts`. */
async function timed(what, work, facts = () => ({})) {
  const start = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const seconds = { wall: Number(wall.toFixed(3)), processor: Number(((user + system) / 1e6).toFixed(3)) };
  process.stdout.write(
    `${JSON.stringify({ what, blocks, cells: cells.length, ...seconds, ...facts(result) })}\n`,
  );
  return result;
}

const directory = path.join(root, 'out');
const settings = {
  backend: 'slurm',
  parallel: 100,
  retries: 0,
  startup: 120,
  requeue: true,
  setup: [],
  optimizers: {},
};
const input = {
  plan: { title: 'Scale', cells, problems: [problem], skipped: [], engines },
  identities,
  decisions: cells.map(() => ({ kind: 'new' })),
  registry: { find: () => ({ manifest: { version: '1' } }) },
  settings,
  title: 'Scale',
  plugins: [],
  executable: ['node', 'bench.js'],
  cwd: root,
  command: ['bench', 'run'],
};
const grid = await timed(
  'submission',
  async () => {
    const made = await Grid.create(directory, input);
    await made.submit();
    return made;
  },
  () => ({
    sbatchCalls: readFileSync(calls, 'utf8').length / 2,
    manifestBytes: statSync(path.join(directory, 'grid/cells.jsonl')).size,
  }),
);
const folder = new GridFolder(directory);
const arrays = JSON.parse(readFileSync(folder.file('submissions', '1.arrays.json'), 'utf8'));
const queue = arrays.flatMap(({ name, tasks }) => tasks.map((_, i) => `${name}|${i}|PENDING|Priority`));
writeFileSync(path.join(root, 'queue'), `${queue.join('\n')}\n`);
await timed('status, all waiting', () => grid.status());

const point = (epoch) => ({
  epoch,
  iterations: 10 * epoch,
  seconds: epoch,
  trainLoss: 1 / (epoch + 1),
  testLoss: 1 / (epoch + 2),
});
function write(from, to) {
  for (let task = from; task < to; task++) {
    const id = { submission: 1, task };
    const store = path.join(folder.task(id), 'store');
    mkdirSync(store, { recursive: true });
    const indices = Array.from({ length: contestants }, (_, i) => task * contestants + i);
    const lines = indices.map((index) => {
      const result = {
        status: 'done',
        engineInfo: {},
        curve: [0, 1, 2, 3, 4].map(point),
        steps: { count: 40, secondsMedian: 0.1, secondsTotal: 4 },
        seconds: { load: 0, compile: 0, train: 4, evaluate: 0, total: 4 },
      };
      const outcome = { cell: cells[index], result };
      return encodeRecord(
        recordOf(outcome, identities[index], problem, environment, '2026-01-01T00:00:00.000Z'),
      );
    });
    writeFileSync(path.join(store, 'a.jsonl'), Buffer.concat(lines));
    writeTaskEnd(folder.task(id), {
      status: 'ended',
      cells: Object.fromEntries(indices.map((index) => [index, ['done', 4]])),
      host: 'a',
      finished: '2026-01-01T00:00:00.000Z',
    });
  }
}
for (const [part, from, to] of [
  ['first half', 0, blocks / 2],
  ['second half', blocks / 2, blocks],
]) {
  write(from, to);
  const fresh = await Grid.open(directory);
  await timed(`status, ${part} ended`, () => fresh.status());
  await timed(
    `collection, ${part}`,
    () => {
      const collector = fresh.collector();
      collector.collect(fresh.submissions());
      return collector.total;
    },
    (total) => ({ copied: total.copied, residentMiB: Math.round(process.memoryUsage().rss / 2 ** 20) }),
  );
}
rmSync(root, { recursive: true, force: true });
