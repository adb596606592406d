// Problems and profiles: what is accepted, and how mistakes are reported.

import { describe, expect, it } from 'vitest';
import { GaussmarkError } from '../src/errors.js';
import { parseProblem, parseProfile } from '../src/problems.js';

const PROBLEM = {
  $schema: '../schemas/problem.schema.json',
  name: 'sine10',
  title: 'Sine, frequency 10',
  dataset: { name: 'sine', hyperparameters: { frequency: 10 } },
  model: { name: 'mlp', hyperparameters: { hidden: [20, 20, 20], activation: 'sigmoid' } },
  loss: 'squaredError',
  batchSize: 1000,
  dtype: 'float32',
  epochs: 170,
};

const PROFILE = {
  name: 'default',
  summary: 'SGN against SGD.',
  seeds: 3,
  engine: 'onnxruntime[threads=1]',
  runs: [
    { problems: ['sine10', 'boston[batchSize=101]'], optimizers: ['sgn[cgIterations=3,10]'], epochs: 100 },
    {
      problems: ['sine10', 'sine+mlp[hidden=[8]][batchSize=50]', "Tom's data/a+b.json", 'boston,mnist'],
      optimizers: ['sgd[learningRate=0.1,1]'],
      epochs: 600,
      seconds: 20,
      dtype: 'float64',
      seeds: [0, 7],
    },
  ],
};

function failure(act: () => unknown): GaussmarkError {
  try {
    act();
  } catch (error) {
    if (error instanceof GaussmarkError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('parseProblem', () => {
  it('returns a valid problem unchanged', () => {
    expect(parseProblem(PROBLEM, 'p.json')).toBe(PROBLEM);
    const { title: _, epochs: __, $schema: ___, ...least } = PROBLEM;
    expect(parseProblem(least, 'p.json')).toBe(least);
  });

  it.each([
    [{ batchSize: 0 }, '/batchSize', 'an integer from 1 to 2147483647', '0'],
    [{ batchSize: 1.5 }, '/batchSize', 'an integer from 1 to 2147483647', '1.5'],
    [{ loss: 'crossEntropy' }, '/loss', '"squaredError" or "softmaxCrossEntropy"', '"crossEntropy"'],
    [{ dtype: 'float16' }, '/dtype', '"float32" or "float64"', '"float16"'],
    [{ model: 'mlp' }, '/model', 'a record', '"mlp"'],
    [{ dataset: {} }, '/dataset/name', 'a string like "adam" or "fashion-mnist"', 'nothing'],
  ])('rejects %j', (changes, pointer, expected, got) => {
    const error = failure(() => parseProblem({ ...PROBLEM, ...changes }, 'p.json'));
    expect(error).toMatchObject({ file: 'p.json', pointer, expected, got });
  });

  it('reports a misspelled property once, with a suggestion', () => {
    const { batchSize, ...rest } = PROBLEM;
    const error = failure(() => parseProblem({ ...rest, batchsize: batchSize }, 'p.json'));
    expect(error.issues).toMatchObject([{ problem: expect.stringContaining("did you mean 'batchSize'?") }]);
  });
});

describe('parseProfile', () => {
  it('returns a valid profile unchanged', () => {
    expect(parseProfile(PROFILE, 'p.json')).toBe(PROFILE);
  });

  it.each([
    [
      { seeds: 0 },
      '/seeds',
      'an integer from 1 to 10000, or a list of integers (each from 0 to 2147483647) with 1 to 10000 items without repetition',
      '0',
    ],
    [{ seeds: undefined }, '/seeds', expect.stringContaining('an integer from 1 to 10000'), 'nothing'],
    [{ runs: [] }, '/runs', 'a list of records that is not empty', '[]'],
    [
      { runs: [{ problems: ['a'] }] },
      '/runs/0/optimizers',
      'a list of strings that is not empty without repetition',
      'nothing',
    ],
    [
      { runs: [{ problems: ['a', 'a'], optimizers: ['b'] }] },
      '/runs/0/problems',
      'a list of strings that is not empty without repetition',
      '"a" twice',
    ],
    [
      { runs: [{ problems: ['a'], optimizers: ['b'], seconds: 0 }] },
      '/runs/0/seconds',
      'a number from 0.000001 to 2147483',
      '0',
    ],
  ])('rejects %j', (changes, pointer, expected, got) => {
    const error = failure(() => parseProfile({ ...PROFILE, ...changes }, 'p.json'));
    expect(error).toMatchObject({ file: 'p.json', pointer, expected, got });
  });

  it('shows where a selection is invalid', () => {
    const runs = [{ problems: ['sine10', 'boston['], optimizers: ['sgn[cgIterations=]'] }];
    const error = failure(() => parseProfile({ ...PROFILE, runs, engine: '3' }, 'p.json'));
    expect(error.issues.map((issue) => issue.pointer)).toEqual([
      '/runs/0/problems/1',
      '/runs/0/optimizers/0',
      '/engine',
    ]);
    expect(error.message).toContain(`sgn[cgIterations=]\n    ${' '.repeat(17)}^`);
  });
});
