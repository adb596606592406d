import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { discover, type Registry } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePlan, titleOf } from '../src/plan/plan.js';
import type { PlanRequest } from '../src/plan/request.js';
import { temporaryDirectory, WORKSPACE, workspaceRegistry, writeModule } from './fixtures.js';

const directory = temporaryDirectory();
let registry: Registry;
beforeAll(async () => {
  registry = await workspaceRegistry();
});
const plan = (request: PlanRequest) => makePlan(request, registry, directory.locations);
const writeProfile = async (name: string, runs: unknown[], more: object = {}) => {
  const document = { name, summary: 'A test.', seeds: 1, ...more, runs };
  await writeFile(path.join(directory.path, `${name}.json`), JSON.stringify(document));
  return `./${name}.json`;
};

it('counts optimizers in the title where there are many', () => {
  const cells = ['a', 'b', 'c', 'd', 'e', 'e'].map((name) => ({ optimizer: { name } }) as never);
  expect(titleOf(cells, [{ name: 'boston' }])).toBe('5 optimizers on boston');
  expect(titleOf(cells.slice(0, 2), [{ name: 'boston' }])).toBe('a and b on boston');
});

describe('the order of the runs', () => {
  it('is by seed, then by problem, with optimizers taking turns', async () => {
    const { cells } = await plan({
      problems: ['boston', 'sine10'],
      optimizers: ['sgn[cgIterations=3,10]', 'sgd'],
      seeds: [4, 2],
      budget: { epochs: 1 },
    });
    expect(cells.slice(0, 7).map(({ id }) => id)).toEqual([
      'boston/sgn[cgIterations=3]/onnxruntime[threads=1]/seed4',
      'boston/sgn[cgIterations=10]/onnxruntime[threads=1]/seed4',
      'boston/sgd/onnxruntime[threads=1]/seed4',
      'sine10/sgn[cgIterations=3]/onnxruntime[threads=1]/seed4',
      'sine10/sgn[cgIterations=10]/onnxruntime[threads=1]/seed4',
      'sine10/sgd/onnxruntime[threads=1]/seed4',
      'boston/sgn[cgIterations=3]/onnxruntime[threads=1]/seed2',
    ]);
    expect(cells).toHaveLength(12);
  });
});

describe('the profile', () => {
  it('is by default SGN and SGD, equally tuned, with equal work on three problems with drawn starts', async () => {
    const { cells, profile, skipped, problems } = await plan({});
    expect(profile).toBe('default');
    expect(problems.map(({ name }) => name)).toEqual(['sine10-drawn', 'boston-drawn', 'mnist-drawn']);
    expect(new Set(cells.map(({ optimizer }) => optimizer.name))).toEqual(new Set(['sgn', 'sgd']));
    for (const name of problems.map((problem) => problem.name)) {
      const own = cells.filter(({ problem }) => problem.name === name);
      expect(new Set(own.map(({ budget }) => Object.keys(budget).join())).size).toBe(1);
      expect(new Set(own.map(({ budget }) => budget.gradientEquivalents)).size).toBe(1);
      expect(own.every(({ problem }) => problem.model.hyperparameters.initialization === 'normal')).toBe(
        true,
      );
      const momenta = own.flatMap(({ optimizer }) => optimizer.hyperparameters.momentum ?? []);
      expect(momenta).toContain(0.9);
      // With fewer, no lead on three problems could be clear.
      expect(new Set(own.map(({ seed }) => seed)).size).toBeGreaterThanOrEqual(7);
    }
    expect(skipped).toEqual([]);
  });

  it('fills in what the options omit; a given problem brings its own budget', async () => {
    const { cells, profile, title } = await plan({ problems: ['boston'], seeds: [1] });
    expect(profile).toBeUndefined();
    expect(title).toBe('sgn and sgd on Boston housing');
    expect(new Set(cells.map(({ budget }) => budget.epochs))).toEqual(new Set([60]));
    // Not those of its runs, which are tuned for their problems.
    expect(cells.map(({ label }) => label)).toEqual([
      'sgn',
      'sgd[learningRate=0.01,momentum=0.9]',
      'sgd[learningRate=0.1,momentum=0.9]',
      'sgd[learningRate=1,momentum=0.9]',
    ]);
  });

  it('has its whole budget replaced', async () => {
    const { cells } = await plan({ profile: 'smoke', budget: { seconds: 2 } });
    expect(cells.map(({ budget }) => budget)).toEqual(cells.map(() => ({ seconds: 2 })));
  });

  it('takes the settings of its runs', async () => {
    const profile = await writeProfile('own', [
      { problems: ['boston'], optimizers: ['sgd'], steps: 3, dtype: 'float32', seeds: [5, 6] },
      { problems: ['boston'], optimizers: ['sgd'], epochs: 2, engine: 'onnxruntime[threads=2]' },
    ]);
    const { cells } = await plan({ profile });
    expect(cells.map(({ id, budget }) => [id, budget])).toEqual([
      ['boston[dtype=float32]/sgd/onnxruntime/seed5', { steps: 3 }],
      ['boston/sgd/onnxruntime[threads=2]/seed1', { epochs: 2 }],
      ['boston[dtype=float32]/sgd/onnxruntime/seed6', { steps: 3 }],
    ]);
  });

  it('is named by the path of its file, which reads back', async () => {
    const run = { problems: ['boston'], optimizers: ['sgd'], epochs: 1 };
    const file = await writeProfile('default', [run]);
    const made = await plan({ profile: file });
    expect(made.profile).toMatch(/default\.json$/);
    expect((await plan({ profile: made.profile! })).cells).toEqual(made.cells);
  });

  it('may repeat a run, but not under two budgets', async () => {
    const run = { problems: ['boston'], optimizers: ['sgd'], epochs: 1 };
    expect(
      (await plan({ profile: await writeProfile('twice', [run, { ...run, optimizers: ['sgd', 'sgn'] }]) }))
        .cells,
    ).toHaveLength(2);
    const torn = await writeProfile('torn', [run, { ...run, epochs: 2 }]);
    await expect(plan({ profile: torn })).rejects.toThrow(/boston\/sgd/);
  });
});

