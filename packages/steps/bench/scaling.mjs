// How the cost of a step grows with the mini-batch, the width and depth of a tanh MLP on MNIST, and the CG iterations.
//
//   node bench/scaling.mjs axis=batch|width|depth|cg [what=times|memory] [values=100,1000] [threads=1] [rounds=5] [cg=1,4] [dtype=float32]
//
// Each point is a suite of `bench steps` in its own process; `axis=cg` is one suite. Peak memory (on Linux) is that of two runs of
// a gradient and of an SGN step, each in its own process, above the memory with the data loaded.

import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { trace } from '@gaussmark/autodiff';
import { bindProblem, discover } from '@gaussmark/core';
import { exampleTypes } from '../../cell/dist/programs.js';
import { uploadSplit } from '../../cell/dist/setup.js';
import { subjectOf } from '../../harness/bench/subject.mjs';
import { locationsOf } from '../../harness/dist/index.js';
import { localPlanner } from '../../harness/dist/plan/plan.js';
import { analyse } from '../dist/analysis.js';
import { planSuites } from '../dist/plan-suites.js';
import { runSuite } from '../dist/run-suite.js';

const AXES = {
  batch: { values: '100,1000,10000,60000', point: (batch) => ({ hidden: [256, 256], batch }) },
  width: { values: '16,64,256,1024,4096', point: (width) => ({ hidden: [width, width], batch: 1000 }) },
  depth: { values: '1,2,4,8,16', point: (depth) => ({ hidden: Array(depth).fill(256), batch: 1000 }) },
  cg: { values: '1,2,5,10,20,40', point: () => ({ hidden: [256, 256], batch: 1000 }) },
};
const MEASURED_RUNS = 2;

/** A problem for the command line. */
const textOf = ({ hidden, batch }) =>
  `mnist[batchSize=${batch},model=mlp[hidden=[${hidden}],activation=tanh,initialization=glorot]]`;

async function main({
  axis = 'batch',
  what = 'times',
  values,
  threads = 1,
  rounds = 5,
  cg = '1,4',
  dtype = 'float32',
}) {
  if (!(axis in AXES)) throw new RangeError(`axis: expected one of ${Object.keys(AXES)}, got '${axis}'`);
  if (!['times', 'memory'].includes(what))
    throw new RangeError(`what: expected times or memory, got '${what}'`);
  if (axis === 'cg' && what === 'memory') throw new RangeError('memory does not depend on the CG iterations');
  const list = (values ?? AXES[axis].values).split(',').map(Number);
  const here = fileURLToPath(new URL('.', import.meta.url));
  const locations = locationsOf(here);
  const registry = await discover({ cwd: here, workspaceRoot: locations.workspaceRoot });
  const numbers = (text) => text.split(',').map(Number);
  const points = axis === 'cg' ? [{ innerIterations: list }] : list.map((value) => ({ value }));
  const rows = [];
  for (const { value, innerIterations = numbers(cg) } of points) {
    const network = AXES[axis].point(value);
    if (what === 'memory') {
      const row = { [axis]: value };
      for (const program of ['gradient', 'sgn']) {
        row[`${program}, MB`] = megabytes(
          await inProcess({ network, dtype, threads: Number(threads), program }),
        );
      }
      rows.push(row);
      continue;
    }
    const { suites } = await planSuites(
      {
        problems: [textOf(network)],
        optimizers: ['sgd', 'sgn'],
        engines: ['onnxruntime'],
        innerIterations,
        dtype,
        threads: Number(threads),
        profile: 'paper',
      },
      registry,
      localPlanner(registry, locations),
    );
    const measurement = await runSuite(suites[0], {
      method: { effort: { rounds: Number(rounds) }, clock: 'wall' },
      registry,
      locations,
      onEvent: () => {},
      signal: new AbortController().signal,
    });
    const { costs, lines, peak } = analyse(measurement);
    if (axis === 'cg') rows.push(...stepRows(costs, lines[0]));
    else rows.push({ [axis]: value, ...rowOf(costs, lines[0], peak) });
  }
  console.table(rows);
}

