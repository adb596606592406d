// The messages of a run under fuzz: each is valid or refused, and nothing throws.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CurvePoint } from '../../cell/src/cell.js';
import { eventIssues, resultIssues } from '../src/run/run-messages.js';
import { cellOf, resultOf } from './fixtures.js';

const CELL = cellOf('sine', 'sgd');
const { curve, ...VALID } = resultOf(0.5);
const POINT = curve[0]!;

/** A valid value with one part replaced. */
const corrupted = <T extends object>(valid: T) =>
  fc
    .tuple(fc.constantFrom(...(Object.keys(valid) as (keyof T)[])), fc.jsonValue())
    .map(([key, value]) => [key, { ...valid, [key]: value }] as const);

const isSeconds = (value: unknown) => typeof value === 'number' && value >= 0;

describe('a message of a run', () => {
  it('is accepted if valid', () => {
    expect(eventIssues({ type: 'point', point: POINT }, undefined)).toEqual([]);
    expect(resultIssues({ ...VALID, status: 'done' }, CELL, curve)).toEqual([]);
  });

  it('is judged without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        // No random JSON is a valid message of a run.
        expect(eventIssues(value, undefined).length).toBeGreaterThan(0);
        expect(resultIssues(value, CELL, [])).not.toEqual([]);
      }),
    );
  });

  it.each(['seconds', 'epoch', 'iterations', 'gradientEquivalents'] as const)(
    'is refused if %s of a point is not a number of at least 0',
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

  it('is refused if the curve goes backwards', () => {
    const before: CurvePoint = { ...POINT, epoch: 2 };
    expect(eventIssues({ type: 'point', point: POINT }, before)).not.toEqual([]);
    expect(eventIssues({ type: 'point', point: { ...POINT, epoch: 3, seconds: 0.5 } }, before)).not.toEqual(
      [],
    );
    expect(eventIssues({ type: 'point', point: { ...POINT, epoch: 3 } }, before)).toEqual([]);
  });

  it('is refused if a time of the result is not a number of at least 0', () => {
    fc.assert(
      fc.property(corrupted(VALID.seconds), ([key, seconds]) => {
        const issues = resultIssues({ ...VALID, status: 'done', seconds }, CELL, curve);
        expect(issues.length === 0).toBe(isSeconds(seconds[key]));
      }),
    );
  });
});
