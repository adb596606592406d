// Conjugate gradients beyond convergence: no system ever gives NaN.

import { type FloatDType, type Tensor, tensorValue, vector } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { CG_STOP } from '../src/cg-stop.js';
import { conjugateGradient } from '../src/conjugate-gradient.js';
import {
  type Matrix,
  maxAbs,
  randomGram,
  randomNumbers,
  randomVector,
  relativeError,
  solve,
} from './plain-linear-algebra.js';
import { product, tracedSolver } from './traced-solver.js';

interface System {
  readonly A: Matrix;
  readonly b: readonly number[];
  /** The diagonal of M^-1. */
  readonly weights: readonly number[];
}

/** CG without a tolerance, for systems of one size: it stops by itself or not at all. */
function solver(size: number, dtype: FloatDType, preconditioned: boolean, maxIterations = 40) {
  const run = tracedSolver(
    (A: Tensor, b: Tensor, weights: Tensor) => ({
      ...conjugateGradient((v: Tensor) => product(A, v, size), b, {
        maxIterations,
        tolerance: 0,
        ...(preconditioned ? { preconditioner: (r: Tensor) => vector.mul(weights, r) } : {}),
      }),
    }),
    [
      { dtype, shape: [size, size] },
      { dtype, shape: [size] },
      { dtype, shape: [size] },
    ],
  );
  return ({ A, b, weights }: System) =>
    run([
      tensorValue(dtype, [size, size], A.flat()),
      tensorValue(dtype, [size], b),
      tensorValue(dtype, [size], weights),
    ]);
}

/** A matrix of at most rank `rank`, with rows and columns scaled over `decades`. */
function randomSystem(size: number, seed: number, { rank = size, decades = 0 } = {}): System {
  const random = randomNumbers(seed);
  const gram = randomGram(size, random, rank);
  const scales = gram.map(() => 10 ** (decades * random()));
  const A = gram.map((row, i) => row.map((x, j) => scales[i]! * scales[j]! * x));
  return {
    A,
    b: randomVector(size, random),
    weights: A.map((row, i) => 1 / (row[i]! + 1e-3)),
  };
}

const DTYPES = ['float32', 'float64'] as const;
const isNumber = (values: readonly number[]) => values.every(Number.isFinite);

describe.each(DTYPES)('CG without a stopping criterion, in %s', (dtype) => {
  it.each([
    [1, false],
    [2, true],
    [5, false],
    [8, true],
  ])('gives finite numbers for 250 random systems of size %i, preconditioned %s', (size, preconditioned) => {
    const run = solver(size, dtype, preconditioned);
    const ends = Array.from({ length: 250 }, (_, seed) => {
      const kind = [{}, { decades: 3 }, { rank: size - 1 }, { rank: size - 1, decades: 2 }][seed % 4]!;
      return run(randomSystem(size, seed + 1, kind));
    });
    for (const { solution, residual, norm } of ends) {
      expect(isNumber([...solution, ...residual, norm])).toBe(true);
    }
    const reasons = new Set(ends.map(({ stopReason }) => stopReason));
    expect(reasons).toContain(CG_STOP.exact);
    expect(reasons).not.toContain(CG_STOP.nonFinite);
  });

  it('solves systems on which it stops early as well as a dense solve', () => {
    const run = solver(6, dtype, false);
    const accuracy = { float32: 1e-3, float64: 1e-11 }[dtype];
    for (let seed = 1; seed <= 50; seed++) {
      const system = randomSystem(6, seed);
      const A = system.A.map((row, i) => row.map((x, j) => x + (i === j ? 0.5 : 0)));
      const { solution, stopReason, iterations } = run({ ...system, A });
      expect([CG_STOP.exact, CG_STOP.converged]).toContain(stopReason);
      expect(iterations).toBeLessThan(40);
      expect(relativeError(solution, solve(A, system.b))).toBeLessThan(accuracy);
    }
  });

  it.each([
    // The scale of b or A does not matter until its squares underflow; then x = 0 is exact to rounding.
    ['a tiny right-hand side', { A: [[2]], b: [1e-12] }, [5e-13], CG_STOP.converged],
    ['one whose square underflows', { A: [[2]], b: [1e-200] }, [0], CG_STOP.exact],
    ['a right-hand side of zero', { A: [[2]], b: [0] }, [0], CG_STOP.converged],
    ['no curvature', { A: [[0]], b: [1] }, [0], CG_STOP.curvature],
    ['negative curvature', { A: [[-2]], b: [1] }, [0], CG_STOP.curvature],
    ['a step that no float can reach', { A: [[1e-320]], b: [1] }, [0], CG_STOP.curvature],
  ])('with one unknown and %s', (_, { A, b }, solution, stopReason) => {
    if (dtype === 'float32' && b[0] === 1e-200) return;
    const end = solver(1, dtype, false)({ A, b, weights: [1] });
    expect(end.stopReason).toBe(stopReason);
    expect(end.iterations).toBe(1);
    expect(Math.abs(end.solution[0]! - solution[0]!)).toBeLessThanOrEqual(1e-7 * solution[0]!);
  });

  it('keeps the current x if the next direction has no curvature', () => {
    // b is not in the range of A: the part that is gets solved; along the rest there is no minimum.
    const A = [
      [2, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
    ];
    const end = solver(3, dtype, false)({ A, b: [1, 1, 1e-3], weights: [1, 1, 1] });
    expect(end.stopReason).toBe(CG_STOP.curvature);
    expect(maxAbs(end.solution)).toBeLessThan(10);
    expect(isNumber(end.solution)).toBe(true);
  });
});
