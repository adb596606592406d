// Measures our engine on this machine's GPU beside JAX: run.sh starts it. docs/gpu.md says what it does.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { formatProgress } from '../peers/src/table.mjs';
import { checkConformance, nothingChecked } from './src/conformance.mjs';
import { parseOptions, USAGE } from './src/options.mjs';
import { formatMarkdown } from './src/report.mjs';
import { runParts } from './src/schedule.mjs';
import { Contestants, entrants, rowPart } from './src/steps.mjs';
import { describeMachine, describePython } from './src/target.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Seconds that a part may take. Most of a row's is compilation, ours and JAX's, with kernels tuned by timing. */
const CONFORMANCE_SECONDS = 150;
const ROW_SECONDS = 75;
/** Kept of the budget for the end. */
const LAST_SECONDS = 5;

const log = (line) => process.stderr.write(`${line}\n`);

let options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  log(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}
if (options === undefined) process.stdout.write(USAGE);
else process.exitCode = await measure(options);

async function measure(options) {
  const begin = performance.now();
  const { platform, precision, parts: asked } = options;
  await mkdir(options.out, { recursive: true });
  const [machine, python] = await Promise.all([describeMachine(), describePython(options.python)]);
  // Where our engine looks for JAX's plugin.
  if (python.prefix !== undefined) process.env.VIRTUAL_ENV = python.prefix;
  log(`${machine.cpu}; ${describeGpus(machine)}; JAX ${python.jax ?? 'missing'}`);

  const threads = platform === 'cpu' ? 1 : Math.min(4, machine.cores);
  const contestants = new Contestants(entrants(options, python), {
    threads,
    canPin: platform === 'cpu' && process.platform === 'linux' && runs('taskset', ['--version']),
    log,
  });
  const report = {
    created: new Date().toISOString(),
    seconds: 0,
    bundle: readBundle(),
    machine,
    python,
    options: {
      ...options,
      problems: options.problems.map(({ name }) => name),
      steps: options.steps.map(({ text }) => text),
    },
    threads,
    info: contestants.info,
    left: contestants.left,
    rows: [],
    parts: [],
  };
  const save = () => {
    report.seconds = (performance.now() - begin) / 1000;
    return Promise.all([
      replace(path.join(options.out, 'device.json'), `${JSON.stringify(report, null, 2)}\n`),
      replace(path.join(options.out, 'device.md'), formatMarkdown(report)),
    ]);
  };

  const work = await mkdtemp(path.join(os.tmpdir(), 'gaussmark-device-'));
  const parts = [];
  if (asked.includes('conformance')) {
    report.conformance = nothingChecked();
    const what = {
      engine: 'xla',
      hyperparameters: { platform, precision },
      mostGroups: options.mostGroups,
      log,
    };
    parts.push({
      name: 'conformance',
      limitSeconds: CONFORMANCE_SECONDS,
      run: (deadline) => checkConformance(report.conformance, { ...what, deadline }),
    });
  }
  const rows = (names, suffix, problems) => {
    for (const problem of problems) {
      for (const each of options.steps) {
        const where = { ...options, threads, work, bundled: path.join(ROOT, 'data') };
        const run = rowPart(
          contestants,
          { problem, ...each, names, isExtra: suffix !== '' },
          where,
          (row) => {
            addRow(report.rows, row);
            log(`  ${formatProgress(row)}`);
          },
        );
        parts.push({ name: `${problem.name} ${each.text}${suffix}`, limitSeconds: ROW_SECONDS, run });
      }
    }
  };
  if (asked.includes('steps')) rows(['jax'], '', options.problems);
  // Apart, so that a driver that hangs costs its own rows only. WebGPU has no float64.
  if (asked.includes('webgpu'))
    rows(
      ['webgpu'],
      ', webgpu',
      options.problems.filter(({ dtype }) => dtype === 'float32'),
    );
  try {
    await save();
    await runParts(parts, {
      budgetSeconds: options.budgetSeconds - LAST_SECONDS - (performance.now() - begin) / 1000,
      log,
      async onEnd(outcome) {
        report.parts.push(outcome);
        await save();
      },
    });
  } finally {
    await contestants.stop();
    await rm(work, { recursive: true, force: true });
    await save();
  }
  process.stdout.write(`${formatMarkdown(report)}\n`);
  log(`written: ${path.join(options.out, 'device.json')} and device.md`);
  return isSound(report) ? 0 : 1;
}

/** A second row of a problem and step only adds others. */
function addRow(rows, row) {
  const known = rows.find(({ problem, step }) => problem === row.problem && step === row.step);
  if (known === undefined) rows.push(row);
  else Object.assign(known.peers, row.peers);
}

/** Whether everything ran, agreed and passed. */
function isSound({ parts, rows, conformance }) {
  const wrong = ['disagrees', 'failed'];
  return (
    parts.every(({ status }) => status === 'done') &&
    rows.every(({ peers }) => Object.values(peers).every(({ status }) => !wrong.includes(status))) &&
    (conformance === undefined || conformance.failed.length + conformance.crashed.length === 0)
  );
}

function describeGpus({ gpus }) {
  if (!Array.isArray(gpus)) return `no GPU: ${gpus.reason}`;
  return gpus.map((gpu) => `${gpu.name}, driver ${gpu.driver_version}`).join('; ');
}

/** What bundle.mjs wrote of the bundle; undefined in a checkout. */
function readBundle() {
  const file = path.join(ROOT, 'bundle.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Whole or not at all: the machine may be taken away at any time. */
async function replace(file, text) {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

function runs(command, args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
