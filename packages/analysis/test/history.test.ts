// Histories: what counts as a change, and its words.

import { validator } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import schemaFile from '../schemas/history.schema.json' with { type: 'json' };
import { inOrderOfInterest } from '../src/history/overview.js';
import { analyzeSeries } from '../src/history/series.js';
import { formatChange, formatChangeInterval, formatMeasure, isOpen } from '../src/history/words.js';
import { type HistoryChange, type HistoryPoint, historyReportSchema } from '../src/schema/history-schema.js';
import { historyFixture, planted } from './history-fixture.js';

const points = (values: readonly (number | null)[]): HistoryPoint[] =>
  values.map((value, night) => ({ night, value }));

describe('deterministic measures', () => {
  const hard = { tier: 'hard', better: 'lower' } as const;

  it('change with every difference, exactly', () => {
    const { changes, segments, noise } = analyzeSeries(points([300, 300, 310, 310, 300]), hard);
    expect(changes).toEqual([
      { kind: 'step', start: 2, end: 2, before: 300, after: 310, ratio: 310 / 300, verdict: 'regression' },
      { kind: 'step', start: 4, end: 4, before: 310, after: 300, ratio: 300 / 310, verdict: 'improvement' },
    ]);
    expect(segments).toEqual([
      { start: 0, end: 1, first: 300, last: 300 },
      { start: 2, end: 3, first: 310, last: 310 },
      { start: 4, end: 4, first: 300, last: 300 },
    ]);
    expect(noise).toBeNull();
  });

  it('ignore differences within the tolerance until they add up', () => {
    const tolerances = Array.from({ length: 6 }, () => ({ relative: 0.01, absolute: 0 }));
    const { changes } = analyzeSeries(points([100, 100.4, 100.8, 101.2, 101.6, 102]), {
      ...hard,
      tolerances,
    });
    expect(changes.map(({ start, before, after }) => [start, before, after])).toEqual([[3, 100, 101.2]]);
  });

  it('use the larger tolerance of the two revisions', () => {
    const of = (...relatives: number[]) => relatives.map((relative) => ({ relative, absolute: 0 }));
    const values = points([100, 103]);
    expect(analyzeSeries(values, { ...hard, tolerances: of(0.05, 0.01) }).changes).toEqual([]);
    expect(analyzeSeries(values, { ...hard, tolerances: of(0.01, 0.05) }).changes).toEqual([]);
    expect(analyzeSeries(values, { ...hard, tolerances: of(0.01, 0.02) }).changes).toHaveLength(1);
  });

  it('treat a missing value as worse than any', () => {
    const { changes } = analyzeSeries(points([35, null, null, 35]), hard);
    expect(changes.map(({ start, ratio, verdict }) => [start, ratio, verdict])).toEqual([
      [1, null, 'regression'],
      [3, null, 'improvement'],
    ]);
    expect(analyzeSeries(points([35, null]), { tier: 'hard', better: 'same' }).changes[0]!.verdict).toBe(
      'change',
    );
  });

  it('respect the better direction', () => {
    const verdict = (better: 'lower' | 'higher' | 'same') =>
      analyzeSeries(points([1, 2]), { tier: 'hard', better }).changes[0]!.verdict;
    expect([verdict('lower'), verdict('higher'), verdict('same')]).toEqual([
      'regression',
      'improvement',
      'change',
    ]);
  });
});

