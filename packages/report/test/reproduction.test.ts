// The comparison with published results, on numbers computed by hand.

import { type Report, reproductions } from '@gaussmark/analysis';
import { defined, type PublishedConfiguration, type PublishedResults } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { type SmallRun, smallReport } from '../../analysis/test/small-report.js';
import { renderMarkdown } from '../src/markdown.js';
import { costSentence, reproductionTally } from '../src/reproduction-table.js';

const published = (
  configurations: readonly Partial<PublishedConfiguration>[],
  batchSize?: number,
): PublishedResults => ({
  name: 'elsewhere',
  title: 'Somebody 2020',
  source: 'A page.',
  problems: [
    {
      problem: 'boston',
      ...defined({ batchSize }),
      configurations: configurations.map((configuration) => ({
        optimizer: 'sgd',
        hyperparameters: { learningRate: 0.1 },
        epochs: 3,
        seeds: 5,
        diverged: 0,
        ...configuration,
      })),
    },
  ],
});

const sgd = (losses: readonly number[], more: Partial<SmallRun> = {}): SmallRun => ({
  label: 'sgd[learningRate=0.1]',
  hyperparameters: { learningRate: 0.1, momentum: 0 },
  losses: losses.map((loss) => [loss, loss + 1]),
  ...more,
});

function compare(runs: readonly SmallRun[], results: PublishedResults) {
  const report: Report = { ...smallReport(runs), published: results };
  return { report, all: reproductions(report), first: reproductions(report)[0]! };
}

