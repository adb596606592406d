// Kills and resumes a benchmark of good and bad optimizers at random points. In the end, every good run is stored once, with
// the numbers of an undisturbed benchmark, and every bad run has the right status.
//
// GAUSSMARK_CHAOS_ROUNDS sets the number of kills (25), GAUSSMARK_CHAOS_SEED their times.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { mersenneTwister } from '@gaussmark/random';
import { beforeAll, expect, it } from 'vitest';
import { gradientStep, temporaryDirectory, writeOptimizer } from '../../harness/test/fixtures.js';
import { bench, EXECUTABLE } from './bench.js';

const ROUNDS = Number(process.env.GAUSSMARK_CHAOS_ROUNDS ?? 25);
const SEED = Number(process.env.GAUSSMARK_CHAOS_SEED ?? 1);

const GOOD = ['sgd[learningRate=0.1]', 'sgn[cgIterations=2]', 'plain'] as const;
const BAD = {
  throws: ['failed', gradientStep("throw new Error('no step today');")],
  aborts: ['failed', gradientStep('process.abort();')],
  spins: ['timeout', gradientStep('for (;;) {}')],
  eats: [
    'out-of-memory',
    gradientStep('const all = []; for (;;) all.push(new Uint8Array(2 ** 23).fill(1));'),
  ],
  nans: [
    'diverged',
    gradientStep('params = vector.addScaled(params, NaN, problem.valueAndGrad(params).grad);'),
  ],
} as const;
const SEEDS = 5;

const directory = temporaryDirectory();
const common = [
  'run',
  ...['--problem', 'sine[trainSize=60,testSize=20]+mlp[hidden=[4]]', '--batch-size', '20'],
  ...['--epochs', '3', '--seeds', String(SEEDS), '--threads', '1', '--jobs', '2'],
];
let all: readonly string[];
beforeAll(async () => {
  const plugins: string[] = [];
  for (const [name, create] of [
    ['plain', gradientStep('')] as const,
    ...Object.entries(BAD).map(([name, [, create]]) => [name, create] as const),
  ]) {
    plugins.push('--plugin', await writeOptimizer(directory.path, name, create));
  }
  common.push(...plugins);
  const limits = ['--timeout', '16s', '--memory', '450MB'];
  all = [...common, ...limits, '--optimizer', [...GOOD, ...Object.keys(BAD)].join(','), '--out', 'chaos'];
});

const random = mersenneTwister(SEED);
/** Uniform on 0 to `limit`. */
const upTo = (limit: number) => (limit * (random.next() >>> 0)) / 2 ** 32;

/** Runs the benchmark and kills it some time after some of its runs; true if it finished before. */
function disturbedRun(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [EXECUTABLE, ...all], {
      cwd: directory.path,
      env: { ...process.env, NO_COLOR: '1' },
    });
    const kill = (milliseconds: number) => setTimeout(() => child.kill('SIGKILL'), milliseconds);
    // Two times in five within its first 1.5 seconds: while it plans or reads its store.
    let wanted = Math.floor(upTo(5)) - 1;
    if (wanted <= 0) kill(upTo(1500));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const ended = text.match(/^\[ *\d+\/\d+\]/gm)?.length ?? 0;
      if (wanted > 0 && wanted - ended <= 0) kill(upTo(700));
      wanted -= ended;
    });
    child.stdout.resume();
    child.on('error', reject);
    child.on('close', (_, signal) => resolve(signal !== 'SIGKILL'));
  });
}

interface Line {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly finished: string;
  readonly parts: Readonly<Record<string, string>>;
}

/** All complete records, read without our code. */
function linesOfStore(): Line[] {
  const store = path.join(directory.path, 'chaos', 'store');
  return readdirSync(store)
    .flatMap((name) => readFileSync(path.join(store, name), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as Line);
}

/** Runs with several records: their statuses and times, and how their identities differ. */
function madeTwice(lines: readonly Line[]) {
  return [...new Set(lines.map(({ id }) => id))].flatMap((id) => {
    const records = lines.filter((line) => line.id === id);
    if (records.length === 1) return [];
    const parts = Object.keys(records[0]!.parts);
    const differing = parts.filter((part) => new Set(records.map((record) => record.parts[part])).size > 1);
    return [{ id, ends: records.map(({ status, finished }) => `${status} ${finished}`), differing }];
  });
}

/** The deterministic part of a report's runs, by id. */
function numbersOf(report: Report): Map<string, unknown> {
  return new Map(
    report.runs.map(({ id, status, steps, innerLoop, curve }) => [
      id,
      {
        status,
        steps: steps.count,
        innerIterations: innerLoop?.iterationsTotal,
        curve: curve.map(({ seconds: _, ...point }) => point),
      },
    ]),
  );
}

it(`a benchmark killed ${ROUNDS} times ends like an undisturbed one`, async () => {
  const undisturbed = await bench(
    [...common, '--optimizer', GOOD.join(','), '--out', 'calm', '--json', '--quiet'],
    directory.path,
  );
  const calm = numbersOf(JSON.parse(undisturbed.stdout) as Report);
  expect(calm.size).toBe(GOOD.length * SEEDS);

  let killed = 0;
  for (let round = 0; round < ROUNDS; round++) if (!(await disturbedRun())) killed += 1;
  // Most rounds end with a kill; a round with little left to do may finish first.
  expect(killed).toBeGreaterThan(ROUNDS / 2);

  const { code, stdout } = await bench([...all, '--json', '--quiet'], directory.path);
  expect(code).toBe(1);
  const report = JSON.parse(stdout) as Report;
  expect(report.runs).toHaveLength((GOOD.length + Object.keys(BAD).length) * SEEDS);

  const numbers = numbersOf(report);
  for (const [id, expected] of calm) expect([id, numbers.get(id)]).toEqual([id, expected]);
  for (const { id, optimizer, status } of report.runs) {
    const [expected] = BAD[optimizer as keyof typeof BAD] ?? ['done'];
    expect([id, status]).toEqual([id, expected]);
  }
  // Runs that finished before a kill were stored and not rerun.
  const lines = linesOfStore();
  expect(madeTwice(lines)).toEqual([]);
  expect(lines.map(({ id }) => id).sort()).toEqual(report.runs.map(({ id }) => id).sort());
  expect(new Set(lines.map(({ key }) => key)).size).toBe(lines.length);
}, 600_000);

it.skipIf(process.platform !== 'linux')('leaves no process behind', async () => {
  const deadline = performance.now() + 5000;
  while (processesIn(directory.path).length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(processesIn(directory.path)).toEqual([]);
});

/** Processes whose working directory this is. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}
