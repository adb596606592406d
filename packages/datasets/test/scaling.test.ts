// Scaling of columns whose divisor is zero or nearly zero.

import { describe, expect, it } from 'vitest';
import { fitScaling } from '../src/scaling.js';

const scaled = (scaling: 'none' | 'standardize' | 'max', column: readonly number[]) =>
  column.map(fitScaling(scaling, column));

describe('standardizing', () => {
  it('gives mean 0 and deviation 1', () => {
    expect(scaled('standardize', [1, 3])).toEqual([-1, 1]);
    expect(scaled('standardize', [1e200, 3e200])).toEqual([-1, 1]);
    expect(scaled('standardize', [1e-200, 3e-200])).toEqual([expect.closeTo(-1, 12), expect.closeTo(1, 12)]);
  });

  it.each([
    ['equal values', new Array<number>(50).fill(0.1)],
    ['values that are equal up to rounding', [0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2]],
    ['large ones', [1e15, 1e15 + 0.125, 1e15 - 0.125]],
    ['zeros', [0, 0, 0]],
    ['one row', [7]],
  ])('makes %s zero', (_, column) => {
    expect(scaled('standardize', column)).toEqual(column.map(() => 0));
  });

  it('keeps the distance of other values from a constant column', () => {
    const scale = fitScaling('standardize', [0.3, 0.1 + 0.2, 0.3]);
    expect(scale(1.3)).toBeCloseTo(1, 12);
    expect(scale(0.1 + 0.2)).toBe(0);
  });
});

describe('dividing by the largest value', () => {
  it.each([
    ['zeros', [0, 0], [0, 0]],
    ['a constant column', [-4, -4], [-1, -1]],
    ['subnormal numbers', [1e-310, -1e-310], [1, -1]],
    ['one row', [5], [1]],
  ])('gives finite numbers for %s', (_, column, expected) => {
    expect(scaled('max', column)).toEqual(expected);
  });
});

describe('no scaling', () => {
  it('changes nothing', () => {
    expect(scaled('none', [0.1, 1e300, 0])).toEqual([0.1, 1e300, 0]);
  });
});
