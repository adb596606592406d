// Conjugate gradients with a warm start, and with Martens' stopping rule, against plain loops.

import { tensorType } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { CG_STOP } from '../src/cg-stop.js';
import { type CgProgress, conjugateGradient } from '../src/conjugate-gradient.js';
import { double } from './evaluated.js';
import {
  dot,
  type Matrix,
  plus,
  randomGram,
  randomNumbers,
  randomVector,
  relativeError,
  solve,
  times,
  type Vector,
} from './plain-linear-algebra.js';
import { product, tracedSolver } from './traced-solver.js';

const SIZE = 30;
const random = randomNumbers(11);
const A: Matrix = randomGram(SIZE, random).map((row, i) => row.map((x, j) => (i === j ? x + 0.01 : x)));
const b: Vector = randomVector(SIZE, random);
const exact = solve(A, b);

interface Settings {
  readonly start?: Vector;
  readonly maxIterations?: number;
  readonly tolerance?: number;
  readonly damping?: number;
  readonly progress?: CgProgress;
}

function run({ start, maxIterations = 60, tolerance = 1e-12, damping = 0, progress }: Settings) {
  const types = [
    tensorType('float64', [SIZE, SIZE]),
    tensorType('float64', [SIZE]),
    tensorType('float64', [SIZE]),
  ];
  const traced = tracedSolver((matrix, rhs, x) => {
    const options = {
      maxIterations,
      tolerance,
      damping,
      ...(start && { start: x! }),
      ...(progress && { progress }),
    };
    return { ...conjugateGradient((v) => product(matrix!, v, SIZE), rhs!, options) };
  }, types);
  return traced([double([SIZE, SIZE], A.flat()), double([SIZE], b), double([SIZE], start ?? b)]);
}

describe('a warm start', () => {
  it('solves the same system, damping included', () => {
    const start = randomVector(SIZE, randomNumbers(3));
    const system = A.map((row, i) => row.map((x, j) => (i === j ? x + 0.5 : x)));
    const result = run({ start, damping: 0.5 });
    expect(result.stopReason).toBe(CG_STOP.converged);
    expect(relativeError(result.solution, solve(system, b))).toBeLessThan(1e-10);
    expect(relativeError(result.solution, run({ damping: 0.5 }).solution)).toBeLessThan(1e-10);
  });

  it('near the solution saves iterations, and at it is done', () => {
    const near = run({ start: exact.map((x) => x * (1 + 1e-6)), tolerance: 1e-8 });
    expect(near.iterations).toBeLessThan(run({ tolerance: 1e-8 }).iterations);
    const done = run({ start: exact, tolerance: 1e-8 });
    expect(done).toMatchObject({ iterations: 1, stopReason: CG_STOP.converged });
    expect(relativeError(done.solution, exact)).toBeLessThan(1e-9);
  });
});

describe("Martens' stopping rule", () => {
  /** x'Ax / 2 - b'x after 1, 2, ... iterations. */
  const models = Array.from({ length: 60 }, (_, i) => {
    const { solution: x } = run({ maxIterations: i + 1, tolerance: 0 });
    return dot(x, plus(times(A, x), -2, b)) / 2;
  });

  it.each([
    [5e-4, 10],
    [5e-3, 3],
    [1e-2, 10],
  ])('with tolerance %d over %d iterations stops where a plain loop does', (tolerance, window) => {
    const k = (i: number) => Math.max(window, Math.floor(i / 10));
    const expected = models.findIndex((q, index) => {
      const i = index + 1;
      return i > k(i) && q < 0 && (q - models[index - k(i)]!) / q < k(i) * tolerance;
    });
    expect(expected).toBeGreaterThan(window - 1);
    const result = run({ tolerance: 0, progress: { tolerance, window } });
    expect(result).toMatchObject({ iterations: expected + 1, stopReason: CG_STOP.progress });
  });

  it('leaves the other ends as they are', () => {
    const progress = { tolerance: 1e-30 };
    expect(run({ progress, tolerance: 1e-3 }).stopReason).toBe(CG_STOP.converged);
    expect(run({ progress, tolerance: 0, maxIterations: 4 })).toMatchObject({
      iterations: 4,
      stopReason: CG_STOP.budget,
    });
  });
});
