// Doubts about timings.

import { describe, expect, it } from 'vitest';
import { leaderboards } from '../src/leaderboard.js';
import { conditionWords, timingWarnings } from '../src/trust.js';
import { smallReport } from './small-report.js';

describe('trust', () => {
  const conditions = { loadAverage: 2, othersBusy: 1.5, megahertz: [null, null], jobs: 1, threads: 1 };

  it('excludes disturbed runs, with the most common reason', () => {
    const report = smallReport([{ label: 'a' }, { label: 'b' }, { label: 'c' }]);
    expect(timingWarnings(report)).toEqual([]);
    report.runs[0]!.conditions = { ...conditions, distrust: 'others kept 1.5 of 2 processors busy' };
    expect(timingWarnings(report)).toEqual([
      'The timings of 1 of 3 runs should not be trusted (others kept 1.5 of 2 processors busy).',
    ]);
    expect(leaderboards(report)[0]!.rows.map(({ distrusted }) => distrusted)).toEqual([1, 0, 0]);
  });

  it('marks runs whose phases miss the wall clock', () => {
    const report = smallReport([{ label: 'a' }, { label: 'b' }, { label: 'c' }]);
    const [first, second] = report.runs;
    first!.seconds = { ...first!.seconds, total: 4, unaccounted: 0.1 };
    second!.seconds = { ...second!.seconds, total: 2, unaccounted: -0.25 };
    const [warning, ...others] = timingWarnings(report);
    expect(others).toEqual([]);
    expect(warning).toMatch(/^In 2 of 3 runs.*12\.50 % \(b on /);
  });

  it('depends on the number of simultaneous runs and the frequency policy', () => {
    const { environment, runs } = smallReport([{ label: 'a' }]);
    const shared = { ...environment, jobs: 2, frequencyGovernor: 'powersave', comparableTimings: false };
    expect(conditionWords(shared)).toEqual(['2 runs at once', 'governor powersave']);
    expect(timingWarnings({ environment: shared, runs })).toHaveLength(2);
    expect(conditionWords(environment)).toEqual([]);
  });
});
