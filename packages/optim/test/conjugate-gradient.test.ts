// Conjugate gradients against a dense solve.

import { concat, reshape, slice, type Tensor, tensorValue, trace, vector } from '@gaussmark/autodiff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CG_STOP } from '../src/cg-stop.js';
import { type ConjugateGradientOptions, conjugateGradient } from '../src/conjugate-gradient.js';
import {
  type Matrix,
  maxAbs,
  plus,
  randomGram,
  randomNumbers,
  randomVector,
  relativeError,
  solve,
  times,
} from './plain-linear-algebra.js';
import { product, tracedSolver } from './traced-solver.js';

/** The unknown in two leaves of different ranks, to check that a tree is treated as one vector. */
type Halves = { readonly first: Tensor; readonly rest: Tensor };

const SIZE = 8;
const FIRST = 3;

const damped = (A: Matrix, damping: number): Matrix =>
  A.map((row, i) => row.map((x, j) => (i === j ? x + damping : x)));

/** Positive definite because of its shift, times `scale`. */
const randomMatrix = (random: () => number, shift: number, scale = 1): Matrix =>
  damped(randomGram(SIZE, random), shift).map((row) => row.map((x) => scale * x));

interface Settings extends Omit<ConjugateGradientOptions<Halves>, 'preconditioner' | 'maxIterations'> {
  readonly maxIterations: number;
  /** The diagonal of M. */
  readonly diagonal?: readonly number[];
  /** Whether the budget is a tensor. */
  readonly dynamic?: boolean;
}

const split = (v: Tensor): Halves => ({
  first: slice(v, [0], [FIRST]),
  rest: reshape(slice(v, [FIRST], [SIZE]), [1, SIZE - FIRST]),
});

const join = ({ first, rest }: Halves): Tensor => concat([first, reshape(rest, [SIZE - FIRST])]);

function run(A: Matrix, b: readonly number[], settings: Settings) {
  const { diagonal, dynamic = false, maxIterations, ...options } = settings;
  const solveSystem = (matrix: Tensor, rhs: Tensor, weights: Tensor, budget: Tensor) => {
    const { solution, residual, ...scalars } = conjugateGradient<Halves>(
      (v) => split(product(matrix, join(v), SIZE)),
      split(rhs),
      {
        ...options,
        maxIterations: dynamic ? budget : maxIterations,
        ...(dynamic ? { capacity: options.capacity ?? maxIterations } : {}),
        ...(diagonal === undefined ? {} : { preconditioner: (r) => vector.mul(split(weights), r) }),
      },
    );
    return { solution: join(solution), residual: join(residual), ...scalars };
  };
  const inputs = [
    tensorValue('float64', [SIZE, SIZE], A.flat()),
    tensorValue('float64', [SIZE], b),
    tensorValue(
      'float64',
      [SIZE],
      b.map((_, i) => 1 / (diagonal?.[i] ?? 1)),
    ),
    tensorValue('int32', [], [maxIterations]),
  ];
  return tracedSolver(
    solveSystem,
    inputs.map((value) => value.type),
  )(inputs);
}

