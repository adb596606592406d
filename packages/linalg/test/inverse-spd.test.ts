// The inverse of definite matrices and the Gram matrix, against plain loops and closed-form derivatives.

import { jvp, vjp } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { gram, inverseSpd } from '../src/index.js';
import { batchOf, outputsOf, positiveDefinite, randomMatrix, rowsAt, value } from './evaluated.js';
import {
  distance,
  identity,
  inverseOf,
  type Matrix,
  matrixOf,
  minus,
  norm,
  product,
  scaled,
  trace,
  transposeOf,
} from './plain.js';

const inner = (a: Matrix, b: Matrix) => trace(product(transposeOf(a), b));

describe('inverseSpd', () => {
  it.each([1, 5, 32, 33, 70])('is the inverse of plain loops for %i rows', (size) => {
    const A = positiveDefinite(size, 100);
    expect(distance(rowsAt(inverseSpd, value(A)), inverseOf(A))).toBeLessThan(1e-13);
  });

  it('leaves a small residual where the inverse is not exact, and in float32', () => {
    const residual = (condition: number, dtype: 'float32' | 'float64') => {
      const A = positiveDefinite(70, condition);
      const X = rowsAt(inverseSpd, value(A, dtype));
      return norm(minus(product(A, X), identity(70))) / (norm(A) * norm(X));
    };
    expect(residual(1e13, 'float64')).toBeLessThan(2e-16);
    expect(residual(1e4, 'float32')).toBeLessThan(1e-7);
  });

  it('uses the symmetric part alone', () => {
    const A = positiveDefinite(5);
    const skew = matrixOf(5, 5, (i, j) => i - j);
    expect(distance(rowsAt(inverseSpd, value(minus(A, skew))), inverseOf(A))).toBeLessThan(1e-14);
  });

  it('is NaN for the indefinite and the singular matrices of a batch alone', () => {
    const good = positiveDefinite(40);
    const [indefinite, zero] = [scaled(-1, good), scaled(0, good)];
    const X = rowsAt(inverseSpd, batchOf([good, indefinite, zero, good]));
    expect(distance(X.slice(0, 40), inverseOf(good))).toBeLessThan(1e-13);
    expect(X.slice(40, 120).flat().every(Number.isNaN)).toBe(true);
    expect(X.slice(120)).toEqual(X.slice(0, 40));
  });

  it('has the closed-form derivatives, forward and reverse', () => {
    const A = positiveDefinite(34);
    const [direction, weights] = [randomMatrix(34, 34, 2), randomMatrix(34, 34, 3)];
    const symmetric = scaled(0.5, minus(direction, scaled(-1, transposeOf(direction))));
    // dX = -X dA X
    const expected = scaled(-1, product(inverseOf(A), symmetric, inverseOf(A)));
    const tangent = rowsAt((at, along) => jvp(inverseSpd, at, along).tangent, value(A), value(direction));
    expect(distance(tangent, expected)).toBeLessThan(1e-13);
    const cotangent = rowsAt((at, w) => vjp(inverseSpd, at).vjp(w), value(A), value(weights));
    expect(inner(cotangent, direction)).toBeCloseTo(inner(weights, expected), 10);
  });

  it('rejects a matrix that is not square', () => {
    expect(() => outputsOf(inverseSpd, value(randomMatrix(2, 3)))).toThrow(
      'inverseSpd: A: expected a square matrix, got float64[2,3]',
    );
  });
});

describe('gram', () => {
  it.each([
    [3, 2],
    [2, 257],
    [3, 600],
  ])('is the product of plain loops for %i x %i, exactly symmetric', (rows, columns) => {
    const A = randomMatrix(rows, columns);
    const G = rowsAt(gram, value(A));
    expect(distance(G, product(transposeOf(A), A))).toBeLessThan(1e-15);
    expect(transposeOf(G)).toEqual(G);
  });

  it('takes a batch, and has the closed-form tangent', () => {
    const [A, B] = [randomMatrix(2, 300, 1), randomMatrix(2, 300, 2)];
    const G = rowsAt(gram, batchOf([A, B]));
    expect(distance(G.slice(300), product(transposeOf(B), B))).toBeLessThan(1e-15);
    const tangent = rowsAt((at, along) => jvp(gram, at, along).tangent, value(A), value(B));
    const half = product(transposeOf(A), B);
    expect(distance(tangent, minus(half, scaled(-1, transposeOf(half))))).toBeLessThan(1e-15);
  });

  it('rejects what is no matrix', () => {
    const vector = { type: { dtype: 'float64', shape: [3] }, data: new Float64Array(3) } as const;
    expect(() => outputsOf(gram, vector)).toThrow('gram: A: expected a matrix');
  });
});
