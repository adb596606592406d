// Wrong input through the real command line: exit code 2, a message that names it, nothing on stdout, nothing written.

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../harness/test/fixtures.js';
import { bench } from './bench.js';

const directory = temporaryDirectory();
const manifest = {
  kind: 'optimizer',
  name: 'mine',
  version: '1.0.0',
  summary: 'A test.',
  entry: './index.js',
  hyperparameters: {
    type: 'object',
    properties: { rate: { type: 'number', default: 'fast', description: 'A rate.' } },
  },
};

let before: string[];
beforeAll(async () => {
  const write = async (name: string, text: string) => {
    await mkdir(path.dirname(path.join(directory.path, name)), { recursive: true });
    await writeFile(path.join(directory.path, name), text);
  };
  await write('text.csv', 'size,rooms,price\n10,2,100\n12,large,120\n14,3,130\n');
  await write('gap.csv', 'size,rooms,price\n10,2,100\n12,,120\n14,3,130\n');
  await write('malformed/manifest.json', JSON.stringify(manifest));
  await write('malformed/index.js', 'export default { create() {} };\n');
  await write('broken-json/manifest.json', '{ "kind": "optimizer", ');
  for (const name of ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1']) {
    await write(`corrupt/mnist/${name}-ubyte`, 'not the images');
  }
  await write('empty/readme', '');
  await write('occupied/report.json/readme', '');
  before = (await readdir(directory.path, { recursive: true })).sort();
});

const csv = (file: string) => ['run', '--problem', `csv[path=${file},task=regression,target=price]+mlp`];

