// `bench steps` through the command line, in few rounds; timings are not asserted.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Report, reportIssues, type TimingSuite } from '@gaussmark/analysis';
import pc from 'picocolors';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory, writeOptimizer } from '../../harness/test/fixtures.js';
import { renderTiming, summaryOf } from '../src/steps-view.js';
import { benchHere, type Finished } from './bench.js';

const directory = temporaryDirectory();
const SMALL = ['steps', '--problem', 'sine10', '--threads', '1', '--rounds', '2'];

describe('bench steps', () => {
  let finished: Finished;
  let report: Report;
  let suite: TimingSuite;
  beforeAll(async () => {
    finished = await benchHere([...SMALL, '--inner', '3,1', '--json', '--out', 'out'], directory.path);
    report = JSON.parse(finished.stdout) as Report;
    suite = report.timing![0]!;
  }, 120_000);

  it('prints exactly the report file on stdout', async () => {
    expect(finished.code).toBe(0);
    expect(reportIssues(report)).toEqual([]);
    expect(await readFile(path.join(directory.path, 'out', 'report.json'), 'utf8')).toBe(finished.stdout);
    expect(finished.stderr).toMatch(/^1\/1 sine10: 2 rounds /m);
    expect(report.runs).toEqual([]);
  });

  it('times the parts and the steps of one problem', () => {
    expect(suite).toMatchObject({ problem: 'sine10', dtype: 'float64', batchSize: 1000, rounds: 2 });
    expect(suite.engineInfo).toMatchObject({ engine: 'onnxruntime', threads: 1 });
    expect(suite.costs.map(({ name }) => name)).toEqual([
      ...['forward', 'gradient', 'GGN product', 'CG iteration', 'sgd step', 'sgn(3) step', 'sgn(1) step'],
    ]);
    expect(suite.costs.find(({ name }) => name === 'gradient')!.gradients).toEqual({
      value: 1,
      low: 1,
      high: 1,
    });
    for (const { kind, seconds } of suite.costs) {
      if (kind === 'step' || kind === 'forward' || kind === 'gradient')
        expect(seconds.value).toBeGreaterThan(0);
    }
  });

  it('counts operations in the programs', () => {
    const flops = (name: string) => suite.costs.find((cost) => cost.name === name)!.flops;
    // 1-20-20-20-1, batches of 1000: 840 products a pass, each a multiplication and an addition; sigmoids and losses besides.
    expect(flops('forward')).toBeGreaterThan(1000 * 2 * 840);
    expect(flops('forward')).toBeLessThan(1.2 * 1000 * 2 * 840);
    expect(flops('gradient') / flops('forward')).toBeGreaterThan(2.5);
    // Two steps that differ by two CG iterations, and by the forward passes of their line searches.
    const searches = (name: string) => suite.costs.find((cost) => cost.name === name)!.lineSearchSteps!;
    const difference = flops('sgn(3) step') - flops('sgn(1) step');
    const passes = searches('sgn(3) step') - searches('sgn(1) step');
    expect(Math.abs(difference - 2 * flops('CG iteration') - passes * flops('forward'))).toBeLessThan(
      0.02 * difference,
    );
  });

  it('measures the peak, and adds the published line', () => {
    expect(suite.peak.products.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['512x512x512', '1024x1024x1024', '1000x20x20']),
    );
    const [line] = suite.lines;
    expect(line!.points.map(({ innerIterations }) => innerIterations)).toEqual([1, 3]);
    expect(line!.published!.points.map(({ innerIterations }) => innerIterations)).toEqual([2, 3]);
  });

  it('writes a page and a table of it', async () => {
    const read = (file: string) => readFile(path.join(directory.path, 'out', file), 'utf8');
    expect(await read('index.html')).toContain('"timing":[{"problem":"sine10"');
    expect(await read('leaderboard.md')).toMatch(/\| `?CG iteration`? +\|/);
  });

  it.each([200, 100, 80, 60])('fits the table into %i columns', (columns) => {
    const lines = renderTiming(suite, { columns, colors: pc.createColors(false) }).split('\n');
    const table = lines.slice(1, suite.costs.length + 2);
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(table[0]).toMatch(/part +time +gradients/);
    expect(/\[[\d.]+ \S+, /.test(table.join('\n'))).toBe(columns === 200);
    expect(table.join('\n').includes('GFLOP/s')).toBe(columns >= 80);
  });
});

