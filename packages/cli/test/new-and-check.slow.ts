// bench new and bench check: models and datasets, and plugins that hang, exit or miss a golden trajectory.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PluginReport } from '@gaussmark/plugin-conformance';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory, writeOptimizer } from '../../harness/test/fixtures.js';
import { benchHere } from './bench.js';

const directory = temporaryDirectory();

async function check(...args: readonly string[]) {
  const { code, stdout, stderr } = await benchHere(['check', ...args, '--json', '--quiet'], directory.path);
  const { plugins = [] } = (stdout === '' ? {} : JSON.parse(stdout)) as { plugins?: readonly PluginReport[] };
  const findings = Object.fromEntries(
    plugins.flatMap((report) => report.findings.map((finding) => [finding.check, finding] as const)),
  );
  return { code, stderr, findings };
}

const failed = (findings: Awaited<ReturnType<typeof check>>['findings']) =>
  Object.values(findings)
    .filter(({ status }) => status === 'fail')
    .map((finding) => finding.check);

describe('a new plugin conforms as it is', () => {
  it.each([
    ['model', 'test.js', ['--js']],
    ['dataset', 'test.ts', []],
  ])('%s', async (kind, test, options) => {
    const made = await benchHere(['new', kind, 'first-try', ...options], directory.path);
    expect([made.code, made.stderr]).toEqual([0, '']);
    const { code, findings } = await check(`${kind}-first-try`);
    expect([code, failed(findings)]).toEqual([0, []]);
    expect(findings[test]).toMatchObject({ status: 'pass', found: '1 passed' });
    expect(findings.hyperparameters!.status).toBe('pass');
  });

  it('until its mathematics changes: its own test and the golden trajectory show it', async () => {
    const folder = path.join(directory.path, 'wrong');
    await benchHere(['new', 'optimizer', 'wrong', '--js', '--dir', folder], directory.path);
    const index = path.join(folder, 'index.js');
    const golden = JSON.stringify(momentumTrajectory());
    await mkdir(path.join(folder, 'golden'), { recursive: true });
    await writeFile(path.join(folder, 'golden', 'plain.json'), golden);
    expect((await check(folder)).findings['golden/plain.json']).toMatchObject({ status: 'pass' });

    const source = await readFile(index, 'utf8');
    await writeFile(
      index,
      source.replace('addScaled(grad, momentum, velocity)', 'addScaled(grad, 0.99 * momentum, velocity)'),
    );
    const { code, findings } = await check(folder);
    expect([code, failed(findings)]).toEqual([1, ['golden/plain.json', 'test.js']]);
    expect(findings['golden/plain.json']!.found).toMatch(/^differs from plain JavaScript at step 2 of 4/);
    expect(findings['test.js']!.found).toMatch(/^1 of 1 failed: .*expected/);
  });
});

/** Four steps of momentum on y = x W + b with one input and output, in plain JavaScript. */
function momentumTrajectory() {
  const [learningRate, momentum] = [0.05, 0.9];
  const [xs, ys] = [
    [1, 2, -1],
    [0.5, 2, 1],
  ];
  let [w, b, vw, vb] = [0.3, -0.2, 0, 0];
  const layers = () => [{ weight: [[w]], bias: [b] }];
  const start = layers();
  const steps = Array.from({ length: 4 }, () => {
    const errors = xs!.map((x, i) => x * w + b - ys![i]!);
    vw = momentum * vw + (2 / 3) * errors.reduce((sum, e, i) => sum + e * xs![i]!, 0);
    vb = momentum * vb + (2 / 3) * errors.reduce((sum, e) => sum + e, 0);
    [w, b] = [w - learningRate * vw, b - learningRate * vb];
    return { layers: layers() };
  });
  return {
    format: 'gaussmark-golden-1',
    source: 'plain JavaScript',
    hyperparameters: { learningRate, momentum },
    layers: start,
    batches: [{ inputs: xs!.map((x) => [x]), targets: ys!.map((y) => [y]) }],
    steps,
  };
}

describe('a check that ends its process fails', () => {
  const hostile = (name: string, where: string, what: string) =>
    writeOptimizer(
      directory.path,
      name,
      `() => ({
  init: () => ({}),
  step(problem, params, state) {
    const { outputs, grad } = problem.linearize(params);
    if (${where}) ${what};
    return { params: vector.addScaled(params, -0.01, grad), state, metrics: {} };
  },
})`,
    );

  it('by process.exit on one example, and the others go on', async () => {
    const exits = await check(await hostile('exits', 'outputs.shape[0] === 1', 'process.exit(0)'));
    expect([exits.code, failed(exits.findings)]).toEqual([1, ['batch of one']]);
    expect(exits.findings['batch of one']!.found).toMatch(/exit code 0/);
    expect(exits.findings.determinism!.status).toBe('pass');
  });

  it('by an endless loop, with its line, and the others are not tried', async () => {
    const folder = await hostile('hangs', 'outputs.shape[0] === 1', 'for (;;);');
    const hangs = await check(folder, '--timeout', '5s');
    expect([hangs.code, failed(hangs.findings)]).toEqual([1, ['batch of one']]);
    expect(hangs.findings['batch of one']!.found).toMatch(/hangs[\\/]index\.js:\d+/);
    expect(hangs.findings.determinism).toBeUndefined();
  });
});

it('doctor runs the suite of a plugin given by path', async () => {
  const { stdout } = await benchHere(['doctor', '--plugin', 'model-first-try', '--json'], directory.path);
  const { checks } = JSON.parse(stdout) as { checks: readonly { name: string; status: string }[] };
  expect(checks).toContainEqual(expect.objectContaining({ name: 'model first-try conforms', status: 'ok' }));
});
