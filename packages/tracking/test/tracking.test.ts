// Snapshots and comparisons on made-up numbers: what is a change and what is noise.

import { xoroshiro128plus } from '@gaussmark/random';
import { describe, expect, it } from 'vitest';
import { comparisonMarkdown, formatMeasure } from '../../cli/src/compare-view.js';
import { compareSides, failsBy, percent } from '../src/comparison.js';
import type { Row } from '../src/comparison-row.js';
import { compareHard } from '../src/hard-comparison.js';
import { revisionWords } from '../src/revision.js';
import { sinceIn } from '../src/since.js';
import { type Measure, machineClass, type Snapshot, TIERS, validateSnapshot } from '../src/snapshot.js';
import { decide, type SidedSamples, sessionFloor } from '../src/timed-decision.js';
import { compareUnpaired } from '../src/unpaired.js';

const environment: Snapshot['machine']['environment'] = {
  ...{ cpu: 'Intel(R) Xeon(R) CPU @ 2.20GHz', cores: 2, memoryBytes: 16.8e9, os: 'Linux 6.1', arch: 'x64' },
  ...{ node: '20.19.1', engines: {}, threads: 1, gitCommit: null, gitDirty: null, loadAverage: [0, 0, 0] },
  comparableTimings: true,
};

function snapshotOf(measures: readonly Measure[], commit: string | null = null): Snapshot {
  return {
    ...{ format: 'gaussmark-snapshot', schemaVersion: 1, created: '2026-01-02T03:04:05Z', tool: '0.1.0' },
    revision: { commit, subject: commit === null ? null : 'Change it', date: null, dirty: false },
    machine: { class: 'a-machine', environment },
    suite: { profile: 'tracking', cells: [], skipped: [] },
    measures: [...measures],
  } as Snapshot;
}

const hard = (quantity: string, value: number | null, rest: Partial<Measure> = {}): Measure => ({
  ...{ id: `p/o/${quantity}`, problem: 'p', optimizer: 'o', quantity },
  ...{ tier: 'hard', unit: '', better: 'lower', value },
  ...rest,
});

const compare = (before: readonly Measure[], after: readonly Measure[], rest = {}) =>
  compareSides({
    from: { name: 'a', snapshot: snapshotOf(before, 'aaaaaaaa') },
    to: { name: 'b', snapshot: snapshotOf(after, 'bbbbbbbb') },
    ...{ tiers: TIERS, threshold: 0.03 },
    ...rest,
  });

describe('hard numbers', () => {
  const tolerance = { relative: 1e-6, absolute: 0 };
  it.each([
    [1, 1, 'lower', 'same'],
    [1, 1 + 0.9e-6, 'lower', 'rounding'],
    [1, 1 - 0.9e-6, 'higher', 'rounding'],
    [1, 1 + 1.1e-6, 'lower', 'worse'],
    [1, 1 - 1.1e-6, 'lower', 'better'],
    [-1, -1 - 1.1e-6, 'lower', 'better'],
    [0.9, 0.8, 'higher', 'worse'],
    [3, 4, 'same', 'changed'],
    [1, null, 'lower', 'worse'],
    [null, 1, 'lower', 'better'],
    [null, 1, 'same', 'changed'],
    [null, null, 'lower', 'same'],
  ] as const)('%s to %s, %s is better: %s', (from, to, better, verdict) => {
    expect(compareHard({ value: from, better, tolerance }, { value: to, better, tolerance })).toBe(verdict);
  });

  it('are exact without a tolerance, and take the larger of two', () => {
    const exact = { value: 100, better: 'lower' } as const;
    expect(compareHard(exact, { ...exact, value: 101 })).toBe('worse');
    const loose = { relative: 0, absolute: 2 };
    expect(compareHard({ ...exact, tolerance: loose }, { ...exact, value: 101 })).toBe('rounding');
    expect(compareHard(exact, { ...exact, value: 101, tolerance: loose })).toBe('rounding');
  });

  it('fail in both directions', () => {
    const worse = compare([hard('loss', 1), hard('flops', 10)], [hard('loss', 2), hard('flops', 10)]);
    expect(worse).toMatchObject({ outcome: 'regression', fails: true });
    expect(worse.rows.map(({ verdict, change }) => [verdict, change])).toEqual([
      ['worse', 1],
      ['same', 0],
    ]);
    expect(compare([hard('loss', 2)], [hard('loss', 1)])).toMatchObject({
      outcome: 'improvement',
      fails: true,
    });
    expect(compare([hard('loss', 2)], [hard('loss', 2)])).toMatchObject({ outcome: 'same', fails: false });
  });

  it('on only one side are listed, and fail nothing', () => {
    const { missing, added, fails } = compare([hard('old', 1)], [hard('new', 1)]);
    expect({ missing, added, fails }).toEqual({ missing: ['p/o/old'], added: ['p/o/new'], fails: false });
  });

  it('are omitted if only times are compared', () => {
    const { rows, missing } = compare([hard('loss', 1), hard('old', 1)], [hard('loss', 2)], {
      tiers: ['timed'],
    });
    expect({ rows, missing }).toEqual({ rows: [], missing: [] });
  });

  it('show a changed default, whatever its effect', () => {
    const cell = (damping: number) => ({
      ...{ problem: 'p', optimizer: 'sgn', engine: 'e', steps: 1 },
      settings: { damping, momentum: 0 },
    });
    const [from, to] = [1e-4, 1e-3].map((damping) => {
      const snapshot = snapshotOf([]);
      return { name: 'x', snapshot: { ...snapshot, suite: { ...snapshot.suite, cells: [cell(damping)] } } };
    });
    const { settings, fails, outcome } = compareSides({
      from: from!,
      to: to!,
      tiers: TIERS,
      threshold: 0.03,
    });
    expect(settings).toEqual([{ problem: 'p', optimizer: 'sgn', setting: 'damping', from: 1e-4, to: 1e-3 }]);
    expect([fails, outcome]).toEqual([true, 'changed']);
  });
});

