// Resuming from stored runs, through the command line; targets, work budgets, shards, parallel runs.

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { describe, expect, it } from 'vitest';
import { gradientStep, temporaryDirectory, writeOptimizer } from '../../harness/test/fixtures.js';
import { bench, benchHere } from './bench.js';

const directory = temporaryDirectory();
const SMALL = ['--problem', 'sine[trainSize=60,testSize=20]+mlp[hidden=[4]]', '--batch-size', '20'];
const file = (...names: string[]) => path.join(directory.path, ...names);

/** Runs the small problem; `report` is its JSON output. */
async function run(out: string, ...args: string[]) {
  const finished = await benchHere(
    ['run', ...SMALL, '--threads', '1', '--json', '--out', out, ...args],
    directory.path,
  );
  return { ...finished, report: JSON.parse(finished.stdout || 'null') as Report };
}

const made = (stderr: string) => (stderr.match(/^\[ *\d+\/\d+\]/gm) ?? []).length;
const withoutTime = ({ runs }: Report) =>
  runs.map(({ id, status, curve }) => ({
    id,
    status,
    curve: curve.map(({ seconds: _, ...point }) => point),
  }));
const storeFiles = async (out: string) =>
  (await readdir(file(out, 'store')))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => file(out, 'store', name));

describe('the same command again', () => {
  it('reruns nothing that is unchanged', async () => {
    const args = ['--optimizer', 'sgd[learningRate=0.1,1]', '--epochs', '2', '--seeds', '2'];
    const first = await run('again', ...args);
    expect([first.code, made(first.stderr)]).toEqual([0, 4]);
    const second = await run('again', ...args);
    expect([second.code, made(second.stderr)]).toEqual([0, 0]);
    expect(second.stderr).toMatch(/\b4 of 4 runs\b/);
    expect(second.report.runs).toEqual(first.report.runs);

    // Only new seeds and optimizers run; stored runs keep their places in the plan.
    const more = [
      '--optimizer',
      'sgd[learningRate=0.1,1]',
      '--optimizer',
      'sgn',
      '--epochs',
      '2',
      '--seeds',
      '3',
    ];
    const third = await run('again', ...more);
    expect(made(third.stderr)).toBe(9 - 4);
    expect(third.report.runs.map(({ label, seed }) => `${label} ${seed}`)).toEqual(
      [1, 2, 3].flatMap((seed) =>
        ['sgd[learningRate=0.1]', 'sgd[learningRate=1]', 'sgn'].map((label) => `${label} ${seed}`),
      ),
    );

    // A lost report is rebuilt from the stored runs.
    await rm(file('again', 'report.json'));
    const { code, stdout } = await benchHere(['report', 'again', '--json'], directory.path);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Report).runs.map(({ id }) => id).sort()).toEqual(
      third.report.runs.map(({ id }) => id).sort(),
    );
  });

  it('reruns what changed, naming the change, and what --retry names', async () => {
    const broken = gradientStep("throw new Error('not yet');");
    const folder = await writeOptimizer(directory.path, 'mine', broken);
    const args = ['--plugin', 'mine', '--optimizer', 'mine,sgd', '--epochs', '1', '--seeds', '1'];
    const first = await run('changing', ...args);
    expect(first.report.runs.map(({ status }) => status)).toEqual(['failed', 'done']);

    const stays = await run('changing', ...args);
    expect([stays.code, made(stays.stderr)]).toEqual([1, 0]);
    expect(stays.stderr).toContain('--retry failed');
    const retried = await run('changing', ...args, '--retry', 'failed');
    expect([retried.code, made(retried.stderr)]).toEqual([1, 1]);
    expect(retried.stderr).toMatch(/\b1 run\b.*\bfailed\b/);

    const source = await readFile(path.join(folder, 'index.js'), 'utf8');
    await writeFile(path.join(folder, 'index.js'), source.replace("throw new Error('not yet');", ''));
    const fixed = await run('changing', ...args);
    expect(fixed.stderr).toMatch(/\b1 run\b.*code of the optimizer/);
    expect(fixed.report.runs.map(({ status }) => status)).toEqual(['done', 'done']);
    expect(fixed.code).toBe(0);

    const other = await run('changing', ...args, '--epochs', '2');
    expect(other.stderr).toMatch(/\b2 runs\b.*budget/);
  });

  it('starts over with --fresh, and sets stored runs aside', async () => {
    const args = ['--optimizer', 'sgd', '--epochs', '1', '--seeds', '1'];
    const first = await run('fresh', ...args);
    const again = await run('fresh', ...args, '--fresh');
    expect(made(again.stderr)).toBe(1);
    expect(again.stderr).toMatch(/fresh\/store-/);
    expect(withoutTime(again.report)).toEqual(withoutTime(first.report));
    expect((await storeFiles('fresh')).length).toBe(1);
  });

  it('resumes after Ctrl-C, which records the cancelled run', async () => {
    const args = ['--optimizer', 'sgd', '--steps', '5000', '--seeds', '3'];
    let stopped = false;
    const first = await bench(
      ['run', ...SMALL, '--threads', '1', '--out', 'stopped', ...args],
      directory.path,
      (text, kill) => {
        if (stopped || !text.includes('[1/3]')) return;
        stopped = true;
        setTimeout(() => kill('SIGINT'), 300);
      },
    );
    expect(first.code).toBe(130);
    const [records] = await storeFiles('stopped');
    const statuses = (await readFile(records!, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).status);
    expect(statuses).toEqual(['done', 'cancelled']);
    const second = await run('stopped', ...args);
    expect([second.code, made(second.stderr)]).toEqual([0, 2]);
  });
});

