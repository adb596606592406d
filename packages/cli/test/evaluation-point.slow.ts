// An optimizer whose evaluation point is a constant has exactly that constant's loss everywhere: in the curve, at targets, in
// trials and in resumed runs. Through the real command line.

import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { beforeAll, expect, it } from 'vitest';
import { temporaryDirectory, writeModule, writeWatchedDataset } from '../../harness/test/fixtures.js';
import { benchHere } from './bench.js';

const directory = temporaryDirectory();

/** With a rate: gradient steps, evaluated at zero. Without: a step to zero, evaluated there. */
const MODULE = `
import { tree, vector } from '@gaussmark/autodiff';
const zero = (params) => tree.map((p) => vector.zerosLike(p), params);
export default { create: ({ rate }) => ({
  init: () => ({}),
  step(problem, params, state) {
    const { grad } = problem.valueAndGrad(params);
    return { params: rate === 0 ? zero(params) : vector.addScaled(params, -rate, grad), state, metrics: {} };
  },
  ...(rate === 0 ? {} : { evaluationPoint: zero }),
}) };
`;
const HYPERPARAMETERS = {
  type: 'object',
  properties: { rate: { type: 'number', default: 0.01, description: 'Learning rate.' } },
};

/** The test loss of the network with zero parameters, whose output is 0: the mean of y^2 with y = 2 (x + 0.01). */
const ZERO_LOSS =
  Array.from({ length: 40 }, (_, i) => (2 * (i / 20 - 1 + 0.01)) ** 2).reduce((a, b) => a + b) / 40;

beforeAll(async () => {
  await writeWatchedDataset(directory.path);
  await writeModule(directory.path, 'optimizer', 'still', MODULE, { hyperparameters: HYPERPARAMETERS });
});

/** Runs a command with the optimizer on the data y = 2 x. */
async function bench(command: string, optimizer: string, ...args: string[]) {
  const problem = `watched[log="${path.join(directory.path, 'log')}"]+mlp[hidden=[4]]`;
  const { stdout, stderr } = await benchHere(
    [
      command,
      '--plugin',
      'watched',
      '--plugin',
      'still',
      '--problem',
      problem,
      '--optimizer',
      optimizer,
      '--batch-size',
      '10',
      '--dtype',
      'float64',
      '--seeds',
      '1',
      '--json',
      ...args,
    ],
    directory.path,
  );
  if (stdout === '') throw new Error(stderr);
  return { stderr, report: JSON.parse(stdout) as Report };
}

it('has its loss in every point, at targets, and when resumed', async () => {
  const args = ['--epochs', '3', '--out', 'curve'];
  const { report } = await bench('run', 'still', ...args);
  const [run] = report.runs;
  expect(run!.curve.map(({ testLoss }) => testLoss)).toEqual(
    [0, 0, 0].map(() => expect.closeTo(ZERO_LOSS, 14)),
  );
  // Training itself goes on.
  expect(run!.curve.at(-1)!.trainLoss).toBeLessThan(run!.curve[0]!.trainLoss!);
  const resumed = await bench('run', 'still', ...args);
  expect(resumed.stderr).toMatch(/\b1 of 1 run/);
  expect(resumed.report.runs[0]!.curve).toEqual(run!.curve);

  const loss = run!.curve[0]!.testLoss!;
  const target = (goal: number) =>
    bench(
      'run',
      'still',
      '--epochs',
      '3',
      '--target',
      `testLoss=${goal}`,
      '--stop-at-target',
      '--out',
      `at${goal}`,
    );
  expect((await target(loss)).report.runs[0]).toMatchObject({
    status: 'target-reached',
    curve: [{ testLoss: loss }],
  });
  expect((await target(loss * (1 - 1e-12))).report.runs[0]).toMatchObject({ status: 'done' });
});

it('has its loss as the criterion of trials', async () => {
  const search = ['--search', 'grid', '--trials', '2', '--epochs', '2', '--validation', '0.25'];
  const { report } = await bench('tune', 'still[rate=0,0.01]', ...search, '--out', 'tuned');
  const { trials } = report.tuning![0]!.studies[0]!;
  expect(trials.map(({ label }) => label).sort()).toEqual(['still[rate=0.01]', 'still[rate=0]']);
  expect(trials[0]!.value).toBeGreaterThan(1);
  expect(trials[1]).toMatchObject({
    value: trials[0]!.value,
    finalValidationLoss: trials[0]!.value,
    bestValidationLoss: trials[0]!.value,
  });
});
