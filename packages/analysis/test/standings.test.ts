// Standings over problems, by hand: speedups with missed targets, critical differences, ranks over the budget, remarks.

import { describe, expect, it } from 'vitest';
import { arenasOf, leaderboards } from '../src/leaderboard.js';
import { overallVerdict } from '../src/overall-verdict.js';
import type { Report } from '../src/schema/report-schema.js';
import { separationReason } from '../src/separation.js';
import { standingsOf } from '../src/standings.js';
import { type SmallRun, seeds, smallReport, smallReports } from './small-report.js';

const EPOCHS = 8;

/** Three seeds that reach the target after this many epochs; Infinity: never. */
const reaching = (label: string, epoch: number, length = EPOCHS): SmallRun[] =>
  [1, 2, 3].map((seed) => ({
    label,
    seed,
    losses: Array.from({ length }, (_, i) => (i + 1 >= epoch ? [0.1, 0.1 + 0.001 * epoch] : [1, 1])),
  }));

/** A report on problems p1, p2, ... whose optimizers reach the target after these epochs. */
function reportOf(epochs: Readonly<Record<string, readonly number[]>>, baseline = 'sgd'): Report {
  const [first] = Object.values(epochs);
  const problems = Object.fromEntries(
    first!.map((_, p) => [
      `p${p + 1}`,
      Object.entries(epochs).flatMap(([label, own]) => reaching(label, own[p]!)),
    ]),
  );
  const report = { ...smallReports(problems), baseline };
  for (const run of report.runs) run.target = { goals: { testLoss: 0.5 }, reached: null };
  return report;
}

const standings = (report: Report) => standingsOf(report, arenasOf(report));