describe('targets', () => {
  it('are recorded with their cost, and may end a run', async () => {
    const args = ['--optimizer', 'sgd[learningRate=0.1]', '--epochs', '5', '--seeds', '1'];
    const { report } = await run('free', ...args, '--target', 'testLoss=1e-9');
    const [{ curve, target }] = report.runs as [Report['runs'][number]];
    expect(target).toEqual({ goals: { testLoss: 1e-9 }, reached: null });

    // The loss of the third epoch is a goal that no later epoch is needed for.
    const goal = Math.max(curve[2]!.testLoss!, curve[3]!.testLoss!, curve[4]!.testLoss!);
    const first = curve.find(({ testLoss }) => testLoss! <= goal)!;
    const stop = await run('stop', ...args, '--target', `testLoss=${goal}`, '--stop-at-target');
    const [ended] = stop.report.runs as [Report['runs'][number]];
    expect(ended).toMatchObject({
      status: 'target-reached',
      target: { goals: { testLoss: goal }, reached: { epoch: first.epoch, iterations: first.iterations } },
    });
    expect(ended.curve.at(-1)!.testLoss).toBe(first.testLoss);
    expect(ended.target!.reached!.seconds).toBe(ended.curve.at(-1)!.seconds);
    // A step of SGD is a gradient and an update of the parameters.
    const perStep = ended.target!.reached!.gradientEquivalents! / first.iterations;
    expect(perStep).toBeGreaterThan(1);
    expect(perStep).toBeLessThan(1.2);
    expect(stop.code).toBe(0);
  });
});

it('evaluates within epochs on request, without changing the numbers', async () => {
  const args = ['--optimizer', 'sgd[learningRate=0.1]', '--epochs', '4', '--seeds', '1'];
  const every = await run('every', ...args, '--evaluate-every', '2 steps', '--target', 'testLoss=100');
  const usual = await run('every', ...args, '--target', 'testLoss=100');
  expect(usual.stderr).toContain('evaluation interval');
  const [fine, coarse] = [every.report.runs[0]!, usual.report.runs[0]!];
  // Three steps make an epoch.
  expect(fine.curve.map(({ iterations }) => iterations)).toEqual([2, 4, 6, 8, 10, 12]);
  expect(fine.curve.map(({ epoch }) => 3 * epoch)).toEqual([2, 4, 6, 8, 10, 12]);
  expect(fine.target!.reached!.iterations).toBe(2);
  expect(coarse.target!.reached!.iterations).toBe(3);
  for (const iterations of [6, 12]) {
    const at = ({ curve }: typeof fine) => curve.find((point) => point.iterations === iterations)!.testLoss;
    expect(at(fine)).toBe(at(coarse));
  }
});