describe('conjugateGradient', () => {
  it('matches a dense solve to the tolerance, with and without damping and preconditioner', () => {
    const options = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      damping: fc.constantFrom(0, 0.01, 1),
      preconditioned: fc.boolean(),
      dynamic: fc.boolean(),
    });
    fc.assert(
      fc.property(options, ({ seed, damping, preconditioned, dynamic }) => {
        const random = randomNumbers(seed);
        const A = randomMatrix(random, 0.2);
        const b = randomVector(SIZE, random);
        const system = damped(A, damping);
        const result = run(A, b, {
          maxIterations: 40,
          tolerance: 1e-12,
          damping,
          dynamic,
          ...(preconditioned ? { diagonal: system.map((row, i) => row[i]!) } : {}),
        });
        expect(result.stopReason).toBe(CG_STOP.converged);
        expect(relativeError(result.solution, solve(system, b))).toBeLessThan(1e-10);
        expect(result.norm).toBeLessThanOrEqual(1e-12);
      }),
      { numRuns: 25 },
    );
  });

  it('needs one iteration with the exact preconditioner, in the metric of the preconditioner', () => {
    const diagonal = [1, 10, 100, 1000, 1e4, 3, 30, 300];
    const A = diagonal.map((d, i) => diagonal.map((_, j) => (i === j ? d : 0)));
    const b = diagonal.map((_, i) => i + 1);
    expect(run(A, b, { maxIterations: 20, tolerance: 1e-9 }).iterations).toBeGreaterThan(5);
    const exact = run(A, b, { maxIterations: 20, tolerance: 1e-9, diagonal });
    expect(exact.iterations).toBe(1);
    expect(relativeError(exact.solution, solve(A, b))).toBeLessThan(1e-14);
  });

  it('reports the residual after each iteration, followed by zeros', () => {
    const random = randomNumbers(5);
    const A = randomMatrix(random, 0.5);
    const b = randomVector(SIZE, random);
    const all = run(A, b, { maxIterations: 4, capacity: 6, tolerance: 0 });
    expect(all).toMatchObject({ iterations: 4, stopReason: CG_STOP.budget });
    for (let k = 1; k <= 4; k++) {
      const { solution, residual, norm } = run(A, b, { maxIterations: k, tolerance: 0 });
      const exact = plus(b, -1, times(A, solution));
      expect(relativeError(residual, exact)).toBeLessThan(1e-10);
      expect(norm).toBeCloseTo(maxAbs(exact), 12);
      expect(all.history[k - 1]).toBeCloseTo(norm, 14);
    }
    expect(all.history.slice(4)).toEqual([0, 0]);
  });

  it('stops at the first residual at or below the tolerance', () => {
    const random = randomNumbers(6);
    const A = randomMatrix(random, 0.5);
    const b = randomVector(SIZE, random);
    const { history } = run(A, b, { maxIterations: 8, tolerance: 0 });
    const early = run(A, b, { maxIterations: 8, tolerance: history[2]! });
    expect(early).toMatchObject({ iterations: 3, stopReason: CG_STOP.converged });
    expect(early.history.slice(3)).toEqual([0, 0, 0, 0, 0]);
  });

  it('runs at least one iteration for any tolerance', () => {
    const random = randomNumbers(7);
    const A = randomMatrix(random, 0.5);
    const b = randomVector(SIZE, random);
    const result = run(A, b, { maxIterations: 8, tolerance: 1e6 });
    expect(result.iterations).toBe(1);
    const length =
      b.reduce((sum, x) => sum + x * x, 0) / b.reduce((sum, x, i) => sum + x * times(A, b)[i]!, 0);
    expect(
      relativeError(
        result.solution,
        b.map((x) => length * x),
      ),
    ).toBeLessThan(1e-14);
  });

  it('returns zero for a right-hand side of zero', () => {
    const b = new Array<number>(SIZE).fill(0);
    const result = run(randomMatrix(randomNumbers(8), 0.5), b, { maxIterations: 8, tolerance: 1e-6 });
    expect(result).toMatchObject({ solution: b, iterations: 1, stopReason: CG_STOP.converged });
  });

  it('reports a direction without curvature', () => {
    const zero = Array.from({ length: SIZE }, () => new Array<number>(SIZE).fill(0));
    const b = randomVector(SIZE, randomNumbers(9));
    const result = run(zero, b, { maxIterations: 8, tolerance: 1e-6 });
    expect(result).toMatchObject({ iterations: 1, stopReason: CG_STOP.curvature, residual: b });
    expect(maxAbs(result.solution)).toBe(0);
  });

  it('takes no step along negative curvature', () => {
    const A = randomMatrix(randomNumbers(10), 0.5, -1);
    const b = randomVector(SIZE, randomNumbers(11));
    const stopped = run(A, b, { maxIterations: 40, tolerance: 1e-12 });
    expect(stopped).toMatchObject({ iterations: 1, stopReason: CG_STOP.curvature, residual: b });
    expect(maxAbs(stopped.solution)).toBe(0);
  });

  it('reports a NaN', () => {
    const A = randomMatrix(randomNumbers(12), 0.5).map((row, i) =>
      row.map((x, j) => (i === 0 && j === 0 ? Number.NaN : x)),
    );
    const result = run(A, randomVector(SIZE, randomNumbers(13)), { maxIterations: 8, tolerance: 1e-6 });
    expect(result).toMatchObject({ iterations: 1, stopReason: CG_STOP.nonFinite });
  });

  it('requires a bounded number of iterations', () => {
    const type = { dtype: 'float64', shape: [2] } as const;
    const budget = { dtype: 'int32', shape: [] } as const;
    const attempt = (options: (n: Tensor) => ConjugateGradientOptions<Tensor>) => () =>
      trace(
        (b: Tensor, n: Tensor) => conjugateGradient((v: Tensor) => v, b, options(n)).solution,
        type,
        budget,
      );
    expect(attempt((n) => ({ maxIterations: n, tolerance: 0 }))).toThrow(
      /maxIterations is a tensor.*capacity/,
    );
    expect(attempt(() => ({ maxIterations: 0, tolerance: 0 }))).toThrow(
      /1 <= maxIterations <= capacity, got 0 and 0/,
    );
    expect(attempt(() => ({ maxIterations: 5, capacity: 3, tolerance: 0 }))).toThrow(/got 5 and 3/);
  });
});
