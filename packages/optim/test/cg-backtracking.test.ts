// CG backtracking: the iterates that are kept, and the way back through them.

import {
  constant,
  equal,
  iota,
  reshape,
  select,
  slice,
  sum,
  type Tensor,
  tensorValue,
  trace,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { describe, expect, it } from 'vitest';
import { backtrackIterates, checkpointIterations } from '../src/cg-backtracking.js';
import { conjugateGradient } from '../src/conjugate-gradient.js';
import { randomGram, randomNumbers, randomVector } from './plain-linear-algebra.js';
import { product } from './traced-solver.js';

const SIZE = 6;
const random = randomNumbers(3);
const A = randomGram(SIZE, random);
const B = randomVector(SIZE, random);
const values = [tensorValue('float64', [SIZE, SIZE], A.flat()), tensorValue('float64', [SIZE], B)];

const solved = (maxIterations: number, checkpoints?: readonly number[]) => {
  const { program } = trace(
    (matrix: Tensor, rhs: Tensor) => {
      const { solution, kept = solution } = conjugateGradient((v) => product(matrix, v, SIZE), rhs, {
        maxIterations,
        tolerance: 0,
        ...(checkpoints && { checkpoints }),
      });
      return [solution, kept];
    },
    values[0]!.type,
    values[1]!.type,
  );
  return evaluate(program, values).map(({ data }) => [...data]);
};

it('keeps the iterate of every checkpoint, to the bit', () => {
  const [, kept] = solved(4, [1, 2, 4, 6]);
  for (const [row, iterations] of [1, 2, 4].entries())
    expect(kept!.slice(row * SIZE, (row + 1) * SIZE)).toEqual(solved(iterations)[0]);
  // Not reached.
  expect(kept!.slice(3 * SIZE)).toEqual(B.map(() => 0));
});

it('refuses checkpoints that do not ascend from 1', () => {
  for (const checkpoints of [[], [0, 1], [2, 2], [1.5]])
    expect(() => solved(4, checkpoints)).toThrow(RangeError);
});

it("has Martens' checkpoints", () => {
  expect(checkpointIterations(250)).toEqual([
    1, 2, 3, 4, 5, 7, 9, 11, 14, 18, 24, 31, 40, 52, 67, 87, 113, 147, 191, 248,
  ]);
  expect(checkpointIterations(1)).toEqual([1]);
  expect(() => checkpointIterations(0)).toThrow(RangeError);
  expect(() => checkpointIterations(5, 1)).toThrow(RangeError);
});

describe('backtrackIterates', () => {
  const CHECKPOINTS = [1, 2, 4, 7];

  /** Kept iterates x = (row, 1) with a loss for each; the last x is (9, 1). */
  const back = (losses: readonly number[], last: number, iterations: number) => {
    const rows = losses.flatMap((_, row) => [row, 1]);
    const { program } = trace(
      (kept: Tensor, table: Tensor, end: Tensor, count: Tensor) => {
        // The loss of the row that x names; a sum of products would spread NaN.
        const lossAt = (x: Tensor) => {
          const row = reshape(slice(x, [0], [1]), []);
          return sum(select(equal(iota(losses.length, 'float64'), row), table, 0));
        };
        const taken = backtrackIterates(
          {
            kept,
            checkpoints: CHECKPOINTS,
            solution: constant(tensorValue('float64', [2], [9, 1])),
            iterations: count,
          },
          lossAt,
          end,
        );
        return [taken.solution, taken.loss, taken.iterations, taken.evaluations];
      },
      { dtype: 'float64', shape: [losses.length, 2] },
      { dtype: 'float64', shape: [losses.length] },
      { dtype: 'float64', shape: [] },
      { dtype: 'int32', shape: [] },
    );
    const [solution, loss, at, evaluations] = evaluate(program, [
      tensorValue('float64', [losses.length, 2], rows),
      tensorValue('float64', [losses.length], losses),
      tensorValue('float64', [], [last]),
      tensorValue('int32', [], [iterations]),
    ]).map(({ data }) => [...data]);
    return { from: solution![0], loss: loss![0], iterations: at![0], evaluations: evaluations![0] };
  };

  it('goes back while the loss falls', () => {
    expect(back([5, 1, 2, 3], 4, 9)).toEqual({ from: 1, loss: 1, iterations: 2, evaluations: 4 });
  });

  it('stays at the last iterate if the one before is worse', () => {
    expect(back([0, 0, 0, 4.1], 4, 9)).toEqual({ from: 9, loss: 4, iterations: 9, evaluations: 1 });
  });

  it('passes over differences of rounding', () => {
    expect(back([5, 1, 4 + 4e-14, 4 - 2e-14], 4, 9)).toMatchObject({ from: 1, evaluations: 4 });
  });

  it('looks only at checkpoints before the last iteration', () => {
    expect(back([5, 3, 0, 0], 4, 4)).toEqual({ from: 1, loss: 3, iterations: 2, evaluations: 2 });
    expect(back([0, 0, 0, 0], 4, 1)).toEqual({ from: 9, loss: 4, iterations: 1, evaluations: 0 });
  });

  it('leaves iterates whose loss is not finite', () => {
    expect(back([5, 2, Number.NaN, Number.POSITIVE_INFINITY], Number.NaN, 9)).toEqual({
      from: 1,
      loss: 2,
      iterations: 2,
      evaluations: 4,
    });
  });
});