const ms = ({ seconds }) => Number((1000 * seconds.value).toPrecision(3));
const fixed = (number, digits = 2) => Number(number.toFixed(digits));

function rowOf(costs, line, peak) {
  const of = (kind) => costs.find((cost) => cost.kind === kind);
  const [gradient, iteration] = [of('gradient'), of('innerIteration')];
  return {
    'gradient, ms': ms(gradient),
    'GFLOP/s': fixed(gradient.flopsPerSecond / 1e9, 0),
    'of peak, %': fixed(100 * gradient.peakShare.value, 0),
    'peak, GFLOP/s': fixed(peak.flopsPerSecond / 1e9, 0),
    bound: `${gradient.limit} ${fixed(100 * gradient.limitShare.value, 0)} %`,
    'product, gradients': fixed(of('ggnProduct').gradients.value),
    'CG, gradients': fixed(iteration.gradients.value),
    'by operations': fixed(iteration.flops / gradient.flops),
    b: fixed(line.slope.value),
  };
}

/** A row per number of CG iterations. */
function stepRows(costs, line) {
  const sgd = costs.find(({ kind, innerIterations }) => kind === 'step' && innerIterations === undefined);
  const text = `${fixed(line.intercept.value)} + ${fixed(line.slope.value)} n`;
  return costs
    .filter(({ innerIterations }) => innerIterations !== undefined)
    .map((cost) => ({
      n: cost.innerIterations,
      'step, ms': ms(cost),
      'SGD steps': fixed(cost.seconds.value / sgd.seconds.value),
      'line search': cost.lineSearchSteps,
      line: text,
    }));
}

const megabytes = (bytes) => (bytes === null ? 'not Linux' : Math.round(bytes / 1e6));

/** Returns freed blocks of at least 64 KiB to the system, so resident memory is memory in use. */
const RETURNED = { MALLOC_MMAP_THRESHOLD_: '65536' };

function inProcess(what) {
  return new Promise((resolve, reject) => {
    const child = fork(new URL(import.meta.url), ['memory', JSON.stringify(what)], {
      env: { ...process.env, ...RETURNED },
      execArgv: ['--expose-gc'],
    });
    child.once('message', resolve);
    child.once('exit', (code) =>
      reject(new Error(`the process that measures memory ended with code ${code}`)),
    );
  });
}

/** Peak resident bytes of some runs above those before compiling; null if the system does not report them. */
async function peakBytes({ network, dtype, threads, program }) {
  if (process.platform !== 'linux') return null;
  const { engine, subject, dataset, start, step } = await subjectOf(
    textOf(network),
    'sgn[warmupSteps=0,cgIterations=2]',
    {
      threads,
      dtype,
    },
  );
  const { inputs, targets } = uploadSplit(engine, subject, dataset.train);
  const { params, state } = await start();
  const rows = Int32Array.from({ length: network.batch }, (_, i) => i);
  const types = exampleTypes(subject, network.batch);
  const gradient = () =>
    trace(
      (at, batch) => bindProblem(subject.model, subject.loss, batch).valueAndGrad(at),
      subject.params,
      types,
    ).program;
  const chosen = program === 'gradient' ? gradient() : step.program;
  const given =
    program === 'gradient'
      ? [...params, engine.allocate(types.inputs), engine.allocate(types.targets)]
      : [
          ...params,
          ...state,
          inputs,
          targets,
          engine.upload({ type: chosen.inputs.at(-1).type, data: rows }),
        ];
  globalThis.gc();
  const before = process.memoryUsage.rss();
  // Resets this process's peak to its current memory.
  writeFileSync('/proc/self/clear_refs', '5');
  const executable = await engine.compile(chosen);
  const outputs = chosen.outputs.map(({ type }) => engine.allocate(type));
  for (let i = 0; i < MEASURED_RUNS; i++) await executable.run(given, outputs);
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  return 1024 * Number(kilobytes) - before;
}

// Last, as it needs everything above.
if (process.argv[2] === 'memory') process.send(await peakBytes(JSON.parse(process.argv[3])));
else await main(Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('='))));
