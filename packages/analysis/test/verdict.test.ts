// Who is ahead: the rule, the quantity held equal, rows that share a table, and headlines for every outcome.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupsOf } from '../src/groups.js';
import { heldEqual } from '../src/held.js';
import { type Leaderboard, leaderboards } from '../src/leaderboard.js';
import type { Report, ReportRun } from '../src/schema/report-schema.js';
import { type Evidence, seedsNeeded, separationOf, separationReason } from '../src/separation.js';
import { badgeOf, endWords, verdictOf } from '../src/verdict.js';
import { type SmallRun, smallReport, smallReports } from './small-report.js';

const seeds = (label: string, finals: readonly number[], rest: Partial<SmallRun> = {}): SmallRun[] =>
  finals.map((final, index) => ({ label, seed: index + 1, losses: [[final, final]], ...rest }));

const boardsOf = (runs: readonly SmallRun[], change: (run: ReportRun) => void = () => {}): Leaderboard[] => {
  const report = smallReport(runs);
  for (const run of report.runs) change(run);
  return leaderboards(report);
};
const boardOf = (...args: Parameters<typeof boardsOf>): Leaderboard => boardsOf(...args)[0]!;

describe('the rule', () => {
  const evidence = (
    pairs: number,
    intervalsApart: boolean,
    adjusted: number | null,
    comparisons = 1,
    effect: number | null = 1,
  ): Evidence => ({ pairs, intervalsApart, effect, adjusted, comparisons });

  it.each([
    ['apart and significant', evidence(8, true, 0.02), 'clear'],
    ['just not significant', evidence(8, true, 0.05), 'leading'],
    ['three seeds, all won', evidence(3, true, 0.25), 'leading'],
    ['significant, intervals touch', evidence(12, false, 0.01), 'leading'],
    ['neither', evidence(8, false, 0.3), 'open'],
    ['two seeds', evidence(2, true, 0.5), 'open'],
    ['one seed', evidence(1, false, 1), 'open'],
    ['nothing to pair', evidence(0, true, null), 'open'],
    ['significant for the other', evidence(20, false, 0.0007, 1, -0.81), 'open'],
    ['intervals apart, significant for the other', evidence(20, true, 0.0007, 1, -0.81), 'open'],
  ] as const)('%s', (_, given, expected) => {
    expect(separationOf(given)).toBe(expected);
  });

  it('never calls a lead clear with too few seeds for p < 0.05', () => {
    for (const comparisons of [1, 2, 3, 4, 6, 10]) {
      for (let pairs = 1; pairs < seedsNeeded(comparisons); pairs++) {
        const least = Math.min(1, comparisons * 2 ** (1 - pairs));
        expect(separationOf(evidence(pairs, true, least, comparisons))).not.toBe('clear');
      }
      const needed = seedsNeeded(comparisons);
      expect(separationOf(evidence(needed, true, comparisons * 2 ** (1 - needed), comparisons))).toBe(
        'clear',
      );
    }
  });

  it('calls no lead that the paired test contradicts', () => {
    // One seed of 20 dominates the means; the second ended lower in all others.
    const sgn = Array.from({ length: 20 }, (_, seed) => 1 + seed / 100);
    const board = boardOf([
      ...seeds('sgn', sgn),
      ...seeds(
        'sgd',
        sgn.map((loss, seed) => (seed === 0 ? 1000 : loss - 0.001)),
      ),
    ]);
    expect(board.rows.map(({ name }) => name)).toEqual(['sgn', 'sgd']);
    expect(board.contest.verdict).toBe('open');
    expect(board.contest.evidence).toMatchObject({ pairs: 20 });
    expect(board.contest.evidence!.adjusted).toBeLessThan(0.001);
    expect(board.contest.evidence!.effect).toBeLessThan(-0.8);
  });

  it('follows the pairs, whatever the losses', () => {
    const losses = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(losses, losses, (first, second) => {
        const { contest } = boardOf([...seeds('sgn', first), ...seeds('sgd', second)]);
        const { evidence, verdict, pairing } = contest;
        if (evidence === null) return;
        expect(verdict).toBe(separationOf(evidence));
        const significant = evidence.adjusted !== null && evidence.adjusted < 0.05;
        if (verdict !== 'open') expect(evidence.pairs).toBeGreaterThanOrEqual(3);
        if (verdict === 'clear') expect([significant, evidence.intervalsApart]).toEqual([true, true]);
        if (significant) expect(verdict !== 'open').toBe(pairing!.effect > 0);
        else expect(verdict).toBe(evidence.intervalsApart && evidence.pairs >= 3 ? 'leading' : 'open');
      }),
      { numRuns: 15 },
    );
  });

  it('never puts both ahead', () => {
    const any = fc.record({
      intervalsApart: fc.constant(false),
      pairs: fc.nat(40),
      effect: fc.double({ min: -1, max: 1, noNaN: true }),
      adjusted: fc.double({ min: 0, max: 1, noNaN: true }),
      comparisons: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(any, (one) => {
        const seen = [one, { ...one, effect: -one.effect }].map(separationOf);
        expect(seen).toContain('open');
      }),
    );
  });

  it('names the required number of seeds only if there are fewer', () => {
    expect(separationReason(evidence(3, true, 0.75, 3))).toContain('at least 7 seeds');
    expect(separationReason(evidence(8, true, 0.02, 3))).not.toContain('needed');
    expect(separationReason(evidence(8, false, 0.4, 3))).not.toContain('needed');
  });

  it('applies to boards and their comparisons', () => {
    const report = smallReports({
      one: [
        ...seeds('sgn', [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6]),
        ...seeds('sgd', [3, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6]),
      ],
      two: [...seeds('sgn', [1, 1.1, 1.2]), ...seeds('sgd', [3, 3.1, 3.2])],
    });
    expect(leaderboards(report).map(({ contest }) => [contest.verdict, contest.evidence?.adjusted])).toEqual([
      ['clear', 2 * 2 ** -6],
      ['leading', 0.25],
    ]);
  });
});

