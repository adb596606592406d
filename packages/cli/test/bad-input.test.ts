// Wrong input through the command line: exit code 2, an error that names it, nothing on stdout, nothing written.

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../harness/test/fixtures.js';
import { benchHere } from './bench.js';

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

/** Each error must quote the names, values and options involved. */
const CASES: readonly (readonly [what: string, args: readonly string[], quoted: RegExp])[] = [
  ['an unknown optimizer', ['run', '--optimizer', 'sgm'], /optimizer 'sgm'.*'sgn'/],
  ['an unknown model', ['run', '--problem', 'mnist[model=mpl]'], /model 'mpl'.*'mlp'/],
  ['an unknown dataset', ['run', '--problem', 'minst+mlp'], /dataset 'minst'.*'mnist'/],
  ['an unknown problem', ['run', '--problem', 'bosten'], /problem 'bosten'.*'boston'/],
  ['an unknown profile', ['--profile', 'smok'], /profile 'smok'.*'smoke'/],
  ['an unknown engine', ['run', '--engine', 'onnxruntme'], /engine 'onnxruntme'.*'onnxruntime'/],
  ['an unknown option', ['run', '--epoch', '3'], /'--epoch'\n.*--epochs/],
  ['an unknown option without a command', ['--optimiser', 'sgd'], /'--optimiser'\n.*--optimizer/],
  ['an unknown command', ['rnu'], /'rnu'.*'run'/],
  ['a stray word', ['run', 'mnist'], /too many arguments/],
  [
    'an unknown hyperparameter',
    ['run', '--optimizer', 'sgn[cgIteration=3]'],
    /'cgIteration'.*'cgIterations'/,
  ],
  [
    'a value out of range',
    ['run', '--optimizer', 'sgn[cgIterations=0]'],
    /optimizer 'sgn'[\s\S]*cgIterations[\s\S]*got: +0/,
  ],
  [
    'a value of the wrong type',
    ['run', '--optimizer', 'sgd[learningRate=fast]'],
    /learningRate[\s\S]*"fast"/,
  ],
  [
    'a value out of range of a model',
    ['run', '--problem', 'boston[model=mlp[hidden=[0]]]'],
    /model 'mlp'[\s\S]*hidden\/0/,
  ],
  ['an unterminated selection', ['run', '--optimizer', 'sgn[cgIterations=3'], /sgn\[cgIterations=3\n +\^/],
  [
    'a malformed manifest',
    ['run', '--plugin', 'malformed', '--optimizer', 'mine'],
    /optimizer 'mine'[\s\S]*properties\/rate\/default/,
  ],
  [
    'a manifest that is not JSON',
    ['run', '--plugin', 'broken-json'],
    /JSON[\s\S]*broken-json\/manifest.json/,
  ],
  ['a missing plugin', ['run', '--plugin', 'nowhere'], /\/nowhere\b/],
  [
    'a missing data file',
    ['run', '--problem', 'mnist[dataset=mnist[directory=empty]]'],
    /dataset 'mnist'[\s\S]*train-images-idx3-ubyte[\s\S]*to fix/,
  ],
  [
    'a corrupt data file',
    ['run', '--problem', 'mnist[dataset=mnist[directory=corrupt]]'],
    /expected: +sha256 ba891046e65[\s\S]*got: +sha256 /,
  ],
  ['text in a numeric column', csv('text.csv'), /text.csv.*line 3.*'rooms'[\s\S]*large/],
  ['a missing cell in a numeric column', csv('gap.csv'), /gap.csv.*line 3.*'rooms'/],
  ['a missing CSV file', csv('none.csv'), /none.csv/],
  ['zero epochs', ['run', '--epochs', '0'], /--epochs.*'0'/],
  ['a repeated seed', ['run', '--seeds', '1,1'], /seeds '1,1'/],
  ['an unknown dtype', ['run', '--dtype', 'float16'], /--dtype[\s\S]*float32, float64/],
  ['an unwritable directory', ['run', '--problem', 'boston', '--out', 'text.csv/out'], /text.csv\/out/],
  ['a status that cannot be retried', ['run', '--retry', 'done'], /'done'[\s\S]*diverged/],
  ['a retry with --fresh', ['run', '--retry', 'failed', '--fresh'], /--retry.*--fresh/],
  ['a shard out of range', ['run', '--shard', '3/2'], /'3\/2'/],
  ['a malformed duration', ['run', '--timeout', 'soon'], /--timeout.*'soon'/],
  ['an amount of memory without a unit', ['run', '--memory', '500'], /--memory.*'500'/],
  ['an unknown target', ['run', '--target', 'testLos=1'], /'testLos'.*'testLoss'/],
  [
    'a target that the task does not measure',
    ['run', '--problem', 'boston', '--target', 'testAccuracy=0.9'],
    /'boston'.*testAccuracy/,
  ],
  [
    '--stop-at-target without a target',
    ['run', '--problem', 'sine100', '--stop-at-target'],
    /--stop-at-target/,
  ],
  [
    'a dataset without a model',
    ['run', '--problem', 'csv[path=houses.csv,task=regression,target=price]'],
    /\bcsv\b[\s\S]*to fix:.*\+mlp/,
  ],
  ['a model without data', ['run', '--problem', 'mlp[hidden=[4]]'], /\bmlp\b[\s\S]*dataset/],
  [
    'a repeated target column',
    ['run', '--problem', 'csv[path=text.csv,task=regression,target=[price,price]]+mlp'],
    /'price'.*twice/,
  ],
  ['a merge of a directory with itself', ['merge', 'empty', './empty', '--out', 'all'], /\.\/empty/],
  [
    'a directory in place of a report file',
    ['run', '--problem', 'boston', '--out', 'occupied'],
    /report\.json[\s\S]*directory/,
  ],
  ['a merge without records', ['merge', 'empty', '--out', 'text.csv'], /\bempty\b[\s\S]*bench report/],
  ['a missing report', ['report', 'nowhere'], /\bnowhere\b/],
  ['several steps to export', ['export', '--problem', 'boston', '--out', 'a.onnx'], /\b4 steps\b/],
  ['an unknown topic', ['list', 'optimisers'], /'optimisers'.*'optimizers'/],
];

describe.concurrent('wrong input', () => {
  it.each(CASES)('%s', async (_, args, quoted) => {
    const { code, stdout, stderr } = await benchHere(args, directory.path);
    expect(stderr).toMatch(quoted);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
  });
});

it('leaves nothing behind', async () => {
  expect((await readdir(directory.path, { recursive: true })).sort()).toEqual(before);
});
