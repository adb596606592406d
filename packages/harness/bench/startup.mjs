// How long it takes until a training begins: from the command to the plan, and from the start of a run's process to its first step.
//
//   node bench/startup.mjs [problems=boston,mnist] [optimizer=sgn] [rounds=7]
//
// `command to plan` is a whole `bench run --dry-run`: what a run does before its first process starts, and the end of a process.
// Medians over the rounds, in milliseconds on the clock. The first round, which finds files and caches cold, is not counted.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { discover } from '@gaussmark/core';
import { locationsOf } from '../dist/index.js';
import { planGroups } from '../dist/plan/plan.js';
import { groupOf } from '../dist/plan/request.js';
import { runCellInProcess } from '../dist/run/run-in-process.js';

const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('=')));
const { problems = 'boston,mnist', optimizer = 'sgn' } = options;
const rounds = Number(options.rounds ?? 7);

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BENCH = fileURLToPath(new URL('../../cli/bin/bench.js', import.meta.url));
const LIMITS = { seconds: 60, bytes: 4e9 };
const locations = locationsOf(HERE);
const registry = await discover({ cwd: HERE, workspaceRoot: locations.workspaceRoot });

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** The time at which each phase of a run begins, from the start of its process. */
async function phasesOf(cell) {
  const start = performance.now();
  const at = {};
  const result = await runCellInProcess(
    cell,
    { ...locations, plugins: registry.plugins },
    {
      limits: LIMITS,
      onEvent: (event) => {
        if (event.type === 'phase') at[event.phase] = performance.now() - start;
      },
    },
  );
  if (result.status !== 'done') throw new Error(`${cell.id}: ${result.status}: ${result.reason}`);
  const all = performance.now() - start;
  return {
    'process and imports': at.load,
    'plugins and data': at.compile - at.load,
    'trace and compile': at.train - at.compile,
    'start to first step': at.train,
    'step, evaluation, end': all - at.train,
  };
}

/** The time that the command takes to plan the same run. */
async function planOf(problem) {
  const args = [BENCH, 'run', '--problem', problem, '--optimizer', optimizer, '--steps', '1', '--seeds', '1'];
  const start = performance.now();
  const child = spawn(process.execPath, [...args, '--dry-run'], { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`bench run --dry-run ended with exit code ${code}`);
  return { 'command to plan': performance.now() - start };
}

const rows = [];
for (const name of problems.split(',')) {
  const request = { problems: [name], optimizers: [optimizer], budget: { steps: 1 }, seeds: [1] };
  const plan = await planGroups([groupOf(request)], request, registry, locations);
  const samples = [];
  for (let round = -1; round < rounds; round++) {
    const sample = { ...(await planOf(name)), ...(await phasesOf(plan.cells[0])) };
    sample['command to first step'] = sample['command to plan'] + sample['start to first step'];
    if (round >= 0) samples.push(sample);
  }
  rows.push({
    problem: name,
    ...Object.fromEntries(
      Object.keys(samples[0]).map((key) => [key, Math.round(median(samples.map((each) => each[key])))]),
    ),
  });
}
console.table(rows);