describe('timings', () => {
  const timed = { tier: 'timed', better: 'lower' } as const;

  it('need ten nights', () => {
    const { changes, nightsNeeded } = analyzeSeries(points([1, 9, 1, 9]), timed);
    expect({ changes, nightsNeeded }).toEqual({ changes: [], nightsNeeded: 6 });
  });

  it('count nights, not values', () => {
    const values = Array.from({ length: 40 }, (_, night) => ({
      night: night < 20 ? night : night + 5,
      value: (night < 25 ? 1 : 1.3) * (1 + 0.01 * Math.sin(7 * night)),
    }));
    const { changes } = analyzeSeries(values, timed);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ kind: 'step', start: 30, end: 30, verdict: 'regression' });
    expect(changes[0]!.ratio).toBeCloseTo(1.3, 1);
  });

  it('show the steps of a synthetic history', () => {
    const [machine] = historyFixture(200).machines;
    const timings = machine!.measures.filter(({ tier }) => tier === 'timed');
    const big = timings.flatMap(({ id, changes, noise }) =>
      planted
        .get(id)!
        .filter(({ kind, relative }) => kind === 'step' && relative >= 4 * noise!)
        .map(({ start, size }) =>
          changes.some((change) => Math.abs(change.start - start) <= 2 && change.ratio! > 1 === size > 1),
        ),
    );
    expect(big.length).toBeGreaterThan(10);
    expect(big.filter(Boolean).length / big.length).toBeGreaterThan(0.85);
  });
});

describe('open measures', () => {
  const change = (verdict: HistoryChange['verdict'], start: number, more: Partial<HistoryChange> = {}) => ({
    kind: 'step' as const,
    start,
    end: start,
    before: 1,
    after: 2,
    ratio: 2,
    verdict,
    ...more,
  });

  it('have a last change that is not an improvement, acknowledged or a revert', () => {
    expect(isOpen({ changes: [] })).toBe(false);
    expect(isOpen({ changes: [change('regression', 3)] })).toBe(true);
    expect(isOpen({ changes: [change('regression', 3), change('improvement', 5)] })).toBe(false);
    expect(isOpen({ changes: [change('improvement', 3), change('change', 5)] })).toBe(true);
    expect(isOpen({ changes: [change('regression', 3, { acknowledged: 'bigger batch' })] })).toBe(false);
    expect(isOpen({ changes: [change('change', 3), change('change', 5, { before: 2, after: 1 })] })).toBe(
      false,
    );
  });

  it('come first, then the latest changes', () => {
    const [{ measures }] = historyFixture(200).machines as [
      ReturnType<typeof historyFixture>['machines'][number],
    ];
    const ordered = inOrderOfInterest(measures);
    const open = ordered.map(isOpen);
    expect(open.lastIndexOf(true)).toBe(open.filter(Boolean).length - 1);
    const ends = ordered
      .filter((m) => !isOpen(m))
      .map(({ changes }) => Math.max(-1, ...changes.map(({ end }) => end)));
    expect(ends).toEqual(ends.toSorted((a, b) => b - a));
    expect(ordered).toHaveLength(measures.length);
  });
});

describe('words', () => {
  it('give values in units, and changes as percentages or factors', () => {
    expect(formatMeasure(0.0123, 's')).toBe('12.3 ms');
    expect(formatMeasure(6_936_624, 'flop')).toBe('6.937 Mflop');
    expect(formatMeasure(null, '')).toBe('none');
    const step = (ratio: number | null, more = {}): HistoryChange => ({
      kind: 'step',
      start: 0,
      end: 0,
      before: 0,
      after: 3,
      ratio,
      verdict: 'regression',
      ...more,
    });
    expect(formatChange(step(1.102), 's')).toBe('+10.2 %');
    expect(formatChange(step(0.9519), 's')).toBe('−4.8 %');
    expect(formatChange(step(3.4), 's')).toBe('3.40×');
    expect(formatChange(step(null), '')).toBe('0 → 3');
    expect(formatChangeInterval(step(1.1, { low: 1.091, high: 1.113 }))).toBe('[+9.1, +11.3] %');
    expect(formatChangeInterval(step(2.1, { low: 1.9, high: 2.3 }))).toBe('[+90.0 %, 2.30×]');
  });
});

it('documents match the published schema, which matches its source', () => {
  expect(schemaFile).toEqual(JSON.parse(JSON.stringify(historyReportSchema)));
  expect(validator(historyReportSchema)(historyFixture(30))).toEqual([]);
});
