import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lossFor, type Registry, resolveProblems } from '@gaussmark/core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { builtinProblems, problemDefinitions } from '../src/plan/builtin.js';
import { temporaryDirectory, workspaceRegistry } from './fixtures.js';

const directory = temporaryDirectory();
let registry: Registry;
beforeAll(async () => {
  registry = await workspaceRegistry();
});
const OWN = {
  name: 'boston',
  dataset: { name: 'boston' },
  model: { name: 'mlp' },
  ...{ loss: 'squaredError', batchSize: 7, dtype: 'float32' },
};
const resolve = (text: string, overrides = {}) =>
  resolveProblems(text, registry, problemDefinitions(directory.path), overrides);

describe('the problems of the paper', () => {
  it.each([
    ['boston', [100, 100], 101, 'squaredError'],
    ['sine10', [20, 20, 20], 1000, 'squaredError'],
    ['sine100', [20, 20, 20], 1000, 'squaredError'],
    ['mnist', [20, 20, 20], 1000, 'softmaxCrossEntropy'],
  ])('%s is as defined in the paper, in float64', async (name, hidden, batchSize, loss) => {
    const [problem] = await resolve(name);
    expect(problem).toMatchObject({ name, batchSize, loss, dtype: 'float64' });
    expect(problem!.model).toMatchObject({
      name: 'mlp',
      hyperparameters: { hidden, activation: 'sigmoid', initialization: 'paper' },
    });
  });

  it('are found under their file names, with data of the right frequency', async () => {
    const names = (await builtinProblems()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['boston', 'mnist', 'sine10', 'sine100']));
    expect((await resolve('sine10'))[0]!.dataset.hyperparameters.frequency).toBe(10);
    expect((await resolve('sine100'))[0]!.dataset.hyperparameters.frequency).toBe(100);
  });
});

describe('how the training loss is averaged', () => {
  it.each([
    ['boston', 'batches', 'boston'],
    ['boston[batchSize=101]', 'batches', 'boston'],
    ['boston[dtype=float32,epochs=3]', 'batches', 'boston[dtype=float32]'],
    ['boston[batchSize=50]', 'examples', 'boston[batchSize=50]'],
    ['boston[model=mlp[hidden=[10]]]', 'examples', 'boston[model=mlp[hidden=[10]]]'],
    ['boston[dataset=sine]', 'examples', 'boston[dataset=sine]'],
    ['boston[trainLossMean=examples]', 'examples', 'boston[trainLossMean=examples]'],
    ['boston[batchSize=50,trainLossMean=batches]', 'batches', 'boston[batchSize=50,trainLossMean=batches]'],
    ['boston[batchSize=50,trainLossMean=examples]', 'examples', 'boston[batchSize=50]'],
    ['boston-drawn', 'examples', 'boston-drawn'],
  ])('%s: over %s, and its name reads back', async (text, trainLossMean, name) => {
    expect(await resolve(text)).toMatchObject([{ name, trainLossMean }]);
    expect(await resolve(name)).toMatchObject([{ name, trainLossMean }]);
  });

  it('is over examples if an option changes the problem', async () => {
    expect(await resolve('boston', { batchSize: 50 })).toMatchObject([{ trainLossMean: 'examples' }]);
    expect(await resolve('boston', { dtype: 'float32' })).toMatchObject([{ trainLossMean: 'batches' }]);
  });
});

