// `pnpm bench:contestants`: writes the tables of docs/optimizers.md.
//
//   pnpm bench:contestants [seconds=20] [batch=100] [problems=boston,sine10,...] [optimizers=adamw,sgd,...]
//   pnpm bench:contestants problems=      the proofs alone
//
// What every optimizer is compared with and how far it is from it; what a step costs, in gradients timed in the same rounds; and how
// many numbers its state has, in those of the parameters. Times need a machine with nothing else to do: seconds is per problem.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../../scripts/build.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = path.join(ROOT, 'docs', 'optimizers.md');
const PROBLEMS = 'boston,sine10,sine100,mnist,fashion,cifar10';
/** Iterations of an inner loop. The last is what the table is about; the first is for systems that are solved before. */
const INNER = [3, 10];
/** Optimizers with dearer steps are not timed with the problems' own mini-batches. */
const MOST_GRADIENTS = 30;

const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('=')));
const seconds = options.seconds ?? '20';
const batch = options.batch ?? '100';
const problems = (options.problems ?? PROBLEMS).split(',').filter(Boolean);

build();

/** What a command prints as JSON; undefined if it ends with another exit code. */
function json(program, args, codes = [0]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
  });
  if (codes.includes(status)) return JSON.parse(stdout);
  process.stderr.write(stderr);
  return undefined;
}
const bench = (codes, ...args) => json(path.join(ROOT, 'scripts', 'bench.mjs'), args, codes);

function measuredOracles() {
  const vitest = path.join(
    path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
    'vitest.mjs',
  );
  const config = path.join(ROOT, 'bench', 'contestants', 'vitest.config.ts');
  const report = json(vitest, ['run', '--config', config, '--reporter=json']);
  if (report === undefined) throw new Error('an oracle is not met');
  return report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ meta }) => meta.oracle),
  );
}

/**
 * Gradients that a step costs, by optimizer; absent where it does not run. An optimizer that ends the process, for lack of memory
 * for instance, is found by halving.
 */
function costsOn(problem, optimizers, batchSize) {
  const args = [
    'steps',
    '--problem',
    problem,
    '--seconds',
    seconds,
    '--inner',
    INNER.join(),
    '--json',
    '--quiet',
  ];
  if (batchSize !== undefined) args.push('--batch-size', batchSize);
  // Exit code 1: some could not be timed, which the report says.
  const report = bench([0, 1], ...args, ...optimizers.flatMap((name) => ['--optimizer', name]));
  for (const { optimizer, reason } of report?.skipped ?? [])
    process.stderr.write(`${problem}, ${optimizer}: ${reason}\n`);
  if ((report?.timing.length ?? 0) === 0) {
    if (optimizers.length === 1) return new Map();
    const half = optimizers.length >> 1;
    const parts = [optimizers.slice(0, half), optimizers.slice(half)];
    return new Map(parts.flatMap((part) => [...costsOn(problem, part, batchSize)]));
  }
  const steps = report.timing[0].costs.filter(({ kind }) => kind === 'step');
  return new Map(
    steps.map(({ optimizer, gradients, innerIterations }) => [
      optimizer,
      { gradients: gradients.value, innerIterations },
    ]),
  );
}

/** Numbers in the state, over those of the parameters. */
function stateOf(optimizer) {
  const traced = bench([0], 'trace', '--problem', 'mnist', '--optimizer', optimizer, '--json');
  if (traced === undefined) return null;
  const count = (prefix) =>
    [...traced.text.matchAll(new RegExp(`^  ${prefix}\\S*: \\w+\\[([\\d,]*)\\]`, 'gm'))]
      .map(([, shape]) => shape.split(',').reduce((size, length) => size * Number(length || 1), 1))
      .reduce((sum, size) => sum + size, 0);
  return count('state\\.') / count('params\\.');
}

const table = (words, header, rows) =>
  [header, header.map((_, i) => (i < words ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
const short = (value) => (value === null ? '–' : Number(value.toPrecision(2)).toString());
const power = (value) => (value === 0 ? '0' : value.toExponential(0));

const oracles = measuredOracles();
const listed = bench([0], 'list', '--json').plugins.optimizer;
const names = options.optimizers?.split(',') ?? listed.map(({ name }) => name).sort();
const small = problems.map((problem) => costsOn(problem, names, batch));
// Where a step solves a system as large as the mini-batch, a mini-batch of the problem's own size takes too long.
const light = names.filter((name) => small.every((costs) => !(costs.get(name)?.gradients > MOST_GRADIENTS)));
const own = problems.map((problem) => costsOn(problem, light, undefined));

const within = (text, name, content) => {
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  if (!text.includes(start) || !text.includes(end)) throw new Error(`${PAGE} has no part '${name}'`);
  return `${text.slice(0, text.indexOf(start))}${start}\n\n${content}\n\n${text.slice(text.indexOf(end))}`;
};
const proofs = table(
  3,
  ['optimizer', 'compared with', 'what', 'tolerance', 'worst deviation'],
  oracles
    .sort((a, b) => (a.optimizer < b.optimizer ? -1 : 1))
    .map(({ optimizer, reference, name, tolerance, worst }) => [
      `\`${optimizer}\``,
      reference.replaceAll('|', '\\|'),
      name.replaceAll('|', '\\|'),
      power(tolerance),
      power(worst),
    ]),
);
const priceOf = (cost) => {
  if (cost === undefined) return short(null);
  const { gradients, innerIterations } = cost;
  const fewer = innerIterations !== undefined && innerIterations !== INNER.at(-1);
  return `${short(gradients)}${fewer ? ` (${innerIterations})` : ''}`;
};
const pricesOf = (rows, columns, more = []) =>
  table(
    1,
    ['optimizer', ...problems, ...more.map(([header]) => header)],
    rows.map((name) => [
      `\`${name}\``,
      ...columns.map((costs) => priceOf(costs.get(name))),
      ...more.map(([, of]) => short(of(name))),
    ]),
  );
const parts = {
  proofs,
  // Without problems, the published times stay.
  ...(problems.length === 0
    ? {}
    : { prices: pricesOf(names, small, [['state', stateOf]]), 'own batches': pricesOf(light, own) }),
};
const page = Object.entries(parts).reduce(
  (text, [name, part]) => within(text, name, part),
  readFileSync(PAGE, 'utf8'),
);
writeFileSync(PAGE, page);
process.stdout.write(`${Object.values(parts).join('\n\n')}\n\nwritten to docs/optimizers.md\n`);
