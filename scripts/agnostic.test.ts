// Nothing outside its own package knows an optimizer: what the others need of it, its manifest declares.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PACKAGES = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../packages');

/** Names of the optimizers in this repository, from their manifests. */
const NAMES = readdirSync(PACKAGES)
  .filter((name) => name.startsWith('optimizer-'))
  .flatMap((name) => {
    const { gaussmark } = JSON.parse(readFileSync(path.join(PACKAGES, name, 'package.json'), 'utf8'));
    return gaussmark.manifests.map(
      (file: string) => JSON.parse(readFileSync(path.join(PACKAGES, name, file), 'utf8')).name as string,
    );
  });

/** Hyperparameters and loops of the first two, SGN and SGD. */
const WORDS =
  /\bcg\b|\bcg(?=[A-Z_])|cg(?:Iteration|Tolerance)|warmup(?:Steps|Cg)|\bdamping\b|second.?order|conjugate.?gradient/i;

const NAME = new RegExp(`\\b(?:${NAMES.join('|')})\\b`, 'i');

/** Source files that may use these words, and why. */
const ALLOWED: Readonly<Record<string, string>> = {
  'analysis/src/schema/version-1.ts': 'reads documents whose keys named conjugate gradients',
  'cli/src/export-command.ts': 'examples in help texts',
  'cli/src/run-command.ts': 'examples in help texts',
  'cli/src/steps-command.ts': 'examples in help texts, and --cg, the former name of --inner',
  'cli/src/trace-command.ts': 'examples in help texts',
  'cli/src/tune-command.ts': 'examples in help texts',
  'engine-conformance/src/cases/control-flow.ts':
    'conjugate gradients are a loop that engines are checked with',
  'grid/src/processors.ts': "reads control groups, in Linux's files named cgroup",
};

const sources = readdirSync(PACKAGES)
  .filter((name) => name !== 'optim' && !name.startsWith('optimizer-'))
  .flatMap((name) =>
    readdirSync(path.join(PACKAGES, name, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.posix.join(name, 'src', file.replaceAll(path.sep, '/'))),
  );

/** Lines of code that use the words; comments may name optimizers as examples. */
const known = (file: string): string[] =>
  readFileSync(path.join(PACKAGES, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '')
    .split('\n')
    .filter((line) => WORDS.test(line) || NAME.test(line));

it('knows no optimizer, but for the exceptions', () => {
  const knowing = sources.filter((file) => known(file).length > 0);
  const lines = knowing.filter((file) => !(file in ALLOWED)).flatMap((file) => [file, ...known(file)]);
  expect(lines).toEqual([]);
  expect(knowing.sort()).toEqual(Object.keys(ALLOWED).sort());
});

it('leaves ONNX to its engine', () => {
  const knowing = readdirSync(PACKAGES).filter((name) =>
    readFileSync(path.join(PACKAGES, name, 'package.json'), 'utf8').includes('"onnx-buf"'),
  );
  expect(knowing).toEqual(['engine-onnxruntime']);
});