describe('a geometric-mean speedup over the reference', () => {
  it('compares medians of the time to target', () => {
    const { reference, speedups } = standings(reportOf({ sgd: [4, 4, 4, 8], fast: [2, 1, 4, 1] }))!;
    expect(reference).toBe('sgd');
    expect(speedups.map(({ clock }) => clock)).toEqual(['seconds']);
    const [row] = speedups[0]!.rows;
    expect(row!.problems.map((each) => each?.value)).toEqual([2, 4, 1, 8]);
    expect(row!.mean).toMatchObject({ value: expect.closeTo(64 ** (1 / 4), 12), count: 4 });
    // Log ratios 1, 2, 0, 3: three of one sign, the least p is 2 / 2^3.
    expect(row!.evidence).toMatchObject({ pairs: 4, adjusted: 0.25, effect: 1, comparisons: 1 });
    expect(row!.separation).toBe('open');
  });

  it('counts missed targets as bounds, and none where both missed', () => {
    const never = Number.POSITIVE_INFINITY;
    const [row] = standings(reportOf({ sgd: [4, never, never], slow: [never, 4, never] }))!.speedups[0]!.rows;
    expect(row!.problems).toEqual([{ value: 0.5, bound: 'atMost' }, { value: 2, bound: 'atLeast' }, null]);
    expect(row!.mean).toMatchObject({ value: 1, count: 2 });
  });

  it('is a clear lead by the one rule, with problems for seeds', () => {
    const report = reportOf({
      sgd: [8, 8, 8, 6, 6, 8, 4],
      fast: [2, 3, 2, 2, 2, 3, 1],
      even: [8, 8, 8, 6, 6, 8, 4],
    });
    const { rows } = standings(report)!.speedups[0]!;
    expect(rows.map(({ optimizer, separation }) => [optimizer, separation])).toEqual([
      ['fast', 'clear'],
      ['even', 'open'],
    ]);
    expect(rows[0]!.evidence.adjusted).toBe(2 * 2 ** -6);
    expect(overallVerdict(standings(report), leaderboards(report))[0]).toMatch(
      /: fast is first; sgd needs .*: clear lead/,
    );
  });

  it('says if the reference is first', () => {
    const report = reportOf({ sgd: [1, 2], slow: [2, 8] });
    const [words] = overallVerdict(standings(report), leaderboards(report));
    expect(words).toMatch(/: sgd is first; slow, the next, needs 2\.83 \[/);
  });

  it('needs two problems with a target and the reference among the optimizers', () => {
    expect(standings(reportOf({ sgd: [1], fast: [1] }))).toBeNull();
    expect(standings(reportOf({ sgd: [1, 1], fast: [1, 1] }, 'adam'))).toBeNull();
  });
});

describe('a critical difference of final losses', () => {
  it('ranks the best setting of each optimizer on each problem', () => {
    const { difference } = standings(reportOf({ sgd: [4, 4, 6], a: [2, 6, 1], b: [8, 2, 4] }))!;
    expect(difference).toMatchObject({ problems: 3, bars: [{ from: 0, to: 2 }] });
    // The final loss grows with the epoch of the target.
    const ranks = difference!.order.map(({ index, rank }) => [difference!.optimizers[index], rank]);
    expect(Object.fromEntries(ranks)).toEqual({
      a: expect.closeTo(5 / 3, 12),
      b: expect.closeTo(2, 12),
      sgd: expect.closeTo(7 / 3, 12),
    });
  });
});

describe('the order over the budget', () => {
  const curve = (label: string, losses: readonly number[]): SmallRun[] =>
    [1, 2, 3].map((seed) => ({ label, seed, losses: losses.map((loss) => [loss, loss + 1e-4 * seed]) }));

  it('warns where half the budget ranks otherwise than the whole', () => {
    const [board] = leaderboards(
      smallReport([...curve('early', [0.5, 0.4, 0.35, 0.3]), ...curve('late', [0.9, 0.8, 0.3, 0.1])]),
    );
    expect(board!.ranks!.flip).toEqual({ half: 'early', end: 'late' });
    const late = board!.ranks!.lines.find(({ name }) => name === 'late')!;
    expect(board!.ranks!.shares.map((share, k) => [share, late.ranks[k]])).toEqual(
      expect.arrayContaining([
        [0.2, null],
        [0.5, 2],
        [0.75, 1],
        [1, 1],
      ]),
    );
    expect(board!.remarks[0]).toMatch(/early ranks first; at its end, late/);
  });

  it('is silent where it does not, and without evaluations by half of it', () => {
    const [same] = leaderboards(smallReport([...curve('a', [0.5, 0.1]), ...curve('b', [0.6, 0.2])]));
    expect(same!.ranks!.flip).toBeNull();
    const [short] = leaderboards(smallReport([...curve('a', [0.5]), ...curve('b', [0.6])]));
    expect(short!.ranks).toBeNull();
  });

  it('states the exchange rate at the slope of the runner-up', () => {
    const straight = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
    const [board] = leaderboards(
      smallReport([
        ...curve(
          'sgn',
          straight.map((loss) => loss - 0.04),
        ),
        ...curve('sgd', straight),
      ]),
    );
    // 0.1 per epoch: 0.04 is 0.4 of 10 epochs.
    expect(board!.remarks).toEqual([expect.stringMatching(/about 4\.0 % of the steps of sgd/)]);
  });
});

describe('power', () => {
  it('tells about how many seeds would separate the two at the effect seen', () => {
    const [board] = leaderboards(
      smallReport([
        ...seeds('sgn', [1, 1.2, 0.9, 1.1, 1, 1.3, 0.8, 1.1]),
        ...seeds('sgd', [1.15, 1, 1.2, 1.05, 1.1, 1.2, 1.1, 1]),
      ]),
    );
    const { evidence } = board!.contest;
    // Differences: mean 0.05, s = 0.1909: ((1.960 + 0.842) 0.1909 / 0.05)^2 + 1.92.
    expect(evidence!.needed).toBe(117);
    expect(separationReason(evidence!)).toMatch(/about 117 seeds would separate them/);
  });
});
