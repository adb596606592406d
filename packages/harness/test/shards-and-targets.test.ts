import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CurvePoint } from '../../cell/src/cell.js';
import { reaches, whereReached } from '../../cell/src/target.js';
import { builtinProblems } from '../src/plan/builtin.js';
import { shardOf } from '../src/plan/shard.js';
import { cellOf, WORKSPACE } from './fixtures.js';

describe('shards', () => {
  const cells = ['sine10', 'boston', 'mnist'].flatMap((problem) =>
    ['sgd', 'sgn[cgIterations=3]', 'sgn[cgIterations=10]'].flatMap((label) =>
      Array.from({ length: 5 }, (_, seed) => cellOf(problem, label, seed)),
    ),
  );

  it.each([1, 2, 4, 7])('of %d are disjoint, cover the plan, and balance every problem', (count) => {
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
  });

  it('depend only on the plan, and keep its order', () => {
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

  it('is reached where all goals are first met', () => {
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

  it('is not reached by values that are not finite or not measured', () => {
    expect(reaches(point(1, {}), { testLoss: 1 })).toBe(false);
    expect(reaches(point(1, { testLoss: 0 }), { testAccuracy: 0 })).toBe(false);
    expect(reaches(point(1, { trainLoss: 1 }), { trainLoss: 1 })).toBe(true);
  });
});

it('the protocol lists the target of every problem that has one', async () => {
  const text = await readFile(path.join(WORKSPACE, 'docs/protocol.md'), 'utf8');
  const listed = [
    ...text.matchAll(/^\| (`[^|]+`) +\| test (loss|accuracy) ([\d.]+(?:e-\d+)?) +\|/gm),
  ].flatMap(([, names = '', what, value]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => [
      name,
      { [what === 'loss' ? 'testLoss' : 'testAccuracy']: Number(value) },
    ]),
  );
  const problems = await builtinProblems();
  const own = problems.flatMap(({ name, targets }) => (targets === undefined ? [] : [[name, targets]]));
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(own));
});
