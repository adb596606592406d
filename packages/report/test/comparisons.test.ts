// Best against runner-up and performance profiles, against numbers computed by hand.

import { arenasOf, contestTests, leaderboards, profilesOf } from '@gaussmark/analysis';
import { joinCell } from '@gaussmark/analysis/words';
import { describe, expect, it } from 'vitest';
import { contestTestTable } from '../../analysis/src/contest-test-table.js';
import { profileNotes, profileTable, scoreTable } from '../../analysis/src/profile-table.js';
import { type SmallRun, smallReports } from '../../analysis/test/small-report.js';

const seeds = (label: string, finals: readonly number[], rest: Partial<SmallRun> = {}): SmallRun[] =>
  finals.map((final, index) => ({ label, seed: index + 1, losses: [[final, final]], ...rest }));

describe('the best against the runner-up', () => {
  const report = smallReports({
    one: [...seeds('sgn', [1, 2, 4]), ...seeds('sgd', [2, 4, 8])],
    two: [...seeds('sgn', [0.5, 0.5, 0.5]), ...seeds('sgd', [1, 2, 4])],
  });
  const tests = contestTests(leaderboards(report));

  it('pairs seeds: a ratio, an effect, and the least p of three pairs', () => {
    expect(tests[0]).toMatchObject({ winner: 'sgn', runnerUp: 'sgd', pairs: 3, unpaired: 0, effect: 1 });
    // Twice in every seed; of 2^3 patterns of signs two are as extreme.
    expect(tests[0]!.ratio!.value).toBeCloseTo(2, 12);
    expect(tests[0]!.ratio!.level).toBeCloseTo(0.75, 12);
    expect(tests[0]!.pValue).toBe(0.25);
    expect(tests[0]!.smallest).toBe(0.25);
  });

  it('is corrected for the number of problems', () => {
    // Holm on 0.25 and 0.25: twice 0.25, both.
    expect(tests.map(({ adjusted }) => adjusted)).toEqual([0.5, 0.5]);
    const table = contestTestTable(tests)!;
    expect(table.notes).toHaveLength(3);
    expect(table.rows[0]!.map(joinCell)).toEqual([
      'one',
      'sgn',
      'sgd',
      '3',
      '2.00 [2.00, 2.00] at 75.0 %',
      '1.0',
      '0.25',
      '0.50',
      'not separated',
    ]);
  });

  it('leaves out and counts seeds that one of them lost; a single pair has no p', () => {
    const lost = smallReports({
      one: [
        ...seeds('sgn', [1, 2]),
        { label: 'sgd', seed: 1, losses: [[3, 3]] },
        { label: 'sgd', seed: 2, status: 'diverged', losses: [[9, null]] },
      ],
    });
    const [test] = contestTests(leaderboards(lost));
    expect(test).toMatchObject({ pairs: 1, unpaired: 1 });
    const cells = contestTestTable([test!])!.rows[0]!.map(joinCell);
    expect(cells).toEqual(['one', 'sgn', 'sgd', '1 (+1)', '3.00', 'not separated']);
  });
});

describe('performance profiles', () => {
  // Targets are where sgd ended. On `one` sgn needs 10 steps and sgd 20; on `two` sgn needs 10 and sgd 80.
  const falling = (steps: number, end: number): NonNullable<SmallRun['losses']> =>
    Array.from({ length: steps }, (_, index) => [0, index === steps - 1 ? end : 9] as const);
  const report = smallReports({
    one: [
      { label: 'sgn', losses: falling(1, 0.5) },
      { label: 'sgd', losses: falling(2, 1) },
    ],
    two: [
      { label: 'sgn', losses: falling(1, 0.5) },
      { label: 'sgd', losses: falling(8, 1) },
    ],
    alone: [{ label: 'sgd', losses: falling(1, 1) }],
  });
  const profiles = profilesOf(arenasOf(report))!;
  const byIterations = profiles.sets.find(
    ({ unit, clock }) => unit === 'optimizer' && clock === 'iterations',
  )!;

  it('cover the problems with a target', () => {
    expect(profiles.problems.map(({ problem }) => problem)).toEqual(['one', 'two']);
    expect(profiles.without).toEqual(['alone']);
    expect(profileNotes(profiles).filter((note) => note.includes('one, two'))).toHaveLength(1);
    expect(profileNotes(profiles).filter((note) => note.includes('alone'))).toHaveLength(1);
  });

  it('score the area up to four times the fastest', () => {
    const [sgn, sgd] = byIterations.entries;
    expect(sgn).toMatchObject({ name: 'sgn', ratios: [1, 1], score: { value: 1 } });
    expect(sgd!.ratios).toEqual([2, 8]);
    // (4 - 2) / 3 on one problem, nothing on the other.
    expect(sgd!.score.value).toBeCloseTo(1 / 3, 12);
  });

  it('step up at the ratios', () => {
    const [, sgd] = byIterations.entries;
    const at = (ratio: number) => sgd!.share[profiles.grid.findLastIndex((x) => x <= ratio + 1e-9)];
    expect([1, 1.9, 2, 7.9, 8, 16].map(at)).toEqual([0, 0, 0.5, 0.5, 1, 1]);
    expect(profileTable(profiles, byIterations).rows[1]!.map(joinCell)).toEqual([
      'sgd',
      '0.33',
      '2.00×',
      '8.00×',
    ]);
  });

  it('count a missed target as infinitely slow', () => {
    const missed = smallReports({
      one: [
        { label: 'sgn', losses: [[1, 0.5]] },
        { label: 'sgd', losses: [[1, 1]] },
      ],
      two: [
        { label: 'sgn', losses: [[1, 0.5]] },
        { label: 'sgd', losses: [[1, 1]] },
        { label: 'adam', status: 'diverged', losses: [[9, null]] },
      ],
    });
    const sets = profilesOf(arenasOf(missed))!.sets;
    const adam = sets[0]!.entries.find(({ name }) => name === 'adam')!;
    expect(adam).toMatchObject({ ratios: [null, null], score: { value: 0 } });
    expect(adam.share.at(-1)).toBe(0);
  });

  it('rank optimizers over the problems that all of them ran on', () => {
    const ranks = Object.fromEntries(profiles.ranks.map(({ name, rank }) => [name, rank.value]));
    expect(ranks).toEqual({ sgn: 1, sgd: 2 });
    expect(scoreTable(profiles).rows.map((cells) => joinCell(cells[0]!))).toEqual(['sgn', 'sgd']);
  });

  it('are absent for a single problem', () => {
    const single = smallReports({ one: [...seeds('sgn', [1]), ...seeds('sgd', [2])] });
    expect(profilesOf(arenasOf(single))).toBeNull();
  });
});
