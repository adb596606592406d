// Search spaces, quasi-random points and grids, against their definitions.

import type { Registry, SearchDimension } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { workspaceRegistry } from '../../harness/test/fixtures.js';
import { firstPrimes, ScrambledHalton } from '../src/halton.js';
import { trialPoints } from '../src/points.js';
import { searchedOptimizers, valueAt } from '../src/space.js';

let registry: Registry;
beforeAll(async () => {
  registry = await workspaceRegistry();
});

describe('scrambled Halton points', () => {
  it('have prime bases', () => {
    expect(firstPrimes(8)).toEqual([2, 3, 5, 7, 11, 13, 17, 19]);
  });

  it('fill every interval of length b^-m once in b^m consecutive points', () => {
    const sequence = new ScrambledHalton(4, 7);
    for (const [dimension, base] of [2, 3, 5, 7].entries()) {
      for (const power of [1, 2, 3]) {
        const count = base ** power;
        for (const start of [0, 5 * count]) {
          const cells = Array.from({ length: count }, (_, i) =>
            Math.floor(sequence.point(start + i)[dimension]! * count),
          );
          expect(
            [...cells].sort((a, b) => a - b),
            `base ${base}, ${count} points`,
          ).toEqual(Array.from({ length: count }, (_, i) => i));
        }
      }
    }
  });

  it('cover the square with two large bases, unlike unscrambled ones', () => {
    const points = Array.from({ length: 16 }, (_, i) => new ScrambledHalton(8, 1).point(i));
    const [x, y] = [points.map((point) => point[6]!), points.map((point) => point[7]!)];
    expect(Math.abs(correlation(x, y))).toBeLessThan(0.6);
    const plain = (base: number) => Array.from({ length: 16 }, (_, i) => i / base);
    expect(correlation(plain(17), plain(19))).toBeCloseTo(1);
  });

  it('depend only on the seed', () => {
    const first = (seed: number) => new ScrambledHalton(3, seed).point(11);
    expect(first(5)).toEqual(first(5));
    expect(first(5)).not.toEqual(first(6));
  });
});

function correlation(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const product = (a: readonly number[], ma: number, b: readonly number[], mb: number) =>
    a.reduce((sum, v, i) => sum + (v - ma) * (b[i]! - mb), 0);
  return product(x, mx, y, my) / Math.sqrt(product(x, mx, x, mx) * product(y, my, y, my));
}

describe('a value of a dimension', () => {
  it.each<[SearchDimension, u: number, value: unknown]>([
    [{ scale: 'linear', low: -1, high: 3 }, 0.25, 0],
    [{ scale: 'log', low: 1e-4, high: 1 }, 0.5, 0.01],
    [{ scale: 'log', low: 1e-4, high: 10 }, 0, 1e-4],
    [{ scale: 'integer', low: 3, high: 6 }, 0.999, 6],
    [{ scale: 'integer', low: 3, high: 6 }, 0.25, 4],
    [{ scale: 'categorical', values: ['a', null, true] }, 0.34, null],
  ])('%j at %f', (dimension, u, value) => {
    expect(valueAt(dimension, u)).toBe(value);
  });

  it('has integers on a log scale in proportion to their intervals, ends included', () => {
    const dimension: SearchDimension = { scale: 'log-integer', low: 1, high: 40 };
    const draws = Array.from({ length: 10_000 }, (_, i) => valueAt(dimension, (i + 0.5) / 10_000));
    for (const n of [1, 2, 40]) {
      const share = Math.log((n + 0.5) / (n - 0.5)) / Math.log(40.5 / 0.5);
      expect(draws.filter((value) => value === n).length / 10_000).toBeCloseTo(share, 3);
    }
  });

  it('stays inside its interval when rounded to four digits', () => {
    const dimension: SearchDimension = { scale: 'linear', low: 0.123456, high: 0.987654 };
    expect(valueAt(dimension, 0)).toBe(0.1235);
    expect(valueAt(dimension, 0.999999)).toBe(0.987654);
  });
});

describe('the space of an optimizer', () => {
  it('is that of its manifest, without fixed values, with listed ones', () => {
    const [sgd] = searchedOptimizers(['sgd[momentum=0,schedule=constant,linear]'], registry);
    expect(sgd).toMatchObject({ selection: 'sgd[momentum=0]', fixed: { momentum: 0 } });
    expect(sgd!.space).toEqual({
      learningRate: { scale: 'log', low: 1e-4, high: 10 },
      schedule: { scale: 'categorical', values: ['constant', 'linear'] },
    });
  });

  it.each([
    [
      'sgd[learningRate=1,momentum=0,schedule=linear]',
      { plugin: "optimizer 'sgd'", got: 'learningRate, momentum, schedule fixed' },
    ],
    ['sgd[momentum=0,2]', { pointer: '/momentum', got: '2' }],
    ['sgdd', { summary: expect.stringContaining("did you mean 'sgd'") }],
  ])('of %s is rejected', (text, error) => {
    expect(() => searchedOptimizers([text], registry)).toThrow(expect.objectContaining(error));
  });

  it('is rejected if the optimizer is given twice', () => {
    expect(() => searchedOptimizers(['sgd,sgn', 'sgd'], registry)).toThrow(
      expect.objectContaining({ got: 'sgd', expected: 'distinct optimizers' }),
    );
  });
});

describe('trial points', () => {
  const points = (text: string, search: 'grid' | 'quasi-random', trials: number, seed = 0) =>
    trialPoints(searchedOptimizers([text], registry)[0]!, search, trials, seed);

  it('start with the same trials, whatever their number', () => {
    const few = points('sgd', 'quasi-random', 5);
    expect(points('sgd', 'quasi-random', 12).slice(0, 5)).toEqual(few);
    expect(points('sgd', 'quasi-random', 5, 1)).not.toEqual(few);
    for (const { learningRate, momentum } of few) {
      expect(learningRate).toBeGreaterThanOrEqual(1e-4);
      expect(learningRate).toBeLessThanOrEqual(10);
      expect(momentum).toBeLessThanOrEqual(0.99);
    }
  });

  it('are distinct, and cover a small space', () => {
    const found = points('sgn[cgIterations=2,damping=1e-4,momentum=0]', 'quasi-random', 16);
    expect(new Set(found.map((point) => JSON.stringify(point))).size).toBe(8);
    expect(found.length).toBe(8);
  });

  it('of a grid are all combinations, with as many levels as fit', () => {
    expect(
      points('sgd[momentum=0,schedule=constant,linear]', 'grid', 12).map((point) => Object.values(point)),
    ).toEqual(
      [1e-4, 1e-3, 1e-2, 0.1, 1, 10].flatMap((rate) => [
        [rate, 'constant'],
        [rate, 'linear'],
      ]),
    );
    expect(() => points('sgn', 'grid', 16)).toThrow(
      expect.objectContaining({ expected: 'at most 16 (--trials)', got: expect.stringMatching(/^64\b/) }),
    );
  });
});