/** Processes of two sides: every timing has noise, every process an offset of its own, every round a slow spell for all. */
function timings(
  seed: number,
  {
    rounds = 12,
    change = 0,
    noise = 0.02,
    offset = 0.004,
  }: Partial<Record<'rounds' | 'change' | 'noise' | 'offset', number>>,
): SidedSamples {
  const generator = xoroshiro128plus(seed);
  const uniform = () => (generator.next() >>> 0) / 2 ** 32;
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const spells = Array.from({ length: rounds }, () => 0.3 * uniform());
  const process = (mean: number) => {
    const own = mean + offset * normal();
    return spells.map((spell) => Math.exp(spell + own + noise * normal()));
  };
  const slow = Math.log1p(change);
  return { from: [process(0), process(0)], to: [process(slow), process(slow)] };
}

/** Decisions in so many sessions of ten subjects each, of which the first is changed. */
function decisions(sessions: number, how: Parameters<typeof timings>[1]): string[] {
  return Array.from({ length: sessions }, (_, i) => {
    const subjects = Array.from({ length: 10 }, (_, j) =>
      timings(100 * i + j, j === 0 ? how : { ...how, change: 0 }),
    );
    const floor = sessionFloor(subjects, 0.95);
    return decide(subjects[0]!, floor, { threshold: 0.03, looks: 3, level: 0.95 }).decision;
  });
}

describe('times in turns', () => {
  it('find a slowdown and a speedup of 10 % through slow spells of the machine of 30 %', () => {
    expect(decisions(40, { change: 0.1 }).filter((decision) => decision === 'slower').length).toBeGreaterThan(
      37,
    );
    expect(
      decisions(40, { change: -0.1 }).filter((decision) => decision === 'faster').length,
    ).toBeGreaterThan(37);
  });

  it('do not mistake noise for a change', () => {
    const made = [
      ...decisions(60, {}),
      ...decisions(60, { noise: 0.08 }),
      ...decisions(60, { offset: 0.05 }),
    ];
    expect(made.filter((decision) => decision === 'slower' || decision === 'faster')).toEqual([]);
  });

  it('raise the floor where equal processes come out apart, and do not decide from too few rounds', () => {
    const floorOf = (offset: number) =>
      sessionFloor(
        Array.from({ length: 10 }, (_, i) => timings(i, { offset, noise: 0.005 })),
        0.95,
      )!.relative;
    // Differences of two offsets: 2.09 sqrt(2) times their deviation.
    expect(floorOf(0.02)).toBeGreaterThan(0.04);
    expect(floorOf(0.02)).toBeLessThan(0.085);
    expect(floorOf(0)).toBeLessThan(0.01);
    expect(decisions(10, { change: 0.5, rounds: 4 }).every((decision) => decision === 'undecided')).toBe(
      true,
    );
    expect(sessionFloor([timings(1, {})], 0.95)).toBeNull();
  });
});

describe('times of different minutes', () => {
  const timed = (values: readonly number[], rest: Partial<Measure> = {}): Measure => ({
    ...hard('time', [...values].sort((a, b) => a - b)[values.length >> 1]!),
    ...{ tier: 'timed', unit: 's', clock: 'cpu', samples: [...values] },
    ...rest,
  });
  const around = (center: number) =>
    Array.from({ length: 20 }, (_, i) => center * (1 + 0.01 * ((i * 7) % 5)));

  it('are apart at a doubling, not at a twentieth, and never fail', () => {
    const [row] = compareUnpaired(timed(around(1)), timed(around(2)), 0.03);
    expect(row).toMatchObject({ verdict: 'apart', change: 1 });
    expect(row!.interval!.low).toBeGreaterThan(0.9);
    expect(row!.interval!.high).toBeLessThan(1.1);
    expect(failsBy(row!)).toBe(false);
    expect(compareUnpaired(timed(around(1)), timed(around(1.05)), 0.03)[0]!.verdict).toBe('same');
    expect(compareUnpaired(timed(around(2)), timed(around(1)), 0.03)[0]!.verdict).toBe('apart');
  });

  it('are not compared across clocks or machines', () => {
    expect(compareUnpaired(timed([1, 1]), timed([1, 1], { clock: 'wall' }), 0.03)).toEqual([]);
    const other = snapshotOf([timed([1])]);
    const { timing, notes } = compareSides({
      from: { name: 'a', snapshot: { ...other, machine: { ...other.machine, class: 'another-machine' } } },
      to: { name: 'b', snapshot: other },
      ...{ tiers: TIERS, threshold: 0.03 },
    });
    expect(timing).toBe('none');
    expect(notes.join()).toMatch(/another-machine; a-machine/);
    expect(compare([hard('loss', 1)], [hard('loss', 1)])).toMatchObject({ timing: 'none', notes: [] });
  });
});

