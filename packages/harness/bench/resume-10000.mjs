// What planning and going on cost for a big benchmark: its plan, and `bench run` again on a store in which all of it has ended.
//
//   node bench/resume-10000.mjs [runs=10000] [points=20] [keep=folder]
//
// The store is made up: records as runs write them, with curves of so many points. Each command is a process of its own; its
// seconds are those on the clock from its start to its end, its memory is the most that was resident.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { discover } from '@gaussmark/core';
import { locationsOf } from '../dist/index.js';
import { makePlan } from '../dist/plan/plan.js';
import { describeEnvironment } from '../dist/run/environment.js';
import { recordOf } from '../dist/run/run-and-record.js';
import { identify } from '../dist/store/identity.js';
import { encodeRecord } from '../dist/store/record.js';
import { RecordWriter } from '../dist/store/record-writer.js';

const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('=')));
const runs = Number(options.runs ?? 10_000);
const points = Number(options.points ?? 20);

/** Two problems, 25 settings of each of two optimizers, and as many seeds as it takes. */
const request = {
  problems: ['boston', 'sine10'],
  optimizers: ['sgd[learningRate=1e-3..1:log25]', 'sgn[damping=1e-5..1:log25]'],
  engines: ['onnxruntime[threads=1]'],
  budget: { epochs: points },
  seeds: Array.from({ length: Math.ceil(runs / 100) }, (_, i) => i + 1),
};
const args = [
  ...request.problems.flatMap((problem) => ['--problem', problem]),
  ...request.optimizers.flatMap((optimizer) => ['--optimizer', optimizer]),
  ...['--engine', request.engines[0], '--epochs', `${points}`, '--seeds', `${request.seeds.length}`],
];

const HERE = new URL('.', import.meta.url).pathname;
const BENCH = path.join(HERE, '../../cli/bin/bench.js');

/** A result as a run of this cell would have: losses fall as 1/epoch, differently for each optimizer and seed. */
function resultOf({ cell, problem, position }) {
  const best = 0.01 * (1 + (position % 50)) * (1 + 0.01 * Math.sin(cell.seed));
  const secondsPerStep = 1e-3 * (1 + (position % 7));
  const second = cell.optimizer.name === 'sgn';
  const curve = Array.from({ length: points }, (_, i) => {
    const iterations = (i + 1) * problem.stepsPerEpoch;
    const loss = best * (1 + 1 / (i + 1));
    return {
      epoch: i + 1,
      iterations,
      seconds: iterations * secondsPerStep,
      trainLoss: loss,
      gradientEquivalents: iterations * (second ? 12.345678 : 1.0001),
      testLoss: loss * 1.0123456789,
      ...(second ? { metrics: { lossAfter: loss * 0.987654321, damping: 1e-4, cgIterations: 10 } } : {}),
    };
  });
  const steps = points * problem.stepsPerEpoch;
  const train = steps * secondsPerStep;
  return {
    status: 'done',
    facts: { ...problem.dataset, ...problem.model, stepsPerEpoch: problem.stepsPerEpoch },
    engineInfo: { engine: 'onnxruntime', version: '1.30.0', provider: 'cpu', threads: 1 },
    curve,
    steps: {
      count: steps,
      secondsMedian: secondsPerStep,
      secondsTotal: train,
      secondsP10: secondsPerStep,
      secondsP90: secondsPerStep,
    },
    ...(second
      ? {
          innerLoop: {
            name: 'cg',
            iteration: { one: 'CG iteration', many: 'CG iterations' },
            iterations: 10,
            iterationsTotal: 10 * steps,
            secondsPerIteration: secondsPerStep / 12,
          },
        }
      : {}),
    seconds: { load: 0.05, compile: 0.1, train, evaluate: 0.02, total: train + 0.3 },
    peakBytes: 150e6,
    cpuSeconds: train + 0.4,
  };
}

const CONDITIONS = { loadAverage: 0.5, othersBusy: 0.01, megahertz: [null, null], jobs: 1, threads: 1 };

async function fillStore(directory) {
  const locations = locationsOf(directory);
  const registry = await discover({ cwd: directory, workspaceRoot: locations.workspaceRoot });
  const plan = await makePlan(request, registry, locations);
  const identities = await identify(plan, registry);
  const environment = await describeEnvironment(plan.engines, HERE, 1);
  const problems = new Map(plan.problems.map((problem) => [problem.name, problem]));
  const writer = new RecordWriter(path.join(directory, 'store'));
  const start = Date.now() - 2000 * plan.cells.length;
  // One write for many records: flushing each to the disk by itself would take longer than all that is measured here.
  const lines = [];
  for (const [i, cell] of plan.cells.entries()) {
    const problem = problems.get(cell.problem.name);
    const result = resultOf({ cell, problem, position: i });
    const outcome = { cell, result, conditions: CONDITIONS, wallSeconds: result.seconds.total };
    const finished = new Date(start + 2000 * i).toISOString();
    lines.push(encodeRecord(recordOf(outcome, identities[i], problem, environment, finished)));
  }
  const bytes = Buffer.concat(lines);
  writer.appendLine(bytes, 'made up');
  writer.close();
  return { cells: plan.cells.length, bytes: bytes.length };
}

/** Tells the most memory that was resident, when the process ends. */
const PROBE = `process.on('exit', () => process.stderr.write('\\nmaxRSS ' + process.resourceUsage().maxRSS + '\\n'))`;

function bench(name, ...args) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(PROBE)}`, BENCH, ...args],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const seconds = (performance.now() - start) / 1000;
      if (code !== 0) reject(new Error(`bench ${args.join(' ')} ended with exit code ${code}:\n${said}`));
      const kibibytes = Number(/maxRSS (\d+)/.exec(said)?.[1]);
      resolve({ command: name, seconds: seconds.toFixed(2), 'peak, MiB': Math.round(kibibytes / 1024) });
    });
  });
}

const directory = options.keep ?? (await mkdtemp(path.join(tmpdir(), 'gaussmark-resume-')));
try {
  const { cells, bytes } = await fillStore(directory);
  console.log(`${cells} runs, ${points} points each: ${(bytes / 2 ** 20).toFixed(0)} MiB of records`);
  const run = ['run', ...args, '--quiet'];
  const empty = path.join(directory, 'empty');
  console.table([
    await bench('plan, nothing stored', ...run, '--dry-run', '--out', empty),
    await bench('plan, all stored', ...run, '--dry-run', '--out', directory),
    await bench('run, no report yet', ...run, '--out', directory),
    await bench('run again', ...run, '--out', directory),
  ]);
} finally {
  if (options.keep === undefined) await rm(directory, { recursive: true, force: true });
}
