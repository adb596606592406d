// The messages of a run under fuzz: each is either sound or refused, and nothing throws.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CurvePoint } from '../src/cell/cell.js';
import { eventIssues, resultIssues } from '../src/run/run-messages.js';
import { cellOf, resultOf } from './fixtures.js';

const CELL = cellOf('sine', 'sgd');
const { curve, ...SOUND } = resultOf(0.5);
const POINT = curve[0]!;

/** A sound value with something else in the place of one of its parts. */
const spoiled = <T extends object>(sound: T) =>
  fc
    .tuple(fc.constantFrom(...(Object.keys(sound) as (keyof T)[])), fc.jsonValue())
    .map(([key, value]) => [key, { ...sound, [key]: value }] as const);

const isSeconds = (value: unknown) => typeof value === 'number' && value >= 0;

describe('a message of a run', () => {
  it('that is sound is taken', () => {
    expect(eventIssues({ type: 'point', point: POINT }, undefined)).toEqual([]);
    expect(resultIssues({ ...SOUND, status: 'done' }, CELL, curve)).toEqual([]);
  });

  it('of any kind is judged without an error', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        // A text of JSON is nothing that a run tells.
        expect(eventIssues(value, undefined).length).toBeGreaterThan(0);
        expect(resultIssues(value, CELL, [])).not.toEqual([]);
      }),
    );
  });

  it.each(['seconds', 'epoch', 'iterations', 'gradientEquivalents'] as const)(
    'is refused where %s of a point is no number of at least 0',
    (key) => {
      fc.assert(
        fc.property(fc.oneof(fc.jsonValue(), fc.double({ max: -1e-9, noNaN: true })), (value) => {
          fc.pre(!isSeconds(value));
          expect(eventIssues({ type: 'point', point: { ...POINT, [key]: value } }, undefined)).not.toEqual(
            [],
          );
        }),
      );
    },
  );

  it('is refused where a curve goes backwards', () => {
    const before: CurvePoint = { ...POINT, epoch: 2 };
    expect(eventIssues({ type: 'point', point: POINT }, before)).not.toEqual([]);
    expect(eventIssues({ type: 'point', point: { ...POINT, epoch: 3, seconds: 0.5 } }, before)).not.toEqual(
      [],
    );
    expect(eventIssues({ type: 'point', point: { ...POINT, epoch: 3 } }, before)).toEqual([]);
  });

  it('is refused where a time of the result is no number of at least 0', () => {
    fc.assert(
      fc.property(spoiled(SOUND.seconds), ([key, seconds]) => {
        const issues = resultIssues({ ...SOUND, status: 'done', seconds }, CELL, curve);
        expect(issues.length === 0).toBe(isSeconds(seconds[key]));
      }),
    );
  });
});