describe('the comparison with published results', () => {
  it('identifies a problem file by its definition, unless it was overridden', () => {
    const small = smallReport([sgd([5, 4, 2])]);
    const named = (name: string, more: { readonly definition?: string }): Report => ({
      ...small,
      published: published([{ trainLoss: { first: 5 } }]),
      problems: small.problems.map((problem) => ({ ...problem, name, ...more })),
      runs: small.runs.map((run) => ({ ...run, problem: name })),
    });
    const compared = (report: Report) =>
      reproductions(report).map(({ configurations }) => configurations.length);
    expect(compared(named('./own.json', { definition: 'boston' }))).toEqual([1]);
    expect(compared(named('./own.json[batchSize=9]', {}))).toEqual([]);
  });

  it('compares means and population deviations over seeds at the published end', () => {
    const { first } = compare(
      [sgd([5, 4, 2]), sgd([5, 4, 4], { seed: 2 })],
      published([{ trainLoss: { first: 5.2, final: 3.5, finalDeviation: 0.6 } }]),
    );
    const [row] = first.configurations;
    expect(row).toMatchObject({ seeds: 2, complete: true, sameEnd: true });
    expect(row!.first).toMatchObject({ epoch: 1, here: { mean: 5, deviation: 0 }, agreement: 'differ' });
    expect(row!.first!.difference).toBeCloseTo(5 / 5.2 - 1, 12);
    expect(row!.last).toMatchObject({
      epoch: 3,
      here: { mean: 3, deviation: 1, seeds: 2 },
      published: { mean: 3.5, deviation: 0.6, seeds: 5 },
      agreement: 'agree',
    });
  });

  it.each([
    [3.059, 'agree'], // 2 %
    [3.07, 'differ'],
  ])('tolerates two percent: %d against 3: %s', (loss, agreement) => {
    const { first } = compare([sgd([9, 9, loss])], published([{ trainLoss: { final: 3 } }]));
    expect(first.configurations[0]!.last!.agreement).toBe(agreement);
  });

  it('is near within twice the combined deviation', () => {
    // Here 2 +- 1 (1 and 3), published 4.6 +- 0.9: apart by 2.6 < 2 hypot(1, 0.9) = 2.69.
    const runs = [sgd([9, 9, 1]), sgd([9, 9, 3], { seed: 2 })];
    const near = compare(runs, published([{ trainLoss: { final: 4.6, finalDeviation: 0.9 } }]));
    expect(near.first.configurations[0]!.last!.agreement).toBe('near');
    const apart = compare(runs, published([{ trainLoss: { final: 4.8, finalDeviation: 0.9 } }]));
    expect(apart.first.configurations[0]!.last!.agreement).toBe('differ');
  });

  it('compares a shorter run at the last epoch of the published curve that it reached', () => {
    const { first } = compare(
      [sgd([5, 4])],
      published([
        {
          trainLoss: { curve: [5, 4.01, 3.5], final: 3.5 },
          test: { quantity: 'testLoss', final: 4.5 },
        },
      ]),
    );
    expect(first.configurations[0]).toMatchObject({
      complete: false,
      sameEnd: null,
      last: { epoch: 2, published: { mean: 4.01, deviation: null } },
      test: null,
    });
  });

  it('scales the final deviation for epochs without a published one', () => {
    const results = published([
      { trainLoss: { curve: [5, 10, 3], final: 4, finalDeviation: 0.4 } }, // 10 %
    ]);
    // 10 +- 1 at epoch 2, for which only the mean was published.
    expect(compare([sgd([5, 10.9])], results).first.configurations[0]!.last!.agreement).toBe('agree');
    expect(compare([sgd([5, 11.9])], results).first.configurations[0]!.last!.agreement).toBe('near');
    const apart = compare([sgd([5, 12.1])], results).first.configurations[0]!.last!;
    expect(apart).toMatchObject({ agreement: 'differ', published: { deviation: null } });
  });

  it('compares the same hyperparameters only, and lists missing configurations', () => {
    const other = sgd([1, 1, 1], {
      label: 'sgd[learningRate=0.1,momentum=0.9]',
      hyperparameters: { learningRate: 0.1, momentum: 0.9 },
    });
    const { first } = compare([other], published([{ trainLoss: { final: 1 } }]));
    expect(first.configurations).toEqual([]);
    expect(first.missing).toEqual(['sgd[learningRate=0.1]']);
  });

  it('fills in defaults', () => {
    const { first } = compare([sgd([1, 1, 1], { label: 'sgd' })], published([{ trainLoss: { final: 1 } }]));
    expect(first.configurations[0]).toMatchObject({ name: 'sgd', last: { agreement: 'agree' } });
  });

  it('compares divergence', () => {
    const diverged = sgd([7], { status: 'diverged' });
    expect(compare([diverged], published([{ diverged: 5 }])).first.configurations[0]!.sameEnd).toBe(true);
    const { all } = compare([diverged], published([{ diverged: 0 }]));
    expect(all[0]!.configurations[0]!.sameEnd).toBe(false);
    expect(reproductionTally(all)).toEqual({ agree: 0, near: 0, differ: 1 });
  });

  it('fits the cost of a CG iteration to the same rows on both sides, in steps of the mean baseline', () => {
    const sgn = (n: number, secondsPerStep: number): SmallRun => ({
      label: `sgn[cgIterations=${n}]`,
      hyperparameters: { cgIterations: n },
      innerIterations: n,
      secondsPerStep,
    });
    const cg = (n: number, relativeStep?: number): Partial<PublishedConfiguration> => ({
      optimizer: 'sgn',
      hyperparameters: { cgIterations: n },
      innerIterations: n,
      ...defined({ relativeStep }),
    });
    const { first } = compare(
      [
        sgd([1], { secondsPerStep: 0.002 }),
        sgd([1], { secondsPerStep: 0.006, seed: 2 }),
        sgn(2, 0.012), // 3 steps of 4 ms
        sgn(6, 0.02), // 5 of them
        sgn(9, 1),
      ],
      published([{ relativeStep: 1 }, cg(2, 4), cg(6, 8), cg(9)]),
    );
    expect(first.cost.here!.base).toBeCloseTo(2, 12);
    expect(first.cost.here!.perIteration).toBeCloseTo(0.5, 12);
    expect(first.cost.published!.perIteration).toBeCloseTo(1, 12);
    expect(costSentence(first)!.match(/\d\.\d+/g)).toEqual(['2.00', '0.500', '2.00', '1.00']);
  });

  it('does not compare another batch size', () => {
    const { report, first } = compare([sgd([1])], published([{}], 7));
    expect(first.obstacle).toMatch(/\b7\b/);
    expect(renderMarkdown(report)).toContain(first.obstacle!);
  });

  it('appears in Markdown only with published results', () => {
    const { report } = compare([sgd([5, 4, 3])], published([{ trainLoss: { first: 5, final: 2 } }]));
    const markdown = renderMarkdown(report);
    expect(markdown).toMatch(/^## .*Somebody 2020$/m);
    expect(markdown).toContain('| `sgd[learningRate=0.1]` | 1 / 5 | 0 / 0 | 5.000 / 5.000 | agree | 3\\* |');
    expect(markdown).toContain('differ (+50 %)');
    expect(reproductions(smallReport([sgd([1])]))).toEqual([]);
    expect(renderMarkdown(smallReport([sgd([1])]))).not.toContain('Somebody 2020');
  });
});