describe('a label', () => {
  it('shows named values and differences from the defaults; equal optimizers merge', async () => {
    const { cells } = await plan({
      problems: ['boston'],
      optimizers: ['sgd[learningRate=0.1,1]', 'sgd', 'sgd[momentum=0.9]'],
      seeds: [1],
    });
    expect(cells.map(({ label }) => label)).toEqual([
      'sgd[learningRate=0.1]',
      'sgd[learningRate=1]',
      'sgd[momentum=0.9]',
    ]);
    expect(cells[2]!.optimizer.hyperparameters).toMatchObject({ learningRate: 0.1, momentum: 0.9 });
  });
});

describe('the problems of a plan', () => {
  it('are described with verified data and their sizes', async () => {
    const { problems } = await plan({
      problems: ['boston', 'mnist[model=mlp[hidden=[10,10]]]'],
      optimizers: ['sgd'],
      seeds: [1],
    });
    expect(problems[0]).toMatchObject({
      name: 'boston',
      dataset: { trainSize: 404, testSize: 102, task: 'regression' },
      model: { parameterCount: 11601 },
      stepsPerEpoch: 4,
    });
    expect(Object.values(problems[0]!.dataset.checksums)[0]).toMatch(/^[0-9a-f]{64}$/);
    // 784 x 10 + 10, 10 x 10 + 10, 10 x 10 + 10
    expect(problems[1]).toMatchObject({ model: { parameterCount: 8070 }, stepsPerEpoch: 60 });
  });

  it('of user data take the loss of its task', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},${i % 3},${i % 2 ? 'yes' : 'no'}`);
    await writeFile(path.join(directory.path, 'own.csv'), `a,b,c\n${rows.join('\n')}\n`);
    const file = JSON.stringify(path.join(directory.path, 'own.csv'));
    const { problems, cells } = await plan({
      problems: [
        `csv[path=${file},task=classification,target=c]+mlp[hidden=[4]]`,
        `csv[path=${file},task=regression,target=a,ignore=["c"]]+mlp[hidden=[4]]`,
      ],
      optimizers: ['sgd'],
      seeds: [1],
    });
    expect(problems.map(({ loss }) => loss)).toEqual(['softmaxCrossEntropy', 'squaredError']);
    expect(problems[0]!.dataset).toMatchObject({ trainSize: 16, testSize: 4 });
    expect(cells[0]!.budget).toEqual({ epochs: 20 });
  });

  it('whose loss does not fit the data are skipped with the reason', async () => {
    const { cells, skipped } = await plan({
      problems: ['mnist[loss=squaredError]', 'boston'],
      optimizers: ['sgd'],
      seeds: [1, 2],
    });
    expect(new Set(cells.map(({ problem }) => problem.name))).toEqual(new Set(['boston']));
    expect(skipped).toEqual([
      {
        problem: 'mnist[loss=squaredError]',
        optimizer: 'sgd',
        reason: 'the loss squaredError is for regression, but the data is for classification',
      },
    ]);
  });
});

it('lets an optimizer refuse contradictory hyperparameters before anything runs', async () => {
  const request = { problems: ['boston'], optimizers: ['sgd[nesterov=true]'] };
  await expect(plan(request)).rejects.toThrow(/momentum/);
});

it('skips runs that the engine declares unsupported, with the reason', async () => {
  const engine = `
let started = 0;
export default {
  create: async () => {
    if (++started > 1) throw new Error('started twice');
    return {
      info: { engine: 'loopless' },
      unsupported: ({ equations }) => equations.some(({ primitive }) => primitive === 'while') ? 'has no loops' : null,
      dispose: async () => { started = 0; },
    };
  },
};`;
  const folder = await writeModule(directory.path, 'engine', 'loopless', engine);
  const own = await discover({ cwd: WORKSPACE, workspaceRoot: WORKSPACE, extra: [folder] });
  // SGN has loops, SGD has none.
  const request = { problems: ['boston'], optimizers: ['sgd', 'sgn'], engines: ['loopless'], seeds: [1, 2] };
  for (let i = 0; i < 2; i++) {
    const { cells, skipped, engines, problems } = await makePlan(request, own, directory.locations);
    expect(cells.map(({ label, seed }) => [label, seed])).toEqual([
      ['sgd', 1],
      ['sgd', 2],
    ]);
    expect(skipped).toEqual([
      { problem: 'boston', optimizer: 'sgn', reason: "engine 'loopless' has no loops" },
    ]);
    expect(problems.map(({ name }) => name)).toEqual(['boston']);
    expect(engines).toEqual({ loopless: { engine: 'loopless' } });
  }
  const { cells, problems } = await makePlan({ ...request, optimizers: ['sgn'] }, own, directory.locations);
  expect([cells, problems]).toEqual([[], []]);
});
