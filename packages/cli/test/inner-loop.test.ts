// An optimizer from outside with an inner loop gets the tables, timings and report sections of the built-in ones.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory, writeModule } from '../../harness/test/fixtures.js';
import { benchHere } from './bench.js';

const directory = temporaryDirectory();
const TINY = ['--problem', 'sine10', '--threads', '1', '--plugin', 'damped', '--json'];

/** Gradient steps of decreasing length: `inner` of them, fewer while `patient` is false. */
const CODE = `
import { add, less, scalar, tree, vector, whileLoop } from '@gaussmark/autodiff';
export default {
  create: ({ inner, patient }) => ({
    init: () => [],
    step(problem, params) {
      const { loss, grad } = problem.valueAndGrad(params);
      const turns = patient ? inner : 1;
      const { at, k } = whileLoop(
        ({ k }) => less(k, turns),
        ({ k, at }) => ({ k: add(k, 1), at: vector.sub(at, vector.scale(0.01, grad)) }),
        { k: scalar(0, 'int32'), at: params },
        { name: 'solver' },
      );
      return { params: at, state: [], metrics: { ridge: loss, why: less(k, 2) } };
    },
  }),
};
`;

beforeAll(async () => {
  await writeModule(directory.path, 'optimizer', 'damped', CODE, {
    hyperparameters: {
      type: 'object',
      properties: {
        inner: { type: 'integer', minimum: 1, default: 4, description: 'Most turns.' },
        patient: { type: 'boolean', default: false, description: 'Whether all turns are taken.' },
      },
    },
    innerLoop: {
      name: 'solver',
      iteration: { one: 'solver turn', many: 'solver turns' },
      budget: 'inner',
      exact: { patient: true },
      stops: { metric: 'why', reasons: ['budget', 'early'] },
      metrics: { ridge: 'ridge term' },
    },
  });
});

describe('an inner loop named `solver`', () => {
  it('is recorded and reported like any other', async () => {
    const optimizers = ['--optimizer', 'damped[patient=true]', '--optimizer', 'damped', '--optimizer', 'sgd'];
    const { code, stdout } = await benchHere(
      ['run', ...TINY, ...optimizers, '--epochs', '1', '--seeds', '1', '--out', 'out'],
      directory.path,
    );
    expect(code).toBe(0);
    const { runs, baseline } = JSON.parse(stdout) as Report;
    expect(baseline).toBe('sgd');
    const steps = runs[0]!.steps.count;
    expect(runs.map(({ innerLoop }) => innerLoop)).toMatchObject([
      { name: 'solver', iterations: 4, iterationsTotal: 4 * steps, stops: { budget: steps } },
      { name: 'solver', iterations: 1, iterationsTotal: steps, stops: { early: steps } },
      undefined!,
    ]);
    expect(runs[0]!.innerLoop!.secondsPerIteration).toBeGreaterThan(0);

    const markdown = await readFile(path.join(directory.path, 'out', 'leaderboard.md'), 'utf8');
    const [, titles] = /^## Inner loops\n\n.*\n\n\|(.*)\|$/m.exec(markdown)!;
    expect(titles!.split('|').map((title) => title.trim())).toEqual([
      ...['optimizer', 'inner/step', 'solver turn', 'step', 'share of step %', 'all used %', 'ridge term'],
    ]);
    expect(/^\| # .*× sgd \| inner\/step \|/m.test(markdown)).toBe(true);
  });

  it('is timed by bench steps with exactly the turns asked for', async () => {
    const optimizers = ['--optimizer', 'sgd', '--optimizer', 'damped'];
    const { code, stdout } = await benchHere(
      ['steps', ...TINY, ...optimizers, '--inner', '2,5', '--rounds', '2', '--out', 'steps'],
      directory.path,
    );
    expect(code).toBe(0);
    const { costs, lines } = (JSON.parse(stdout) as Report).timing![0]!;
    expect(costs.map(({ name, kind }) => [name, kind])).toEqual([
      ...['forward', 'gradient'].map((part) => [part, part]),
      ['GGN product', 'ggnProduct'],
      ['solver turn', 'innerIteration'],
      ...['sgd step', 'damped(2) step', 'damped(5) step'].map((name) => [name, 'step']),
    ]);
    expect(lines).toMatchObject([
      { optimizer: 'damped', baseline: 'sgd', iteration: { many: 'solver turns' } },
    ]);
  });
});
