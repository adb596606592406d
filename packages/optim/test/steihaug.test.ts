// Steihaug's method against scipy's, dense solutions, the best step in the region, and plain loops.

import type { Tensor, TensorValue } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { STEIHAUG_STOP, steihaug } from '../src/steihaug.js';
import { double, evaluated, numbersOf } from './evaluated.js';
import regions from './golden/regions.json' with { type: 'json' };
import golden from './golden/systems.json' with { type: 'json' };
import {
  dot,
  type Matrix,
  randomGram,
  randomNumbers,
  randomVector,
  relativeError,
  solve,
  times,
  type Vector,
} from './plain-linear-algebra.js';
import { product } from './traced-solver.js';

interface Given {
  readonly maxIterations?: number;
  readonly tolerance?: number;
}

function region(A: Matrix, g: Vector, radius: number, { maxIterations = 40, tolerance = 0 }: Given = {}) {
  const n = g.length;
  const inputs = [double([n, n], A.flat()), double([n], g), double([], [radius])];
  const solved = (matrix: Tensor, gradient: Tensor, bound: Tensor) => ({
    ...steihaug((v: Tensor) => product(matrix, v, n), gradient, bound, { maxIterations, tolerance }),
  });
  const values = evaluated(solved, ...inputs) as Readonly<Record<string, TensorValue>>;
  const [step, scalars] = [numbersOf(values.step!), (name: string) => numbersOf(values[name]!)[0]!];
  return {
    step,
    stepNorm: scalars('stepNorm'),
    predictedChange: scalars('predictedChange'),
    iterations: scalars('iterations'),
    stopReason: scalars('stopReason'),
  };
}

const norm = (v: Vector) => Math.sqrt(dot(v, v));
const model = (A: Matrix, g: Vector, step: Vector) => dot(g, step) + dot(step, times(A, step)) / 2;
const negative = (v: Vector) => v.map((x) => -x);

/** The minimum of the model in the region for a positive definite A: (A + shift I) D = -g, by bisection for |D| = radius. */
function best(A: Matrix, g: Vector, radius: number): number[] {
  const shifted = (shift: number) =>
    solve(
      A.map((row, i) => row.map((x, j) => (i === j ? x + shift : x))),
      negative(g),
    );
  if (norm(shifted(0)) <= radius) return shifted(0);
  let [low, high] = [0, norm(g) / radius];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (norm(shifted(middle)) > radius) low = middle;
    else high = middle;
  }
  return shifted(high);
}

describe('steihaug', () => {
  it.each(golden.systems.map((system, i) => [system.name, system, regions.regions[i]!] as const))(
    "takes scipy's steps to the boundary: %s",
    (_, { matrix, rhs }, { steps }) => {
      const gradient = negative(rhs);
      for (const { radius, step } of steps) {
        const result = region(matrix, gradient, radius);
        expect(relativeError(result.step, step)).toBeLessThan(1e-12);
        expect(Math.abs(norm(result.step) / radius - 1)).toBeLessThan(1e-14);
        expect(result.stepNorm).toBeCloseTo(radius, 14);
        expect(result.predictedChange).toBeCloseTo(model(matrix, gradient, step), 13);
        expect([STEIHAUG_STOP.boundary, STEIHAUG_STOP.curvature]).toContain(result.stopReason);
      }
    },
  );

  it('solves the system inside a large region', () => {
    const { matrix, rhs, solution } = golden.systems[0]!;
    const result = region(matrix, negative(rhs), 1e3);
    expect(relativeError(result.step, solution)).toBeLessThan(1e-12);
    expect(result.stopReason).toBe(STEIHAUG_STOP.exact);
    expect(result.stepNorm).toBeCloseTo(norm(solution), 12);
    expect(result.predictedChange).toBeCloseTo(-dot(rhs, solution) / 2, 12);
    expect(region(matrix, negative(rhs), 1e3, { tolerance: 1e-8 }).stopReason).toBe(STEIHAUG_STOP.converged);
    expect(region(matrix, negative(rhs), 1e3, { maxIterations: 2 })).toMatchObject({
      iterations: 2,
      stopReason: STEIHAUG_STOP.budget,
    });
  });

  it('reaches at least half of the best decrease if the matrix is positive definite', () => {
    const random = randomNumbers(5);
    for (let round = 0; round < 20; round++) {
      const A = randomGram(6, random).map((row, i) => row.map((x, j) => (i === j ? x + 1e-3 : x)));
      const g = randomVector(6, random);
      const radius = norm(solve(A, g)) * 10 ** (-2 + round / 8);
      const result = region(A, g, radius);
      const optimum = best(A, g, radius);
      const share = model(A, g, result.step) / model(A, g, optimum);
      expect(share).toBeGreaterThan(0.5);
      expect(share).toBeLessThan(1 + 1e-9);
      expect(result.predictedChange / model(A, g, result.step)).toBeCloseTo(1, 9);
      expect(norm(result.step)).toBeLessThan(radius * (1 + 1e-12));
    }
  });

  it('goes to the boundary along a direction without positive curvature, and falls below the gradient step', () => {
    const A = [
      [-2, 0],
      [0, 1],
    ];
    const result = region(A, [1, 1], 3);
    expect(result.stopReason).toBe(STEIHAUG_STOP.curvature);
    // d = -g has d'Ad = -1: straight to the boundary.
    expect(relativeError(result.step, [-3 / Math.SQRT2, -3 / Math.SQRT2])).toBeLessThan(1e-15);
    expect(result.predictedChange).toBeCloseTo(-6 / Math.SQRT2 - 9 / 4, 13);
    // No curvature at all: a linear model.
    const flat = region(
      [
        [0, 0],
        [0, 0],
      ],
      [3, 4],
      10,
    );
    expect(flat.step).toEqual([expect.closeTo(-6, 13), expect.closeTo(-8, 13)]);
    expect(flat.predictedChange).toBeCloseTo(-50, 12);
  });

  it('stays at zero for a zero gradient, and marks what is not finite', () => {
    expect(region([[2]], [0], 1)).toEqual({
      step: [0],
      stepNorm: 0,
      predictedChange: 0,
      iterations: 0,
      stopReason: STEIHAUG_STOP.converged,
    });
    expect(region([[2]], [1e-200], 1).stopReason).toBe(STEIHAUG_STOP.exact);
    expect(region([[2]], [Number.NaN], 1).stopReason).toBe(STEIHAUG_STOP.nonFinite);
    expect(region([[Number.NaN]], [1], 1).stopReason).toBe(STEIHAUG_STOP.nonFinite);
  });

  it('works on trees, and refuses no iterations', () => {
    const gradient = { w: double([2], [1, -2]), b: double([], [2]) };
    const bounded = (g: { readonly w: Tensor; readonly b: Tensor }) =>
      steihaug((v) => v, g, 1.5, { maxIterations: 3 }).step;
    const { w, b } = evaluated(bounded, gradient) as Readonly<Record<'w' | 'b', TensorValue>>;
    // The identity: -g, whose norm is 3, shortened to the radius.
    expect([...numbersOf(w), ...numbersOf(b)]).toEqual([-0.5, 1, -1].map((x) => expect.closeTo(x, 14)));
    expect(() => region([[1]], [1], 1, { maxIterations: 0 })).toThrow(RangeError);
  });
});