const CASES: readonly (readonly [what: string, args: readonly string[], message: RegExp])[] = [
  ['an unknown optimizer', ['run', '--optimizer', 'sgm'], /unknown optimizer 'sgm'; did you mean 'sgn'\?/],
  ['an unknown model', ['run', '--problem', 'mnist[model=mpl]'], /unknown model 'mpl'; did you mean 'mlp'\?/],
  [
    'an unknown dataset',
    ['run', '--problem', 'minst+mlp'],
    /unknown dataset 'minst'; did you mean 'mnist'\?/,
  ],
  ['an unknown problem', ['run', '--problem', 'bosten'], /unknown problem 'bosten'; did you mean 'boston'\?/],
  ['an unknown profile', ['--profile', 'smok'], /unknown profile 'smok'; did you mean 'smoke'\?/],
  [
    'an unknown engine',
    ['run', '--engine', 'onnxruntme'],
    /unknown engine 'onnxruntme'; did you mean 'onnxruntime'\?/,
  ],
  ['an unknown option', ['run', '--epoch', '3'], /unknown option '--epoch'\n\(Did you mean --epochs\?\)/],
  [
    'an unknown option without a command',
    ['--optimiser', 'sgd'],
    /unknown option '--optimiser'\n\(Did you mean --optimizer\?\)/,
  ],
  ['an unknown command', ['rnu'], /unknown command 'rnu'; did you mean 'run'\?/],
  ['a stray word', ['run', 'mnist'], /too many arguments/],
  [
    'an unknown hyperparameter',
    ['run', '--optimizer', 'sgn[cgIteration=3]'],
    /'cgIteration'; did you mean 'cgIterations'\?/,
  ],
  [
    'a value out of range',
    ['run', '--optimizer', 'sgn[cgIterations=0]'],
    /optimizer 'sgn'[\s\S]*cgIterations[\s\S]*expected: +an integer/,
  ],
  [
    'a value of the wrong type',
    ['run', '--optimizer', 'sgd[learningRate=fast]'],
    /learningRate[\s\S]*a number greater than 0[\s\S]*"fast"/,
  ],
  [
    'a value out of range of a model',
    ['run', '--problem', 'boston[model=mlp[hidden=[0]]]'],
    /model 'mlp'[\s\S]*hidden\/0/,
  ],
  [
    'a selection that does not end',
    ['run', '--optimizer', 'sgn[cgIterations=3'],
    /sgn\[cgIterations=3\n +\^/,
  ],
  [
    'a malformed manifest',
    ['run', '--plugin', 'malformed', '--optimizer', 'mine'],
    /optimizer 'mine'[\s\S]*properties\/rate\/default/,
  ],
  [
    'a manifest that is no JSON',
    ['run', '--plugin', 'broken-json'],
    /the manifest is not valid JSON[\s\S]*broken-json\/manifest.json/,
  ],
  ['a plugin that is not there', ['run', '--plugin', 'nowhere'], /nowhere: no such file or folder/],
  [
    'a missing data file',
    ['run', '--problem', 'mnist[dataset=mnist[directory=empty]]'],
    /dataset 'mnist' needs 4 files[\s\S]*train-images-idx3-ubyte[\s\S]*to fix/,
  ],
  [
    'a corrupt data file',
    ['run', '--problem', 'mnist[dataset=mnist[directory=corrupt]]'],
    /expected: +sha256 ba891046e65[\s\S]*got: +sha256 /,
  ],
  ['text in a numeric column', csv('text.csv'), /text.csv: row 2 \(line 3\), column 'rooms'[\s\S]*large/],
  ['a missing cell in a numeric column', csv('gap.csv'), /gap.csv: row 2 \(line 3\), column 'rooms'/],
  ['a CSV file that is not there', csv('none.csv'), /cannot read none.csv: no such file/],
  ['an epoch too few', ['run', '--epochs', '0'], /--epochs[\s\S]*at least 1/],
  ['seeds twice', ['run', '--seeds', '1,1'], /cannot read the seeds '1,1'/],
  ['an unknown dtype', ['run', '--dtype', 'float16'], /--dtype[\s\S]*float32, float64/],
  [
    'a place that cannot be written',
    ['run', '--problem', 'boston', '--out', 'text.csv/out'],
    /cannot write .*text.csv\/out/,
  ],
  ['an end that cannot be retried', ['run', '--retry', 'done'], /cannot retry runs that ended as 'done'/],
  ['a retry of nothing', ['run', '--retry', 'failed', '--fresh'], /--retry and --fresh contradict/],
  ['a shard too many', ['run', '--shard', '3/2'], /cannot read the shard '3\/2'/],
  ['a time that is none', ['run', '--timeout', 'soon'], /--timeout[\s\S]*90, 90s, 10min, 2h/],
  ['an amount of memory without a unit', ['run', '--memory', '500'], /--memory[\s\S]*500MB, 2GiB/],
  [
    'an unknown target',
    ['run', '--target', 'testLos=1'],
    /unknown target 'testLos'; did you mean 'testLoss'\?/,
  ],
  [
    'a target without a measure',
    ['run', '--problem', 'boston', '--target', 'testAccuracy=0.9'],
    /problem 'boston' has a target of testAccuracy, which a regression does not have/,
  ],
  [
    'a stop at no target',
    ['run', '--problem', 'sine100', '--stop-at-target'],
    /--stop-at-target without a target/,
  ],
  [
    'a dataset without a model',
    ['run', '--problem', 'csv[path=houses.csv,task=regression,target=price]'],
    /csv is a dataset[\s\S]*add a model: '.*\+mlp/,
  ],
  ['a model without data', ['run', '--problem', 'mlp[hidden=[4]]'], /mlp is a model[\s\S]*put a dataset/],
  [
    'a target column twice',
    ['run', '--problem', 'csv[path=text.csv,task=regression,target=[price,price]]+mlp'],
    /column 'price' is listed as a target twice/,
  ],
  ['a merge of one twice', ['merge', 'empty', './empty', '--out', 'all'], /\.\/empty is given twice/],
  [
    'a directory where the report goes',
    ['run', '--problem', 'boston', '--out', 'occupied'],
    /cannot write .*report\.json[\s\S]*a directory/,
  ],
  ['a merge of nothing', ['merge', 'empty', '--out', 'text.csv'], /there are no records in empty/],
  ['a report that is not there', ['report', 'nowhere'], /there is no report in nowhere/],
  ['more than one step to export', ['export', '--problem', 'boston', '--out', 'a.onnx'], /4 steps are meant/],
  ['something unknown to list', ['list', 'optimisers'], /'optimisers' to list; did you mean 'optimizers'\?/],
];

describe.concurrent('wrong input', () => {
  it.each(CASES)('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await bench(args, directory.path);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
  });
});

it('leaves nothing behind', async () => {
  expect((await readdir(directory.path, { recursive: true })).sort()).toEqual(before);
});