it('a work budget ends a run after the operations of n gradients', async () => {
  const args = ['--optimizer', 'sgd,sgn[cgIterations=3,warmupSteps=0]', '--gradient-equivalents', '20'];
  const { report } = await run('work', ...args, '--seeds', '1');
  const [sgd, sgn] = report.runs as [Report['runs'][number], Report['runs'][number]];
  for (const { status, reason, curve } of [sgd, sgn]) {
    expect([status, reason]).toEqual(['budget', '20 gradient-equivalents']);
    const { gradientEquivalents = 0, iterations } = curve.at(-1)!;
    // The next step would have exceeded the budget by more than 1 %.
    expect(gradientEquivalents).toBeLessThanOrEqual(20.2);
    expect(gradientEquivalents * (1 + 1 / iterations)).toBeGreaterThan(20);
  }
  expect(sgd.steps.count).toBeGreaterThanOrEqual(17);
  // Three CG iterations, a linearization and some losses: more than three gradients.
  expect(sgn.steps.count).toBeLessThanOrEqual(6);
});

it('parallel runs give the same numbers, marked as not comparable in time', async () => {
  const args = ['--optimizer', 'sgd,sgn', '--epochs', '2', '--seeds', '2'];
  const [alone, together] = [await run('alone', ...args), await run('together', ...args, '--jobs', '2')];
  expect(withoutTime(together.report)).toEqual(withoutTime(alone.report));
  expect(alone.report.environment).toMatchObject({ jobs: 1, comparableTimings: true });
  expect(together.report.environment).toMatchObject({ jobs: 2, comparableTimings: false });
  expect(together.report.runs[0]!.conditions).toMatchObject({ jobs: 2, distrust: expect.any(String) });
  // A later report keeps the mark.
  const later = await run('together', ...args);
  expect([made(later.stderr), later.report.environment.comparableTimings]).toEqual([0, false]);
});

it('shards partition the plan, and merge joins them', async () => {
  const args = ['--optimizer', 'sgd[learningRate=0.1,1]', '--epochs', '1', '--seeds', '2'];
  const [whole, first, second] = [
    await run('whole', ...args),
    await run('shard-1', ...args, '--shard', '1/2'),
    await run('shard-2', ...args, '--shard', '2/2'),
  ];
  expect([first.report.runs.length, second.report.runs.length]).toEqual([2, 2]);
  const merge = ['merge', 'shard-1', 'shard-2', '--out', 'joined', '--json'];
  const { code, stdout, stderr } = await benchHere(merge, directory.path);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^4 records\b.*\b0\b/m)]);
  const byId = (report: Report) => withoutTime(report).sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(byId(JSON.parse(stdout) as Report)).toEqual(byId(whole.report));
  // The merged store can be resumed.
  expect(made((await run('joined', ...args)).stderr)).toBe(0);
});

it('an empty shard has a store and a report that merge accepts', async () => {
  const args = ['--optimizer', 'sgd', '--steps', '2', '--seeds', '1'];
  await run('one', ...args, '--shard', '1/2');
  const empty = await run('none', ...args, '--shard', '2/2');
  expect(empty.report).toMatchObject({ runs: [], skipped: [] });
  expect(empty.stderr).toMatch(/\bshard\b.*\b1 run\b/);
  const merged = async (...places: string[]) => {
    const { code, stdout } = await benchHere(['merge', ...places, '--json'], directory.path);
    return { code, runs: (JSON.parse(stdout) as Report).runs.length };
  };
  expect(await merged('one', 'none', '--out', 'both')).toEqual({ code: 0, runs: 1 });
  expect(await merged('none', '--out', 'of-none')).toEqual({ code: 0, runs: 0 });
});

it('--dry-run counts stored runs, and estimates the rest from them', async () => {
  const args = ['--optimizer', 'sgd', '--epochs', '1'];
  await run('dry', ...args, '--seeds', '1');
  const { report } = await run('dry', ...args, '--seeds', '3', '--dry-run');
  expect(report).toMatchObject({ stored: 1, forecast: { guessed: 0 } });
});
