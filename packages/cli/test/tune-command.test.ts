// `bench tune` through the command line: trials, results, use of the test split, resuming, errors.

import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Report, reportIssues, type Tuning } from '@gaussmark/analysis';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../harness/src/store/record.js';
import {
  gradientStep,
  temporaryDirectory,
  writeModule,
  writeWatchedDataset,
} from '../../harness/test/fixtures.js';
import { bench, benchHere } from './bench.js';

const directory = temporaryDirectory();
const file = (...names: string[]) => path.join(directory.path, ...names);
const looks = () => file('looks.txt');

beforeAll(() => writeWatchedDataset(directory.path));

const args = (out: string, ...more: string[]) => [
  'tune',
  '--plugin',
  'watched',
  '--problem',
  `watched[log="${looks()}"]+mlp[hidden=[4]]`,
  '--optimizer',
  'sgd[momentum=0,schedule=constant]',
  '--batch-size',
  '10',
  '--epochs',
  '3',
  '--trials',
  '3',
  '--validation',
  '0.25',
  '--seeds',
  '2',
  '--out',
  out,
  ...more,
];

async function tune(out: string, ...more: string[]) {
  const finished = await benchHere(args(out, '--json', ...more), directory.path);
  const report = JSON.parse(finished.stdout || 'null') as Report;
  return { ...finished, report, tuning: report?.tuning?.[0] as Tuning };
}

const made = (stderr: string) => (stderr.match(/^\[ *\d+\/\d+\]/gm) ?? []).length;

/** The bodies and keys of all records of a store. */
async function records(out: string): Promise<(RunRecord['body'] & { key: string })[]> {
  const names = await readdir(file(out, 'store'));
  const texts = await Promise.all(names.map((name) => readFile(file(out, 'store', name), 'utf8')));
  return texts.flatMap((text) =>
    text
      .trim()
      .split('\n')
      .map((line) => {
        const { body, key } = JSON.parse(line);
        return { ...body, key };
      }),
  );
}