describe('since when', () => {
  const night = (commit: string, value: number | null) => ({
    created: '2026-01-01T00:00:00Z',
    revision: { commit, subject: null, date: `2026-01-0${commit.length}T00:00:00Z`, dirty: false },
    measures: [{ id: 'p/o/loss', value }],
  });
  const row = hard('loss', 2);
  const since = (nights: ReturnType<typeof night>[], from: number | null = 1, to: number | null = 2) =>
    sinceIn(nights)({ ...row, from, to, change: null, verdict: 'worse' } as Row)?.commit;

  it('is the oldest night of the last run with the new value', () => {
    expect(
      since([night('a', 1), night('bb', 2), night('ccc', 1), night('dddd', 1.9), night('eeeee', 2)]),
    ).toBe('dddd');
    expect(since([night('a', 2), night('bb', null)], 2, null)).toBe('bb');
  });

  it('is unknown if the history ends with the old value or lacks the measure', () => {
    expect(since([night('a', 2), night('bb', 1)])).toBeUndefined();
    expect(sinceIn([])({ ...row, from: 1, to: 2, change: null, verdict: 'worse' } as Row)).toBeUndefined();
  });
});

describe('a snapshot', () => {
  it('is refused with the fault and its pointer', () => {
    const good = snapshotOf([hard('loss', 1)]);
    expect(validateSnapshot(good, 'a.json')).toBe(good);
    const twice = snapshotOf([hard('loss', 1), hard('loss', 2)]);
    const soft = { ...good, measures: [{ ...hard('loss', 1), tier: 'soft' }] };
    const newer = { ...good, schemaVersion: 2 };
    for (const [document, fault] of [
      [twice, { pointer: '/measures/1/id', got: "'p/o/loss'" }],
      [soft, { pointer: '/measures/0/tier' }],
      [newer, { expected: 'schemaVersion 1', got: '2' }],
      [null, { pointer: '' }],
    ] as const)
      expect(() => validateSnapshot(document, 'a.json')).toThrow(expect.objectContaining(fault));
  });

  it('names its machine by what timings depend on', () => {
    const engine = { engine: 'onnxruntime', version: '1.30.0', provider: 'cpu', threads: 1 };
    expect(machineClass(environment, engine)).toBe(
      'intel-xeon-2.20ghz-2-cores-16-gib-linux-x64-node-20-onnxruntime-1.30.0-cpu-1-thread',
    );
    expect(machineClass({ ...environment, node: '20.20.2', os: 'Linux 6.9' }, engine)).toBe(
      machineClass(environment, engine),
    );
  });
});

describe('a formatted measure', () => {
  it('has units, signs and digits', () => {
    expect([1.5, 4.21e-3, 2.4e-5].map((value) => formatMeasure(value, 's'))).toEqual([
      '1.50 s',
      '4.21 ms',
      '24.0 µs',
    ]);
    expect(formatMeasure(12345, 'B')).toBe('12,345 B');
    expect(formatMeasure(null, '')).toBe('never');
    expect([0.1034, -0.5, 0.00012, 0].map(percent)).toEqual(['+10 %', '-50 %', '+0.012 %', '0 %']);
  });

  it("escapes control characters in a commit's subject", () => {
    const revision = {
      commit: 'abcdef0',
      subject: 'red \u001b[31m\u001b[2J\rgone\u0007',
      date: null,
      dirty: true,
    };
    expect(revisionWords(revision)).toBe('abcdef0 "red  [31m [2J gone " with changes');
  });

  it('escapes Markdown, HTML and mentions in foreign names', () => {
    const evil = '<img src=x> @team [a](b) | `c`';
    const text = comparisonMarkdown(compare([hard('x', 1, { id: evil })], [hard('x', 2, { id: evil })]));
    expect(text).toContain('### ❌ Regression');
    expect(text).not.toMatch(/<img|@team|\[a\]\(b\)/);
    expect(text).toContain('&lt;img src=x&gt;');
    // Cells of the row: seven, as of the heading.
    const row = text.split('\n').find((line) => line.includes('&lt;img'))!;
    expect(row.replaceAll('\\|', '').split('|').length - 2).toBe(7);
  });
});