describe('what was held equal', () => {
  const ended = (budget: ReportRun['budget'], work: (run: ReportRun) => number) => (run: ReportRun) => {
    if (budget !== undefined) run.budget = budget;
    for (const point of run.curve) point.gradientEquivalents = work(run);
  };
  const two = [...seeds('sgn', [1, 1]), ...seeds('sgd', [2, 2])];

  const worked = (budget: ReportRun['budget'], sgn: number, sgd: number) => {
    const report = smallReport(two);
    for (const run of report.runs) ended(budget, ({ optimizer }) => (optimizer === 'sgn' ? sgn : sgd))(run);
    return heldEqual(groupsOf(report).get('boston')!);
  };

  it('is never a requested amount that was not done', () => {
    expect(worked({ epochs: 1, gradientEquivalents: 1_000_000 }, 4, 4)).toMatchObject({
      clock: 'epoch',
      amount: 1,
      fair: false,
    });
    // Neither had budget left for another step.
    expect(worked({ gradientEquivalents: 25 }, 14.6, 14.6)).toMatchObject({
      clock: 'gradientEquivalents',
      amount: 14.6,
      fair: true,
    });
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (limit, a, b) => {
          const held = worked({ gradientEquivalents: limit }, a * limit, b * limit);
          expect(held.fair).toBe(held.clock !== null);
          if (held.clock === null) return;
          expect(Math.min(a, b) / Math.max(a, b)).toBeGreaterThanOrEqual(0.9 - 1e-9);
          expect(Math.abs(held.amount! / (Math.max(a, b) * limit) - 1)).toBeLessThanOrEqual(0.011);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is not work if an expensive step left part of the budget', () => {
    const held = worked({ gradientEquivalents: 25 }, 14.6, 25.1);
    expect(held).toMatchObject({ clock: null, amount: null, fair: false });
  });

  it('is work, to within a step', () => {
    const board = boardOf(
      two.map((run) => ({ ...run, status: 'budget' })),
      ended({ gradientEquivalents: 300 }, ({ optimizer }) => (optimizer === 'sgn' ? 312 : 300)),
    );
    expect(board.held).toMatchObject({ clock: 'gradientEquivalents', amount: 312, fair: true });
    expect(badgeOf(board)).not.toContain('unequal work');
  });

  it('is seconds, also if an older report states them only in words', () => {
    const board = boardOf(
      two.map((run) => ({ ...run, status: 'budget', reason: '12 seconds of training' })),
      (run) => {
        for (const point of run.curve) point.seconds = 12.001;
      },
    );
    expect(board.held).toMatchObject({ clock: 'seconds', amount: 12, fair: true });
  });

  it('is epochs, which is unfair, with the ratio of work', () => {
    const board = boardOf(
      two,
      ended({ epochs: 1 }, ({ optimizer }) => (optimizer === 'sgn' ? 72 : 10)),
    );
    expect(board.held).toMatchObject({ clock: 'epoch', amount: 1, fair: false });
    expect(board.contest.work).toEqual({ clock: 'gradientEquivalents', ratio: 7.2 });
    expect(badgeOf(board)).toContain('unequal work');
  });

  it('is nothing if different limits ended the runs', () => {
    const board = boardOf(
      [...seeds('sgn', [1]), ...seeds('sgd', [2], { losses: [[2, 2], [2, 2]] })],
      ended({ epochs: 2, gradientEquivalents: 300 }, ({ optimizer }) => (optimizer === 'sgn' ? 300 : 20)),
    ); // biome-ignore format: short
    expect(board.held).toMatchObject({ clock: null, fair: false });
    expect(board.contest.work).toEqual({ clock: 'gradientEquivalents', ratio: 15 });
  });
});

describe('rows share a table', () => {
  const budgets = (run: ReportRun) => {
    run.budget = { epochs: run.curve.length };
  };
  const long = (label: string, final: number) => ({
    label,
    losses: [
      [9, 9],
      [final, final],
    ] as const,
  });

  it('only with equal budgets', () => {
    const boards = boardsOf(
      [...seeds('sgn', [1]), ...seeds('sgd', [2]), long('sgn', 0.1), long('sgd', 0.2)],
      budgets,
    );
    expect(boards.map(({ title, rows }) => [title, rows.map(({ name, rank }) => [name, rank])])).toEqual([
      ['boston, 1 epoch', [['sgn {budget=1 epoch}', 1], ['sgd {budget=1 epoch}', 2]]],
      ['boston, 2 epochs', [['sgn {budget=2 epochs}', 1], ['sgd {budget=2 epochs}', 2]]],
    ]); // biome-ignore format: a table
  });

  it('without ranks if every setting has its own budget', () => {
    const [board, ...others] = boardsOf([...seeds('sgn', [1]), long('sgd', 0.2)], budgets);
    expect(others).toEqual([]);
    expect(board!.rows.map(({ rank }) => rank)).toEqual([null, null]);
    expect(board!.contest).toMatchObject({ verdict: 'unranked', evidence: null });
    expect(board!.unranked).toBe('the budgets differ (2 epochs; 1 epoch)');
  });

  it.each(['dtype', 'engine', 'threads'])('only with equal %s', (what) => {
    const boards = boardsOf(
      [...seeds('sgn', [1]), ...seeds('sgd', [2]), ...seeds('sgn', [0.1]), ...seeds('sgd', [0.2])].map(
        (run, index) => ({ ...run, engine: what === 'engine' && index > 1 ? 'tfjs' : 'onnxruntime' }),
      ),
      () => {},
    );
    const changed = smallReport([
      ...seeds('sgn', [1]),
      ...seeds('sgd', [2]),
      ...seeds('sgn', [0.1]),
      ...seeds('sgd', [0.2]),
    ]);
    changed.runs.forEach((run, index) => {
      if (what === 'dtype') run.dtype = index > 1 ? 'float64' : 'float32';
      if (what === 'threads') run.engineInfo = { threads: index > 1 ? 2 : 1 };
    });
    const made = what === 'engine' ? boards : leaderboards(changed);
    expect(made.map(({ rows }) => rows.length)).toEqual([2, 2]);
    expect(made.map(({ contest }) => contest.evidence?.pairs)).toEqual([1, 1]);
  });

  it('and a row if labels mean the same hyperparameters, counting a seed once', () => {
    const board = boardOf([
      { label: 'sgn[cgIterations=10]', seed: 1, hyperparameters: { innerIterations: 10 }, losses: [[1, 1]] },
      { label: 'sgn', seed: 1, hyperparameters: { innerIterations: 10 }, losses: [[1, 1]] },
      { label: 'sgn', seed: 2, hyperparameters: { innerIterations: 10 }, losses: [[3, 3]] },
    ]);
    expect(board.rows).toHaveLength(1);
    expect(board.rows[0]).toMatchObject({
      name: 'sgn',
      runs: 2,
      repeats: 1,
      testLoss: { value: 2, count: 2 },
    });
  });
});

it('titles a board with the actual batch size', () => {
  const report = smallReport(seeds('sgd', [1, 2]));
  const [problem] = report.problems;
  report.problems = [{ ...problem!, batchSize: 404, requestedBatchSize: 100_000 }];
  expect(leaderboards(report)[0]!.title).toMatch(/, in batches of 404$/);
});

describe('the start of the seeds', () => {
  it.each([
    [['a', 'a', 'a'], 'shared'],
    [['a', 'b', 'c'], 'drawn'],
    [['a', undefined, 'a'], 'unknown'],
    [['a'], 'single'],
  ] as const)('of %j is %s', (hashes, expected) => {
    let index = 0;
    const board = boardOf(
      seeds(
        'sgd',
        hashes.map(() => 1),
      ),
      (run) => {
        const hash = hashes[index++];
        if (hash !== undefined) run.startHash = hash;
      },
    );
    expect(board.starts).toBe(expected);
  });
});

describe('a headline', () => {
  const skip = (report: Report): Leaderboard => {
    report.skipped = [{ problem: 'boston', optimizer: 'kfac[damping=1]', reason: 'no' }];
    return leaderboards(report)[0]!;
  };
  const diverged = (label: string, steps: number, seed = 1): SmallRun => ({
    label,
    seed,
    status: 'diverged',
    losses: Array.from({ length: steps / 10 }, () => [9, null] as const),
  });

  const accurate = (run: ReportRun) => {
    for (const point of run.curve) point.testAccuracy = run.optimizer === 'sgn' ? 0.91 : 0.92;
  };
  const headlines = [
    ['nothing', () => boardOf([]), 'empty'],
    ['one optimizer', () => boardOf(seeds('sgd', [1, 1])), 'alone'],
    ['one optimizer with two settings', () => boardOf([...seeds('sgd[a=1]', [1]), ...seeds('sgd[a=2]', [2])]), 'alone'],
    ['one that finished', () => boardOf([...seeds('sgd', [1]), diverged('sgn', 20)]), 'only'],
    ['none that finished', () => boardOf([diverged('sgd', 10), diverged('sgn', 20, 1), diverged('sgn', 40, 2)]), 'none'],
    ['a third that failed', () => boardOf([...seeds('sgd', [1]), ...seeds('sgn', [2]), { label: 'adam', status: 'failed', losses: [] }]), 'open'],
    ['a tie', () => boardOf([...seeds('sgd', [1, 2]), ...seeds('sgn', [2, 1])]), 'equal'],
    ['zero losses', () => boardOf([...seeds('sgd', [0, 0]), ...seeds('sgn', [1e-9, 1e-9])]), 'open'],
    ['negative losses', () => boardOf([...seeds('sgd', [-2, -2]), ...seeds('sgn', [-1, -1])]), 'open'],
    ['no test loss', () => boardOf([{ label: 'sgd', losses: [[1, null]] }, { label: 'sgn', losses: [[2, null]] }]), 'unmeasured'],
    ['a runner-up that lost a seed', () => boardOf([...seeds('sgd', [3, 3]), ...seeds('sgn', [1]), diverged('sgn', 10, 2)]), 'seeds-lost'],
    ['runs stopped at a target', () => boardOf([...seeds('sgd', [1], { status: 'target-reached' }), ...seeds('sgn', [2])]), 'stopped'],
    ['a skipped optimizer', () => skip(smallReport(seeds('sgd', [1]))), 'only'],
    ['distant losses', () => boardOf([...seeds('sgn', [2e-4, 2e-4]), ...seeds('sgd', [0.45, 0.45])]), 'open'],
    ['close losses', () => boardOf([...seeds('sgn', [0.25, 0.25]), ...seeds('sgd', [0.2501, 0.2501])]), 'open'],
    ['accuracies in the other order', () => boardOf([...seeds('sgn', [1, 1]), ...seeds('sgd', [2, 2])], accurate), 'open'],
  ] as const; // biome-ignore format: a table

  it.each(headlines)('of %s', (_, boardFor, verdict) => {
    expect(boardFor().contest.verdict).toBe(verdict);
  });

  it('states who ended where, and how clear the lead is', async () => {
    const lines = headlines.map(([what, boardFor]) => `${what}: ${verdictOf(boardFor())}\n`);
    await expect(lines.join('')).toMatchFileSnapshot('screens/headlines.txt');
  });

  it('keeps every optimizer among its entries, whatever its outcome', () => {
    const { contest } = boardOf([...seeds('sgd', [1]), ...seeds('sgn', [2]), diverged('adam', 10)]);
    expect(contest.entries.map(({ row }) => [row.optimizer, row.outcome])).toEqual([
      ['sgd', 'finished'],
      ['sgn', 'finished'],
      ['adam', 'broken'],
    ]);
    expect(endWords(contest.entries[2]!.row)).toBe('diverged at step 10');
  });
});
