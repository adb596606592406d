import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GaussmarkError } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import type { CurvePoint } from '../src/cell/cell.js';
import { reaches, whereReached } from '../src/cell/target.js';
import { builtinProblems } from '../src/plan/builtin.js';
import {
  formatInterval,
  parseBytes,
  parseGoals,
  parseInterval,
  parseSeconds,
  parseShard,
} from '../src/plan/quantities.js';
import { shardOf } from '../src/plan/shard.js';
import { cellOf, WORKSPACE } from './fixtures.js';

describe('quantities', () => {
  it.each([
    ['90', 90],
    ['1.5 s', 1.5],
    ['10min', 600],
    ['2h', 7200],
  ])('%s is %d seconds', (text, seconds) => expect(parseSeconds(text)).toBe(seconds));

  it.each([
    ['500MB', 5e8],
    ['2GiB', 2 ** 31],
    ['1.5 GiB', 1.5 * 2 ** 30],
  ])('%s is %d bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  it.each(['0', '-3', '5 days', '', '1e3'])('%j is no time', (text) => {
    expect(() => parseSeconds(text)).toThrow(/90, 90s, 10min, 2h/);
  });

  it.each(['2', '2G', '0MB', '2 gib', ''])('%j is no amount of memory', (text) => {
    expect(() => parseBytes(text)).toThrow(/500MB, 2GiB/);
  });

  it('intervals are steps or epochs, and say so', () => {
    expect(parseInterval('1e12 epochs')).toEqual({ epochs: 1e12 });
    expect(() => parseInterval('1e13 epochs')).toThrow(/cannot read/);
    expect(['50 steps', '1step', '2epochs', '1 epoch'].map(parseInterval)).toEqual([
      { steps: 50 },
      { steps: 1 },
      { epochs: 2 },
      { epochs: 1 },
    ]);
    expect([{ steps: 50 }, { steps: 1 }, { epochs: 2 }].map(formatInterval)).toEqual([
      '50 steps',
      '1 step',
      '2 epochs',
    ]);
    for (const text of ['50', '0 steps', '1.5 epochs', '2 hours', '']) {
      expect(() => parseInterval(text)).toThrow(/'50 steps', 2epochs/);
    }
  });

  it('targets are read together or apart, each quantity once', () => {
    expect(parseGoals(['testLoss=0.02, testAccuracy=0.97', 'trainLoss=1e-3'])).toEqual({
      testLoss: 0.02,
      testAccuracy: 0.97,
      trainLoss: 1e-3,
    });
  });

  it.each([
    ['testLos=1', /unknown target 'testLos'; did you mean 'testLoss'/],
    ['testLoss', /cannot read the target/],
    ['testLoss=low', /cannot read the target/],
    ['testLoss=1=2', /cannot read the target/],
    ['testAccuracy=97', /a share from 0 to 1/],
    ['testAccuracy=-0.1', /a share from 0 to 1/],
    ['testLoss=-1', /a loss of at least 0/],
    ['trainLoss=-1e-9', /a loss of at least 0/],
    ['trainLoss=1e999', /a loss of at least 0/],
    ['testLoss=1,testLoss=2', /once/],
  ])('the target %s is refused', (text, message) => {
    expect(() => parseGoals([text])).toThrow(message);
    expect(() => parseGoals([text])).toThrow(GaussmarkError);
  });

  it.each(['0/2', '3/2', '1', '1/0', 'a/b', '1/2/3'])('%j is no shard', (text) => {
    expect(() => parseShard(text)).toThrow(/the i-th of n parts/);
  });
});

describe('shards', () => {
  const cells = ['sine10', 'boston', 'mnist'].flatMap((problem) =>
    ['sgd', 'sgn[cgIterations=3]', 'sgn[cgIterations=10]'].flatMap((label) =>
      Array.from({ length: 5 }, (_, seed) => cellOf(problem, label, seed)),
    ),
  );

  it.each([1, 2, 4, 7])(
    'of %d are disjoint, make up the plan, and have as much of every problem',
    (count) => {
      const shards = Array.from({ length: count }, (_, i) => shardOf(cells, { index: i + 1, count }));
      expect(
        shards
          .flat()
          .map(({ id }) => id)
          .sort(),
      ).toEqual(cells.map(({ id }) => id).sort());
      for (const problem of ['sine10', 'boston', 'mnist']) {
        const sizes = shards.map((shard) => shard.filter((cell) => cell.problem.name === problem).length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }
      const totals = shards.map((shard) => shard.length);
      expect(Math.max(...totals) - Math.min(...totals)).toBeLessThanOrEqual(1);
    },
  );

  it('do not depend on anything but the plan, and keep its order', () => {
    const again = shardOf([...cells], { index: 2, count: 3 });
    expect(again).toEqual(shardOf(cells, { index: 2, count: 3 }));
    expect(cells.filter((cell) => again.includes(cell))).toEqual(again);
  });
});

describe('a target', () => {
  const point = (epoch: number, values: Partial<CurvePoint>): CurvePoint => ({
    epoch,
    iterations: 10 * epoch,
    seconds: epoch,
    trainLoss: null,
    testLoss: null,
    ...values,
  });

  it('is reached where all goals are, at the first time', () => {
    const curve = [
      point(1, { testLoss: 0.5, testAccuracy: 0.99 }),
      point(2, { testLoss: 0.1, testAccuracy: 0.9 }),
      point(3, { testLoss: 0.1, testAccuracy: 0.95 }),
      point(4, { testLoss: 0.05, testAccuracy: 0.99 }),
    ];
    expect(whereReached(curve, { testLoss: 0.1, testAccuracy: 0.95 })?.epoch).toBe(3);
    expect(whereReached(curve, { testLoss: 0.1 })?.epoch).toBe(2);
    expect(whereReached(curve, { testLoss: 0.01 })).toBeNull();
  });

  it('is not reached by what is not finite, or not measured', () => {
    expect(reaches(point(1, {}), { testLoss: 1 })).toBe(false);
    expect(reaches(point(1, { testLoss: 0 }), { testAccuracy: 0 })).toBe(false);
    expect(reaches(point(1, { trainLoss: 1 }), { trainLoss: 1 })).toBe(true);
  });
});

it('the protocol lists the target of every problem that has one', async () => {
  const text = await readFile(path.join(WORKSPACE, 'docs/protocol.md'), 'utf8');
  const listed = [...text.matchAll(/^\| (`[^|]+`) +\| test (loss|accuracy) ([\d.]+) +\|/gm)].flatMap(
    ([, names = '', what, value]) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => [
        name,
        { [what === 'loss' ? 'testLoss' : 'testAccuracy']: Number(value) },
      ]),
  );
  const problems = await builtinProblems();
  const own = problems.flatMap(({ name, targets }) => (targets === undefined ? [] : [[name, targets]]));
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(own));
});