describe('the summary of several suites', () => {
  const cost = (kind: 'gradient' | 'innerIteration', gradients: number, flops: number) =>
    ({ kind, gradients: { value: gradients, low: null, high: null }, flops }) as TimingSuite['costs'][number];
  const suite = (iteration: number, slope: number) =>
    ({
      costs: [cost('gradient', 1, 100), cost('innerIteration', iteration, 125)],
      lines: [
        {
          iteration: { one: 'CG iteration', many: 'CG iterations' },
          slope: { value: slope, low: null, high: null },
        },
      ],
    }) as unknown as TimingSuite;

  it('has geometric means', () => {
    expect(summaryOf([suite(0.5, 0.4), suite(2, 0.9)])).toBe(
      'Geometric means over all of these: each CG iteration costs 1.00 gradients, its time is 0.800 times the cost ' +
        'of its operations, the slope b of the line is 0.600 baseline steps.',
    );
  });

  it('is absent for one suite, and omits ratios that noise made negative', () => {
    expect(summaryOf([suite(1, 1)])).toBeUndefined();
    expect(summaryOf([suite(-1, 1), suite(1, 1)])).toBe(
      'Geometric means over all of these: the slope b of the line is 1.00 baseline steps.',
    );
  });
});

describe('bench steps rejects', () => {
  it.each([
    [['--optimizer', 'sgn[cgIterations=3]'], /cgIterations[\s\S]*--inner 3/],
    [['--inner', '1,two'], /--inner.*'1,two'/],
    [['--cg', '99999'], /cgIterations/],
    [['--clock', 'cpu', '--threads', '2'], /--clock cpu[\s\S]*\b2\b[\s\S]*--threads 1/],
    [['--rounds', '2', '--seconds', '3'], /--rounds.*--seconds/],
    [['--problem', 'sine11'], /'sine11'.*'sine10'/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await benchHere(
      ['steps', '--problem', 'sine10', ...args],
      directory.path,
    );
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('fails with the reason for each problem whose step throws', async () => {
    const create = `() => ({ init: () => ({}), step() { throw new Error('no such luck'); } })`;
    const plugin = await writeOptimizer(directory.path, 'luckless', create);
    const args = ['--optimizer', 'luckless', '--plugin', plugin, '--problem', 'boston', '--out', 'failed'];
    const { code, stderr } = await benchHere([...SMALL, ...args, '--quiet'], directory.path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/sine10: .*no such luck/);
    expect(stderr).toMatch(/boston: .*no such luck/);
  });
});

it('leaves out a step that throws, and averages one that branches on its number', async () => {
  const luckless = await writeOptimizer(
    directory.path,
    'luckless',
    `() => ({ init: () => ({}), step() { throw new Error('no such luck'); } })`,
  );
  // A second gradient in every fifth step.
  const refreshing = await writeOptimizer(
    directory.path,
    'refreshing',
    `() => ({
      init: () => ({}),
      step(problem, params, state, { step }) {
        const { grad } = problem.valueAndGrad(params);
        const down = (by) => vector.sub(params, vector.scale(0.01, by));
        const due = equal(step, mul(div(step, 5), 5));
        const next = cond(due, () => down(problem.valueAndGrad(down(grad)).grad), () => down(grad));
        return { params: next, state, metrics: {} };
      },
    })`,
    `import { cond, div, equal, mul } from '@gaussmark/autodiff';`,
  );
  const selected = ['sgd', 'luckless', 'refreshing'].flatMap((name) => ['--optimizer', name]);
  const plugins = [luckless, refreshing].flatMap((plugin) => ['--plugin', plugin]);
  const { code, stdout } = await benchHere(
    [...SMALL, ...selected, ...plugins, '--json', '--quiet'],
    directory.path,
  );
  expect(code).toBe(1);
  const { timing, skipped } = JSON.parse(stdout) as Report;
  expect(skipped).toMatchObject([{ problem: 'sine10', optimizer: 'luckless' }]);
  const steps = timing![0]!.costs.filter(({ kind }) => kind === 'step');
  expect(steps.map(({ optimizer }) => optimizer)).toEqual(['sgd', 'refreshing']);
  expect(steps[1]!.flops / steps[0]!.flops).toBeCloseTo(1.2, 2);
});
