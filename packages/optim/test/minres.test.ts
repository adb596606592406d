// MINRES against scipy and dense solutions: definite, indefinite, singular, with and without a solution.

import { type TensorType, tensorType } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { MINRES_STOP, minres } from '../src/minres.js';
import { double } from './evaluated.js';
import golden from './golden/systems.json' with { type: 'json' };
import { dot, type Matrix, maxAbs, plus, relativeError, times, type Vector } from './plain-linear-algebra.js';
import { product, tracedSolver } from './traced-solver.js';

interface Given {
  readonly maxIterations?: number;
  readonly tolerance?: number;
  readonly damping?: number;
}

function solve(A: Matrix, b: Vector, { maxIterations = 30, tolerance = 1e-12, damping = 0 }: Given = {}) {
  const n = b.length;
  const types: readonly TensorType[] = [tensorType('float64', [n, n]), tensorType('float64', [n])];
  const run = tracedSolver(
    (matrix, rhs) => ({
      ...minres((v) => product(matrix!, v, n), rhs!, { maxIterations, tolerance, damping }),
      residual: rhs!,
    }),
    types,
  );
  return run([double([n, n], A.flat()), double([n], b)]);
}

const residualOf = (A: Matrix, x: Vector, b: Vector) => plus(b, -1, times(A, x));
const norm = (v: Vector) => Math.sqrt(dot(v, v));

const [definite, indefinite, singular, inconsistent] = golden.systems as readonly {
  readonly matrix: Matrix;
  readonly rhs: Vector;
  readonly solution: Vector;
  readonly norms: Vector;
}[];

describe('minres', () => {
  it.each([
    ['positive definite', definite!],
    ['indefinite', indefinite!],
    ['singular with a solution', singular!],
  ])('solves a system: %s', (_, { matrix, rhs, solution, norms }) => {
    const result = solve(matrix, rhs);
    expect(relativeError(result.solution, solution)).toBeLessThan(1e-11);
    expect([MINRES_STOP.converged, MINRES_STOP.exact]).toContain(result.stopReason);
    expect(result.iterations).toBeLessThanOrEqual(rhs.length + 1);
    // Each residual is scipy's, and the recurrence is the true norm.
    const history = result.history.slice(0, norms.length);
    expect(history).toEqual(norms.map((x) => expect.closeTo(x, 9)));
    expect(norm(residualOf(matrix, result.solution, rhs))).toBeLessThan(1e-11);
    expect(result.norm).toBeLessThan(1e-11);
  });

  it('stops at a least-squares solution if there is no other', () => {
    const { matrix, rhs, solution } = inconsistent!;
    const result = solve(matrix, rhs);
    expect(result.stopReason).toBe(MINRES_STOP.leastSquares);
    const residual = residualOf(matrix, result.solution, rhs);
    expect(maxAbs(times(matrix, residual))).toBeLessThan(1e-12);
    expect(norm(residual)).toBeCloseTo(norm(residualOf(matrix, solution, rhs)), 10);
    expect(result.norm).toBeCloseTo(norm(residual), 10);
  });

  it('adds damping, and never lets the residual grow', () => {
    const { matrix, rhs } = indefinite!;
    const shifted = matrix.map((row, i) => row.map((x, j) => (i === j ? x + 0.7 : x)));
    const result = solve(matrix, rhs, { damping: 0.7 });
    expect(maxAbs(residualOf(shifted, result.solution, rhs))).toBeLessThan(1e-11);
    const history = result.history.slice(0, result.iterations);
    expect(history).toEqual([...history].sort((a, b) => b - a));
  });

  it('stops at the budget, and at the tolerance', () => {
    const { matrix, rhs, norms } = definite!;
    expect(solve(matrix, rhs, { maxIterations: 3 })).toMatchObject({
      iterations: 3,
      stopReason: MINRES_STOP.budget,
      norm: expect.closeTo(norms[2]!, 10),
    });
    const early = solve(matrix, rhs, { tolerance: norms[3]! * 1.001 });
    expect(early).toMatchObject({ iterations: 4, stopReason: MINRES_STOP.converged });
    expect(early.history.slice(4)).toEqual(new Array(26).fill(0));
  });

  it.each([
    ['b = 0', [[2]], [0], { solution: [0], iterations: 0, stopReason: MINRES_STOP.converged }],
    ['one unknown', [[-2]], [3], { solution: [-1.5], iterations: 1, stopReason: MINRES_STOP.converged }],
    ['A = 0', [[0]], [1], { solution: [0], iterations: 1, stopReason: MINRES_STOP.leastSquares }],
    ['NaN', [[Number.NaN]], [1], { iterations: 1, stopReason: MINRES_STOP.nonFinite }],
    [
      'repeated eigenvalues',
      [
        [3, 0],
        [0, 3],
      ],
      [6, 9],
      { solution: [2, 3].map((x) => expect.closeTo(x, 14)), iterations: 1 },
    ],
  ] as const)('ends well with %s', (_, A, b, expected) => {
    expect(solve(A, b)).toMatchObject(expected);
  });

  it('rejects a budget of no iterations', () => {
    expect(() => solve([[1]], [1], { maxIterations: 0 })).toThrow(/maxIterations of at least 1, got 0/);
  });
});
