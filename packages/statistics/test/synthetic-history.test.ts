// A small version of bench/change-points.mjs: finds the changes planted in noisy histories, and nothing else.

import { describe, expect, it } from 'vitest';
import { NOISE_KINDS, score, syntheticHistory } from '../bench/synthetic-history.mjs';
import { detectChanges } from '../src/index.js';
import { repeat } from './random.js';

const HISTORIES = 12;

function outcomesOf(noise: string, deviation: number) {
  const scored = repeat(HISTORIES, (i) => {
    const { values, planted } = syntheticHistory({ seed: 500 + i, deviation, noise });
    const { outcomes, falseAlarms } = score(planted, detectChanges(values).changes);
    return { planted: planted.map((change, j) => ({ ...change, outcome: outcomes[j]! })), falseAlarms };
  });
  return {
    planted: scored.flatMap(({ planted }) => planted),
    falseAlarms: scored.reduce((sum, one) => sum + one.falseAlarms, 0),
  };
}

describe.each(NOISE_KINDS)('synthetic histories of 200 nights, %s noise of 2 %%', (noise) => {
  it('finds steps of 10 % and more, and drifts, with few false alarms', () => {
    const { planted, falseAlarms } = outcomesOf(noise, 0.02);
    const steps = planted.filter(({ kind, relative }) => kind === 'step' && relative >= 0.1);
    const drifts = planted.filter(({ kind }) => kind === 'drift');
    const found = (changes: typeof planted) => changes.filter(({ outcome }) => outcome === 'found').length;
    expect(steps.length).toBeGreaterThan(10);
    expect(found(steps) / steps.length).toBeGreaterThanOrEqual(0.8);
    expect(found(drifts) / drifts.length).toBeGreaterThanOrEqual(0.9);
    expect(falseAlarms).toBeLessThanOrEqual(HISTORIES);
  });

  it('finds nothing in most histories without a change, of any length', () => {
    for (const nights of [12, 40, 200]) {
      const alarms = repeat(40, (i) => {
        const { values } = syntheticHistory({ seed: 900 + i, deviation: 0.03, noise, calm: true });
        return detectChanges(values.slice(0, nights)).changes.length > 0;
      }).filter(Boolean);
      expect(alarms.length).toBeLessThanOrEqual(4);
    }
  });
});

describe('scoring', () => {
  const planted = { kind: 'step', start: 50, end: 50, size: 1.1, relative: 0.1 } as const;

  it('counts a step in the wrong direction, of another kind, or elsewhere as missed and false', () => {
    for (const wrong of [{ size: 0.9 }, { kind: 'drift', end: 80 } as const, { start: 53, end: 53 }]) {
      expect(score([planted], [{ ...planted, ...wrong }])).toEqual({ outcomes: ['missed'], falseAlarms: 1 });
    }
    expect(score([planted], [{ ...planted, start: 52, end: 52 }])).toEqual({
      outcomes: ['found'],
      falseAlarms: 0,
    });
  });
});