describe('problems joined by commas', () => {
  it.each([
    ['boston,mnist', ['boston', 'mnist']],
    [' boston , sine10 ', ['boston', 'sine10']],
    [
      'sine10[batchSize=10,100],boston[model=mlp[hidden=[5,5]]]',
      ['sine10[batchSize=10]', 'sine10[batchSize=100]', 'boston[model=mlp[hidden=[5,5]]]'],
    ],
  ])('%s', async (text, expected) => {
    const problems = await resolve(text);
    expect(problems.map(({ batchSize, name }) => [name, typeof batchSize])).toEqual(
      expected.map((name) => [expect.stringContaining(name.split('[')[0]!), 'number']),
    );
    expect(problems).toHaveLength(expected.length);
  });

  it('are pairs of data and network if joined by a plus', async () => {
    const problems = await resolve('sine+mlp[hidden=[5,5]],boston+mlp');
    expect(problems.map(({ dataset, model }) => [dataset.name, model.name])).toEqual([
      ['sine', 'mlp'],
      ['boston', 'mlp'],
    ]);
  });

  it.each(['boston,', ',boston', 'boston,,mnist'])('are refused if one is empty: %s', async (text) => {
    await expect(resolve(text)).rejects.toMatchObject({
      summary: `cannot read the problems '${text}'`,
      expected: 'a problem before and after each comma',
    });
  });

  it('are one problem if a file has that name', async () => {
    const [boston] = (await builtinProblems()).filter(({ name }) => name === 'boston');
    await writeFile(path.join(directory.path, 'a,b.json'), JSON.stringify({ ...boston, name: 'comma' }));
    expect((await resolve('./a,b.json')).map(({ name }) => name)).toEqual(['"a,b.json"']);
  });
});

