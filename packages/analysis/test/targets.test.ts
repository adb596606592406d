// Targets and times to them, computed by hand: Kaplan-Meier medians, censored runs.

import { describe, expect, it } from 'vitest';
import { leaderboards } from '../src/leaderboard.js';
import type { Report } from '../src/schema/report-schema.js';
import { medianToTarget } from '../src/targets.js';
import { type SmallRun, smallReport } from './small-report.js';

const run = (
  label: string,
  seed: number,
  finals: readonly (number | null)[],
  rest: Partial<SmallRun> = {},
) => ({
  label,
  seed,
  losses: finals.map((loss) => [loss, loss] as const),
  ...rest,
});

const withTarget = (report: Report, testLoss: number): Report => {
  for (const each of report.runs) each.target = { goals: { testLoss }, reached: null };
  return report;
};

describe('the target of a problem', () => {
  it('is that of its runs', () => {
    const board = leaderboards(withTarget(smallReport([run('sgd', 1, [3, 2, 1])]), 2))[0]!;
    expect(board.target).toEqual({ goals: { testLoss: 2 }, origin: 'stated' });
    expect(board.times[0]).toMatchObject({ reached: 1, runs: 1, times: { iterations: { median: 20 } } });
  });

  it('is the largest final loss of the runner-up, if runs have none or disagree', () => {
    const runs = [run('sgn', 1, [1, 0.1]), run('sgd', 1, [4, 3]), run('sgd', 2, [4, 2.5])];
    const board = leaderboards(smallReport(runs))[0]!;
    expect(board.target).toEqual({ goals: { testLoss: 3 }, origin: 'derived' });
    const torn = withTarget(smallReport(runs), 2);
    torn.runs[0]!.target!.goals.testLoss = 1;
    expect(leaderboards(torn)[0]!.target!.origin).toBe('derived');
  });

  it('does not exist for one optimizer without a stated target', () => {
    const board = leaderboards(smallReport([run('sgd', 1, [1])]))[0]!;
    expect(board.target).toBeNull();
    expect(board.target).toBeNull();
  });
});

describe('times to a target', () => {
  it('censor a run that never reached it', () => {
    // Reached after 10, 20 and 30 steps; one run ended after 25 without: S = 3/4, 2/4 until 30, so the
    // median is between 20 and 30.
    const times = [
      { time: 10, reached: true },
      { time: 20, reached: true },
      { time: 25, reached: false },
      { time: 30, reached: true },
    ];
    expect(medianToTarget(times, 500)).toMatchObject({ median: 25, watched: 30 });
    // Without the censored run it would be 20. With the early runs censored, dropping them gives 30, while only a lower bound
    // of 30 is known.
    const late = [
      { time: 5, reached: false },
      { time: 30, reached: true },
      { time: 40, reached: false },
    ];
    expect(medianToTarget(late, 500).median).toBeNull();
    expect(medianToTarget(late.slice(0, 1), 500)).toEqual({ median: null, watched: 5 });
  });

  it('have no upper limit if resamples often lack a success', () => {
    const { median, interval } = medianToTarget(
      [
        { time: 10, reached: true },
        { time: 12, reached: true },
        { time: 50, reached: false },
      ],
      500,
    );
    expect(median).toBe(12);
    expect(interval).toEqual({ low: 10, high: null });
  });

  it('of a broken run are censored at the whole budget', () => {
    const report = withTarget(
      smallReport([
        run('sgd', 1, [9, 9, 9, 1]),
        run('sgd', 2, [9, null], { status: 'diverged' }),
        run('sgd', 3, [9, 9, 9, 9]),
      ]),
      1,
    );
    const [times] = leaderboards(report)[0]!.times;
    // Censored at 40 like the third, not at 20: one of three reached it.
    expect(times).toMatchObject({
      reached: 1,
      runs: 3,
      times: { iterations: { median: null, watched: 40 } },
    });
    expect(times!.success.low).toBeCloseTo(0.0615, 3);
  });

  it('are in gradients if every point has them', () => {
    const report = withTarget(smallReport([run('sgd', 1, [2, 1])]), 1);
    expect(Object.keys(leaderboards(report)[0]!.times[0]!.times)).not.toContain('gradientEquivalents');
    const counted = withTarget(smallReport([run('sgd', 1, [2, 1])]), 1);
    for (const point of counted.runs[0]!.curve) point.gradientEquivalents = 3 * point.iterations;
    expect(leaderboards(counted)[0]!.times[0]!.times.gradientEquivalents).toMatchObject({ median: 60 });
  });
});
