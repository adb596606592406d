// `pnpm bench:contestants`: writes the tables of docs/optimizers.md.
//
//   pnpm bench:contestants [seconds=20] [problems=boston,sine10,...] [optimizers=adamw,sgd,...]
//   pnpm bench:contestants problems=      without times
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

const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split('=')));
const seconds = options.seconds ?? '20';
const problems = (options.problems ?? PROBLEMS).split(',').filter(Boolean);

build();

/** What a command prints as JSON; undefined if it fails. */
function json(program, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
  });
  if (status !== 0) process.stderr.write(stderr);
  return status === 0 ? JSON.parse(stdout) : undefined;
}
const bench = (...args) => json(path.join(ROOT, 'scripts', 'bench.mjs'), args);

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

/** Gradients that a step costs, by optimizer: null where it does not run. */
function costsOn(problem, optimizers) {
  const timed = (names) =>
    bench(
      ...['steps', '--problem', problem, '--seconds', seconds, '--json', '--quiet'],
      ...names.flatMap((name) => ['--optimizer', name]),
    );
  const costOf = (suite, name) => {
    const steps = suite.costs.filter(
      (cost) =>
        cost.name === `${name} step` || (cost.name.startsWith(`${name}(`) && cost.name.endsWith(' step')),
    );
    // With an inner loop, at its largest measured number of iterations.
    return steps.at(-1)?.gradients.value ?? null;
  };
  const together = timed(optimizers);
  if (together !== undefined)
    return new Map(optimizers.map((name) => [name, costOf(together.timing[0], name)]));
  return new Map(
    optimizers.map((name) => {
      const alone = timed([name]);
      return [name, alone === undefined ? null : costOf(alone.timing[0], name)];
    }),
  );
}

/** Numbers in the state, over those of the parameters. */
function stateOf(optimizer) {
  const traced = bench('trace', '--problem', 'mnist', '--optimizer', optimizer, '--json');
  if (traced === undefined) return null;
  const count = (prefix) =>
    [...traced.text.matchAll(new RegExp(`^  ${prefix}\\S*: \\w+\\[([\\d,]*)\\]`, 'gm'))]
      .map(([, shape]) => shape.split(',').reduce((size, length) => size * Number(length || 1), 1))
      .reduce((sum, size) => sum + size, 0);
  return count('state\\.') / count('params\\.');
}

const table = (words, header, rows) =>
  [header, header.map((_, i) => (i < words ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
const short = (value) => (value === null ? '–' : Number(value.toPrecision(2)).toString());
const power = (value) => (value === 0 ? '0' : value.toExponential(0));

const oracles = measuredOracles();
const listed = bench('list', '--json').plugins.optimizer;
const names = options.optimizers?.split(',') ?? listed.map(({ name }) => name).sort();
const costs = problems.map((problem) => costsOn(problem, names));

const page = readFileSync(PAGE, 'utf8');
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
      reference,
      name,
      power(tolerance),
      power(worst),
    ]),
);
const prices = table(
  1,
  ['optimizer', ...problems, 'state'],
  names.map((name) => [
    `\`${name}\``,
    ...costs.map((byName) => short(byName.get(name) ?? null)),
    short(stateOf(name)),
  ]),
);
writeFileSync(PAGE, within(within(page, 'proofs', proofs), 'prices', prices));
process.stdout.write(`${proofs}\n\n${prices}\n\nwritten to docs/optimizers.md\n`);