describe('overrides', () => {
  it('name their changes in a fixed order', async () => {
    const [problem] = await resolve('mnist[dtype=float32,batchSize=100]');
    expect(problem).toMatchObject({
      name: 'mnist[batchSize=100,dtype=float32]',
      batchSize: 100,
      dtype: 'float32',
    });
    expect(problem).not.toHaveProperty('title');
  });

  it('that change nothing keep the name and the title', async () => {
    const [problem] = await resolve('mnist[batchSize=1000,model=mlp[hidden=[20,20,20]]]');
    expect(problem).toMatchObject({ name: 'mnist', title: 'MNIST' });
  });

  it('of the epochs keep the problem', async () => {
    expect((await resolve('boston[epochs=7]'))[0]).toMatchObject({ name: 'boston', epochs: 7 });
  });

  it('make one problem per value', async () => {
    const names = (await resolve('sine10[batchSize=10,100]')).map(({ name }) => name);
    expect(names).toEqual(['sine10[batchSize=10]', 'sine10[batchSize=100]']);
  });

  it("keep the other hyperparameters of the problem's own model", async () => {
    const [problem] = await resolve('mnist[model=mlp[hidden=[10]]]');
    expect(problem!.model.hyperparameters).toMatchObject({ hidden: [10], initialization: 'paper' });
    expect(problem!.name).toContain('hidden=[10]');
  });

  it('from options combine with those in the text', async () => {
    const problems = await resolve('boston[dtype=float32]', { dtype: 'float32', batchSize: 50 });
    expect(problems[0]).toMatchObject({
      name: 'boston[batchSize=50,dtype=float32]',
      dtype: 'float32',
      batchSize: 50,
    });
  });

  it('from options may not contradict them', async () => {
    await expect(resolve('boston[dtype=float64]', { dtype: 'float32' })).rejects.toMatchObject({
      summary: expect.stringContaining('dtype'),
      got: expect.stringMatching(/float64 in 'boston\[dtype=float64\]' and float32/),
    });
  });

  it.each([
    ['mnist[batchsize=10]', /'batchsize'.*'batchSize'/],
    ['mnist[batchSize=0]', /\/batchSize\n/],
    ['mnist[batchSize=ten]', /batchSize[\s\S]*"ten"/],
    ['mnist[dtype=float16]', /dtype[\s\S]*"float32" or "float64"/],
    ['mnist[model=mpl]', /'mpl'.*'mlp'/],
    ['mnist[model=3]', /mlp\[[\s\S]*3/],
    ['mnist[model=mlp[activation=relu,tanh]]', /'mlp\[activation=relu,tanh\]'/],
    ['mnist[model=mlp[hiden=[3]]]', /'hiden'.*'hidden'/],
    ['minst', /'minst'.*'mnist'/],
  ])('%s is refused', async (text, message) => {
    await expect(resolve(text)).rejects.toThrow(message);
  });
});

describe('a dataset and a model', () => {
  it('make a problem whose data determines the loss', async () => {
    const [problem] = await resolve('sine[frequency=3]+mlp[hidden=[8]]', { batchSize: 50 });
    expect(problem).toMatchObject({
      name: 'sine[frequency=3]+mlp[hidden=[8]][batchSize=50]',
      loss: undefined,
      batchSize: 50,
      dtype: 'float32',
    });
    expect(problem!.dataset.hyperparameters).toMatchObject({ frequency: 3, noise: 0.01 });
    expect([lossFor('regression'), lossFor('classification')]).toEqual([
      'squaredError',
      'softmaxCrossEntropy',
    ]);
  });

  it('may have several values', async () => {
    expect(await resolve('sine[frequency=3,4]+mlp[activation=relu,tanh]')).toHaveLength(4);
  });

  it.each([
    ['minst+mlp', /'minst'.*'mnist'/],
    ['sine+mpl', /'mpl'.*'mlp'/],
    ['csv+mlp', /'path'/],
    ['sine+mlp+mlp', /one '\+'/],
  ])('%s is refused', async (text, message) => {
    await expect(resolve(text)).rejects.toThrow(message);
  });
});

describe('the name of a problem reads back as the same problem', () => {
  it.each([
    'mnist',
    'mnist[batchSize=7,dtype=float32]',
    'mnist[model=mlp[initialization=he]]',
    'mnist[model=mlp[hidden=[10],activation=relu]]',
    'mnist[model=mlp[hidden=[100,100],activation=tanh,initialization=glorot]]',
    'sine10[model=transformer]',
    'sine[frequency=3]+mlp',
    'sine+mlp[hidden=[8]][batchSize=50]',
    'sine+mlp[][batchSize=50,dtype=float64]',
    "csv[path=Tom's data/a+b.csv,task=regression,target=prix de l'eau]+mlp",
    `csv[path="q\\"x[1].csv",task=regression,target=["a,b","c]"],ignore=["=","\\u001b"]]+mlp[hidden=[]]`,
    'boston[dataset=csv[path=+.csv,task=regression,target=price]]',
  ])('%s', async (text) => {
    const asked = await resolve(text).catch((error: Error) => error);
    if (asked instanceof Error) throw asked;
    const [problem, ...others] = asked;
    expect(others).toEqual([]);
    expect(await resolve(problem!.name)).toEqual([problem]);
  });
});

it('a pair of defaults with a change has a title without empty brackets', async () => {
  const [changed, plain] = await Promise.all(
    ['sine+mlp[][batchSize=50,dtype=float64]', 'sine+mlp'].map((text) => resolve(text)),
  );
  expect(changed).toMatchObject([{ title: 'sine+mlp, batchSize=50, dtype=float64' }]);
  expect(plain![0]).not.toHaveProperty('title');
});

describe('a file', () => {
  it.each([
    ["Tom's data/own.json", "Tom's data/own.json", 7],
    ["Tom's data/own.json", "Tom's data/own.json[batchSize=9]", 9],
    ['a+b,c.json', 'a+b,c.json', 7],
    ['a+b,c.json', '"a+b,c.json"[batchSize=9]', 9],
    ['q"x.json', 'q"x.json[batchSize=9]', 9],
    ['data[1]/own.json', './data[1]/own.json[batchSize=9]', 9],
    ["it's, [a]/b+c.json", "'it\\'s, [a]/b+c.json'[batchSize=9]", 9],
  ])('%s is read as %s', async (file, text, batchSize) => {
    const [boston] = (await builtinProblems()).filter(({ name }) => name === 'boston');
    await mkdir(path.dirname(path.join(directory.path, file)), { recursive: true });
    await writeFile(
      path.join(directory.path, file),
      JSON.stringify({ ...boston, name: 'own', batchSize: 7 }),
    );
    const problems = await resolve(text);
    expect(problems.map((problem) => problem.batchSize)).toEqual([batchSize]);
    const [problem] = problems;
    expect(await resolve(problem!.name)).toEqual(problems);
    expect(await resolve(`boston,${problem!.name}`)).toEqual([expect.anything(), problem]);
  });

  it.each([
    ['own.json', 'own.json'],
    ['./own.json', 'own.json'],
    ['sub/../own.json', 'own.json'],
    ['./own', './own'],
    ['./own.json[batchSize=9]', 'own.json[batchSize=9]'],
    ['./own.json[batchSize=7]', 'own.json'],
    ['größe 1.json', 'größe 1.json'],
    ['./~/own.json', './~/own.json'],
    ['zero\u200bwidth.json', '"zero\\u200bwidth.json"'],
    ['../elsewhere.json', '../elsewhere.json'],
  ])('is named by its path: %s is %s', async (text, name) => {
    const cwd = path.join(directory.path, 'within');
    const file = path.resolve(cwd, text.replace(/\[.*/, ''));
    await mkdir(path.join(cwd, 'sub'), { recursive: true });
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify({ ...OWN, title: 'Own' }));
    const read = (asked: string) => resolveProblems(asked, registry, problemDefinitions(cwd));
    const changed = name.includes('=');
    expect(await read(text)).toMatchObject([
      { name, ...(changed ? {} : { title: 'Own', definition: 'boston' }) },
    ]);
    expect('definition' in (await read(text))[0]!).toBe(!changed);
    expect(await read(name)).toEqual(await read(text));
    if (!name.startsWith('..')) expect(await read(file)).toMatchObject([{ name: name.replace(/\[.*/, '') }]);
  });

  it('does not shadow the built-in problem of the same name', async () => {
    await writeFile(path.join(directory.path, 'other.json'), JSON.stringify({ ...OWN, batchSize: 11 }));
    expect(await resolve('boston,other.json')).toMatchObject([
      { name: 'boston', batchSize: 101 },
      { name: 'other.json', batchSize: 11 },
    ]);
  });

  it('elsewhere keeps its absolute path, and reads back with ~ for the home directory', async () => {
    const file = path.join(directory.path, 'far.json');
    await writeFile(file, JSON.stringify(OWN));
    const read = (asked: string) => resolveProblems(asked, registry, problemDefinitions(tmpdir()));
    const apart = path.join(directory.path, 'apart');
    await mkdir(apart, { recursive: true });
    expect(await resolveProblems(file, registry, problemDefinitions(apart))).toMatchObject([{ name: file }]);
    vi.stubEnv('HOME', directory.path);
    expect(await read('~/far.json')).toEqual(await read(file));
    vi.unstubAllEnvs();
  });

  it('is a problem, with overrides', async () => {
    const document = { name: 'own', dataset: { name: 'sine' }, model: { name: 'mlp' }, loss: 'squaredError' };
    await writeFile(
      path.join(directory.path, 'own.json'),
      JSON.stringify({ ...document, batchSize: 7, dtype: 'float32' }),
    );
    expect((await resolve('own.json'))[0]).toMatchObject({
      name: 'own.json',
      definition: 'own',
      batchSize: 7,
    });
    expect((await resolve('./own.json[batchSize=9]'))[0]).toMatchObject({ name: 'own.json[batchSize=9]' });
  });

  it('that is missing or invalid is refused', async () => {
    await writeFile(path.join(directory.path, 'text.json'), 'name: own');
    await writeFile(path.join(directory.path, 'wrong.json'), '{"name": "own", "bachSize": 3}');
    await expect(resolve('none.json')).rejects.toMatchObject({ cause: { code: 'ENOENT' } });
    await expect(resolve('text.json')).rejects.toMatchObject({ file: expect.stringContaining('text.json') });
    await expect(resolve('wrong.json')).rejects.toThrow(/'bachSize'.*'batchSize'/);
  });
});