describe('a search', () => {
  let first: Awaited<ReturnType<typeof tune>>;
  beforeAll(async () => {
    await rm(looks(), { force: true });
    first = await tune('whole', '--target', 'testLoss=1');
  }, 120_000);

  it('runs trials on the validation split, then the best and the defaults with fresh seeds', () => {
    const { code, report, tuning } = first;
    expect([code, reportIssues(report)]).toEqual([0, []]);
    const [study] = tuning.studies;
    expect(study).toMatchObject({
      trainSize: 30,
      validationSize: 10,
      selection: 'sgd[momentum=0,schedule=constant]',
    });
    const losses = study!.trials.map(({ value }) => value!);
    expect(losses).toHaveLength(3);
    expect(losses).toEqual([...losses].sort((a, b) => a - b));
    expect(study!.best).toBe(study!.trials[0]!.label);
    // 3 epochs of 3 steps, the validation examples being left out of the training; a step is a gradient and an update.
    expect(study!.cost).toMatchObject({ trials: 3, steps: 27 });
    expect(study!.cost.gradientEquivalents).toBeGreaterThan(27);
    expect(study!.cost.gradientEquivalents).toBeLessThan(40);

    expect(report.runs.map(({ label, seed, steps }) => [label, seed, steps.count])).toEqual(
      [1, 2].flatMap((seed) => [
        ['sgd[momentum=0,schedule=constant]', seed, 12],
        [study!.best, seed, 12],
      ]),
    );
    expect(tuning.contestants.map(({ track, label, seeds }) => [track, label, seeds])).toEqual([
      ['tuned', study!.best, [1, 2]],
      ['untuned', 'sgd[momentum=0,schedule=constant]', [1, 2]],
    ]);
    const tuned = report.runs.filter(({ label }) => label === study!.best);
    const mean = tuned.reduce((sum, { curve }) => sum + curve.at(-1)!.testLoss!, 0) / 2;
    expect(tuning.contestants[0]!.testLoss!.value).toBeCloseTo(mean);
    expect(tuning.comparisons.map(({ measure, pairs }) => [measure, pairs])).toEqual(
      ['testLoss', 'iterations', 'seconds', 'gradientEquivalents'].map((measure) => [measure, 2]),
    );
  });

  it('reads the test split in planning and final runs, never in trials', async () => {
    const scripts = (await readFile(looks(), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    expect(scripts.every(([, script]) => script!.endsWith('worker.js'))).toBe(true);
    // One process per run: the 4 final runs and 2 planners read the test split, the 3 trials did not.
    expect(new Set(scripts.map(([pid]) => pid)).size).toBe(2 + 4);

    const all = await records('whole');
    const trials = all.filter(({ cell }) => cell.evaluateOn !== undefined);
    expect([trials.length, all.length]).toEqual([3, 7]);
    expect(new Set(all.map(({ key }) => key)).size).toBe(7);
    for (const { cell, result } of trials) {
      expect(cell).toMatchObject({ seed: 0, evaluateOn: { split: 'validation', share: 0.25, seed: 0 } });
      expect(result.facts).not.toHaveProperty('testSize');
      for (const point of result.curve) expect(point.testLoss).toBeNull();
    }
  });

  it('reruns nothing, and adds only new trials', async () => {
    const again = await tune('whole', '--target', 'testLoss=1');
    expect([again.code, made(again.stderr)]).toEqual([0, 0]);
    expect(again.tuning).toEqual(first.tuning);
    const more = await tune('whole', '--target', 'testLoss=1', '--trials', '4');
    const news = more.tuning.studies[0]!.best === first.tuning.studies[0]!.best ? 0 : 2;
    expect(made(more.stderr)).toBe(1 + news);
    expect(more.tuning.studies[0]!.trials.map(({ label }) => label)).toEqual(
      expect.arrayContaining(first.tuning.studies[0]!.trials.map(({ label }) => label)),
    );
  });

  it('leaves trials out of a report rebuilt from the store', async () => {
    await rm(file('whole', 'report.json'));
    const { stdout } = await benchHere(['report', 'whole', '--json'], directory.path);
    const { runs } = JSON.parse(stdout) as Report;
    expect(runs.length).toBeGreaterThanOrEqual(4);
    for (const { seed, curve } of runs) {
      expect(seed).toBeGreaterThan(0);
      expect(curve.at(-1)!.testLoss).toBeGreaterThan(0);
    }
  });

  it('resumes after Ctrl-C with the same numbers', async () => {
    let stopped = false;
    const cut = await bench(args('cut'), directory.path, (text, kill) => {
      if (stopped || !text.includes('[2/3]')) return;
      stopped = true;
      kill('SIGINT');
    });
    expect(cut.code).toBe(130);
    const partial = JSON.parse(await readFile(file('cut', 'report.json'), 'utf8')) as Report;
    expect(partial.runs).toEqual([]);
    expect(partial.tuning![0]!.studies[0]!.trials.length).toBeGreaterThanOrEqual(2);
    const resumed = await tune('cut');
    expect(resumed.code).toBe(0);
    expect(made(resumed.stderr)).toBeLessThanOrEqual(5);
    const numbers = ({ studies, contestants }: Tuning) => ({
      trials: studies[0]!.trials.map(({ label, value }) => ({ label, value })),
      best: studies[0]!.best,
      losses: contestants.map(({ label, testLoss }) => ({ label, testLoss })),
    });
    expect(numbers(resumed.tuning)).toEqual(numbers(first.tuning));
  });
});

it.each([
  [['--tuning-seed', '2'], /tuning.seed.*\b2\b/],
  [['--criterion', 'iterations-to-target'], /iterations-to-target/],
  [['--criterion', 'final-validation-accuracy'], /accuracy/],
  [['--validation', '1'], /--validation.*'1'/],
  [['--engine', 'onnxruntime[threads=1,2]'], /engine.*\b2\b/],
  [['--search', 'grid', '--trials', '1'], /smallest grid/],
  [['--fresh', '--retry', 'failed'], /--retry.*--fresh/],
])('rejects %j before anything runs', async (more, quoted) => {
  const { code, stderr } = await benchHere(args('refused', ...more), directory.path);
  expect([code, stderr]).toEqual([2, expect.stringMatching(quoted)]);
  await expect(readdir(file('refused'))).rejects.toThrow('ENOENT');
});

it('exits with 1 if no trial succeeds, and still runs the defaults', async () => {
  const hopeless = args('hopeless', '--json').map((arg) =>
    arg.startsWith('sgd[') ? 'sgd[learningRate=1e30,1e35,momentum=0,schedule=constant]' : arg,
  );
  const { code, stdout } = await benchHere(hopeless, directory.path);
  const { tuning, runs } = JSON.parse(stdout) as Report;
  const [study] = tuning![0]!.studies;
  expect([code, study!.best, study!.robustness.diverged]).toEqual([1, null, 1]);
  expect(study!.trials.map(({ status }) => status)).toEqual(['diverged', 'diverged']);
  expect(runs.map(({ label }) => label)).toEqual(
    Array.from({ length: 2 }, () => 'sgd[momentum=0,schedule=constant]'),
  );
});

it('records a trial that the optimizer rejects as failed, and continues', async () => {
  const module = `
import { vector } from '@gaussmark/autodiff';
export default { create({ rate }) {
  if (rate > 0.05) throw new RangeError('no rate above 0.05');
  return (${gradientStep('')})();
} };
`;
  await writeModule(directory.path, 'optimizer', 'picky', module, {
    hyperparameters: {
      type: 'object',
      properties: { rate: { type: 'number', default: 0.01, description: 'A rate.' } },
    },
    search: { rate: { scale: 'categorical', values: [0.02, 0.1] } },
  });
  const picky = args('picky-out', '--json', '--plugin', 'picky').map((arg) =>
    arg.startsWith('sgd[') ? 'picky' : arg,
  );
  const { code, stdout, stderr } = await benchHere(picky, directory.path);
  expect(stderr).toContain('2 trials');
  const { tuning } = JSON.parse(stdout) as Report;
  const [study] = tuning![0]!.studies;
  const ends = study!.trials.map(({ label, status, reason }) => [label, status, reason ?? '']);
  expect(ends).toEqual([
    ['picky[rate=0.02]', 'done', ''],
    ['picky[rate=0.1]', 'failed', expect.stringContaining('no rate above 0.05')],
  ]);
  expect([code, study!.best, study!.robustness.failed]).toEqual([0, 'picky[rate=0.02]', 0.5]);
});

it('--dry-run shows the spaces and counts', async () => {
  const more = ['--gradient-equivalents', '2', '--dry-run'];
  const { stdout } = await benchHere(args('dry', ...more), directory.path);
  expect(stdout).toMatch(
    /sgd\[momentum=0,schedule=constant\] +3 epochs or 2 gradient-equivalents +– +3 +0 +4/,
  );
  expect(stdout).toContain('learningRate 0.0001 to 10 (log)');
});
