// Injects faults into copies of this built checkout, compares each with the checkout, and tells what was caught.
//
//   node packages/tracking/bench/injected-faults/run.mjs [--out DIR] [--kind slower,none] [--tier hard] [--most N] [--table]
//
// A comparison takes half a minute. Results are appended to DIR/results.jsonl as they come; the same command goes on there.

import { execFile } from 'node:child_process';
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { copyCheckout } from './copy-checkout.mjs';
import { FAULTS } from './faults.mjs';
import { inject } from './inject.mjs';
import { detectionTable } from './table.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: path.join(os.tmpdir(), 'gaussmark-injected-faults') },
    from: { type: 'string', default: path.resolve(HERE, '../../../..') },
    kind: { type: 'string' },
    tier: { type: 'string' },
    most: { type: 'string', default: 'Infinity' },
    table: { type: 'boolean', default: false },
  },
});
const results = path.join(values.out, 'results.jsonl');
const base = path.join(values.out, 'base');

/** Compares a copy with the base; the command line is a user's. */
function compare(copy, measure) {
  const bench = path.join(base, 'packages', 'cli', 'bin', 'bench.js');
  const args = [
    bench,
    'compare',
    base,
    copy,
    ...(measure === undefined
      ? ['--profile', path.join(HERE, 'profile.json'), '--no-coverage']
      : ['--problem', measure.problem, '--optimizer', measure.optimizer, '--steps', '2', '--tier', 'hard']),
    '--json',
    '--quiet',
    ...(values.tier === undefined || measure !== undefined ? [] : ['--tier', values.tier]),
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: values.out, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

async function readResults() {
  const text = await readFile(results, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

async function examine(fault) {
  const copy = path.join(values.out, 'copy');
  await rm(copy, { recursive: true, force: true });
  await copyCheckout(base, copy);
  await inject(fault, copy);
  const start = performance.now();
  const { code, stdout, stderr } = await compare(copy, fault.measure);
  const seconds = (performance.now() - start) / 1000;
  const comparison = stdout === '' ? undefined : JSON.parse(stdout);
  const telling = (comparison?.rows ?? []).filter(({ verdict }) => verdict !== 'same');
  const settings = [...(comparison?.settings ?? []), ...(comparison?.lostCoverage ?? [])];
  const { kind, name } = fault;
  const result = { kind, name, code, seconds, floors: comparison?.floors, settings, rows: telling };
  await appendFile(results, `${JSON.stringify(stdout === '' ? { ...result, stderr } : result)}\n`);
  return result;
}

await mkdir(values.out, { recursive: true });
if (!values.table) {
  const done = new Set((await readResults()).map(({ name }) => name));
  if (done.size === 0) {
    await rm(base, { recursive: true, force: true });
    await copyCheckout(values.from, base);
  }
  const kinds = values.kind?.split(',');
  const open = FAULTS.filter(({ kind, name }) => !done.has(name) && (kinds?.includes(kind) ?? true));
  const chosen = open.slice(0, Number(values.most));
  let spent = 0;
  for (const [index, fault] of chosen.entries()) {
    const left =
      index === 0 ? '' : `, about ${Math.ceil(((spent / index) * (chosen.length - index)) / 60)} min left`;
    process.stderr.write(`${index + 1}/${chosen.length} ${fault.kind}: ${fault.name}${left}\n`);
    const { code, seconds, rows } = await examine(fault);
    spent += seconds;
    const worst = rows.map(({ verdict }) => verdict);
    process.stderr.write(
      `    exit code ${code} in ${seconds.toFixed(0)} s: ${[...new Set(worst)].join(', ') || 'all the same'}\n`,
    );
  }
}
process.stdout.write(detectionTable(await readResults()));
