// The Cholesky factorization and what rests on it, against plain loops and closed-form derivatives.

import { grad, hessianProduct, jvp, mul, sum, type Tensor, vjp, vmap } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { cholesky, logDeterminant, solveDamped, solveSpd } from '../src/index.js';
import { batchOf, outputsOf, positiveDefinite, randomMatrix, rowsAt, value } from './evaluated.js';
import {
  choleskyOf,
  distance,
  inverseOf,
  type Matrix,
  matrixOf,
  minus,
  norm,
  product,
  scaled,
  solved,
  trace,
  transposeOf,
} from './plain.js';

const hilbert = (size: number) => matrixOf(size, size, (i, j) => 1 / (i + j + 1));
const symmetricPart = (a: Matrix) => scaled(0.5, minus(a, scaled(-1, transposeOf(a))));

describe('cholesky', () => {
  it.each([1, 2, 5, 32, 33, 70])('is the factor of plain loops for %i rows', (size) => {
    const A = positiveDefinite(size, 100);
    const L = rowsAt(cholesky, value(A));
    expect(distance(L, choleskyOf(A))).toBeLessThan(1e-14);
    expect(distance(product(L, transposeOf(L)), A)).toBeLessThan(1e-15);
    expect(L.every((row, i) => row.every((x, j) => j <= i || x === 0))).toBe(true);
  });

  it('is as exact for ill-conditioned matrices, and in float32', () => {
    const backward = (A: Matrix, dtype: 'float32' | 'float64') => {
      const L = rowsAt(cholesky, value(A, dtype));
      return distance(product(L, transposeOf(L)), A);
    };
    expect(backward(hilbert(10), 'float64')).toBeLessThan(2e-16);
    expect(backward(positiveDefinite(70, 1e12), 'float64')).toBeLessThan(1e-15);
    expect(backward(positiveDefinite(70, 1e3), 'float32')).toBeLessThan(5e-7);
  });

  it('uses the symmetric part alone', () => {
    const A = positiveDefinite(5);
    const skew = matrixOf(5, 5, (i, j) => i - j);
    expect(distance(rowsAt(cholesky, value(minus(A, skew))), choleskyOf(A))).toBeLessThan(1e-14);
  });

  it('is NaN for the indefinite and the singular matrices of a batch alone', () => {
    const good = positiveDefinite(3);
    const indefinite: Matrix = [
      [1, 0, 0],
      [0, 1, 2],
      [0, 2, 1],
    ];
    const zero = matrixOf(3, 3, () => 0);
    const L = rowsAt(cholesky, batchOf([good, indefinite, zero, good]));
    expect(distance(L.slice(0, 3), choleskyOf(good))).toBeLessThan(1e-15);
    expect(L.slice(3, 9).flat().every(Number.isNaN)).toBe(true);
    expect(L.slice(9)).toEqual(L.slice(0, 3));
  });

  it('maps over batches, by leading axes as by vmap', () => {
    const matrices = [1, 2, 3].map((seed) => positiveDefinite(34, 10, seed));
    const direct = rowsAt(cholesky, batchOf(matrices));
    expect(distance(direct, matrices.flatMap(choleskyOf))).toBeLessThan(1e-14);
    expect(distance(rowsAt(vmap(cholesky) as typeof cholesky, batchOf(matrices)), direct)).toBeLessThan(
      1e-15,
    );
  });

  it('has the closed-form derivatives, forward and reverse', () => {
    const size = 35;
    const A = positiveDefinite(size);
    const direction = randomMatrix(size, size, 2);
    const weights = randomMatrix(size, size, 3);
    // dL = L F(L^-1 dA L'^-1), where F keeps the lower triangle and halves the diagonal.
    const L = choleskyOf(A);
    const inner = product(inverseOf(L), symmetricPart(direction), transposeOf(inverseOf(L)));
    const expected = product(
      L,
      matrixOf(size, size, (i, j) => (i > j ? 1 : i === j ? 0.5 : 0) * inner[i]![j]!),
    );
    const tangent = rowsAt((at, along) => jvp(cholesky, at, along).tangent, value(A), value(direction));
    expect(distance(tangent, expected)).toBeLessThan(1e-13);
    const cotangent = rowsAt((at, w) => vjp(cholesky, at).vjp(w), value(A), value(weights));
    const inProduct = (a: Matrix, b: Matrix) => trace(product(transposeOf(a), b));
    expect(inProduct(cotangent, direction)).toBeCloseTo(inProduct(weights, expected), 10);
  });

  it.each([
    ['int32', [2, 2], 'cholesky: A: expected float32 or float64, got int32[2,2]; cast() it'],
    ['float64', [3], 'cholesky: A: expected a matrix [..., rows, columns], got float64[3]; reshape() it'],
    ['float64', [2, 3], 'cholesky: A: expected a square matrix, got float64[2,3]'],
    ['float64', [0, 0], 'cholesky: A: expected at least one row and column, got float64[0,0]'],
  ] as const)('rejects %s%j', (dtype, shape, message) => {
    const data = { float64: Float64Array, int32: Int32Array }[dtype];
    const size = shape.reduce<number>((n, axis) => n * axis, 1);
    expect(() => outputsOf(cholesky, { type: { dtype, shape }, data: new data(size) })).toThrow(message);
  });
});

describe('solveSpd', () => {
  it.each([1, 6, 40])('solves systems of %i rows', (size) => {
    const [A, b] = [positiveDefinite(size, 1e3), randomMatrix(size, 3)];
    const x = rowsAt(solveSpd, value(A), value(b));
    expect(distance(x, solved(A, b))).toBeLessThan(1e-13);
  });

  it('takes a vector, and broadcasts one right-hand side over a batch', () => {
    const matrices = [positiveDefinite(3, 10, 1), positiveDefinite(3, 10, 2)];
    const b = [[1], [2], [3]];
    const vector = { type: { dtype: 'float64', shape: [3] }, data: Float64Array.of(1, 2, 3) } as const;
    const [one] = outputsOf(solveSpd, value(matrices[0]!), vector);
    expect(one!.type.shape).toEqual([3]);
    expect(distance([[...one!.data]], transposeOf(solved(matrices[0]!, b)))).toBeLessThan(1e-15);
    const [both] = outputsOf(solveSpd, batchOf(matrices), value(b));
    expect(both!.type.shape).toEqual([2, 3, 1]);
    expect(distance([[...both!.data]], [matrices.flatMap((A) => solved(A, b)).flat()])).toBeLessThan(1e-15);
  });

  it('leaves a small residual where the solution is not exact', () => {
    const A = positiveDefinite(40, 1e13);
    const x = rowsAt(solveSpd, value(A), value(matrixOf(40, 1, () => 1)));
    const residual = norm(
      minus(
        product(A, x),
        matrixOf(40, 1, () => 1),
      ),
    );
    expect(residual / (norm(A) * norm(x))).toBeLessThan(1e-16);
  });

  it('has the closed-form gradients of w x', () => {
    const [A, b, w] = [positiveDefinite(34), randomMatrix(34, 2, 2), randomMatrix(34, 2, 3)];
    const objective = (weights: Tensor) => (at: { A: Tensor; b: Tensor }) =>
      sum(mul(weights, solveSpd(at.A, at.b)));
    const [inA, inB] = outputsOf(
      (matrix, rhs, weights) => {
        const gradient = grad(objective(weights))({ A: matrix, b: rhs });
        return [gradient.A, gradient.b];
      },
      ...[A, b, w].map((each) => value(each)),
    );
    // db = A^-1 w, dA = -(db x' + x db') / 2
    const [y, x] = [solved(A, w), solved(A, b)];
    const rows = ({ data }: { readonly data: ArrayLike<number> }, columns: number) =>
      matrixOf(34, columns, (i, j) => data[i * columns + j]!);
    expect(distance(rows(inB!, 2), y)).toBeLessThan(1e-14);
    expect(distance(rows(inA!, 34), scaled(-1, symmetricPart(product(y, transposeOf(x)))))).toBeLessThan(
      1e-14,
    );
  });

  it('explains right-hand sides that do not fit', () => {
    const A = value(positiveDefinite(3));
    expect(() => outputsOf(solveSpd, A, value(randomMatrix(2, 1)))).toThrow(
      'solveSpd: for A float64[3,3], expected b float64[..., 3, k] or [3] with leading axes that broadcast, got float64[2,1]',
    );
    expect(() => outputsOf(solveSpd, A, value(randomMatrix(3, 1), 'float32'))).toThrow('got float32[3,1]');
  });
});

describe('logDeterminant', () => {
  it('is the sum of the logarithms of eigenvalues, where the determinant underflows', () => {
    const eigenvalues = Array.from({ length: 34 }, (_, i) => 1e-12 * (i + 1));
    const diagonal = matrixOf(34, 34, (i, j) => (i === j ? eigenvalues[i]! : 0));
    const expected = eigenvalues.reduce((total, x) => total + Math.log(x), 0);
    expect(outputsOf(logDeterminant, value(diagonal))[0]!.data[0]).toBeCloseTo(expected, 10);
  });

  it('has the gradient A^-1 and the second derivative -tr(A^-1 V A^-1 V)', () => {
    const [A, V] = [positiveDefinite(34), symmetricPart(randomMatrix(34, 34, 2))];
    const inverse = inverseOf(A);
    expect(distance(rowsAt(grad(logDeterminant), value(A)), inverse)).toBeLessThan(1e-13);
    const along = rowsAt((at, v) => hessianProduct(logDeterminant, at, v), value(A), value(V));
    expect(distance(along, scaled(-1, product(inverse, V, inverse)))).toBeLessThan(1e-13);
  });
});

describe('solveDamped', () => {
  const b = randomMatrix(20, 2, 5);
  /** Of rank 3. */
  const singular = (() => {
    const rows = randomMatrix(20, 3, 4);
    return product(rows, transposeOf(rows));
  })();
  const solution = (damping: number, dtype: 'float32' | 'float64' = 'float64') =>
    rowsAt((A: Tensor, rhs: Tensor) => solveDamped(A, rhs, damping), value(singular, dtype), value(b, dtype));

  it('adds the damping to the diagonal', () => {
    const damped = singular.map((row, i) => row.map((x, j) => (i === j ? x + 0.3 : x)));
    expect(distance(solution(0.3), solved(damped, b))).toBeLessThan(1e-12);
  });

  it.each(['float32', 'float64'] as const)(
    'has a finite solution for a singular matrix and no damping, in %s',
    (dtype) => {
      expect(solution(0, dtype).flat().every(Number.isFinite)).toBe(true);
      // In range(A), the solution there is exact; |x| without the least damping is infinite.
      expect(norm(solution(0, dtype))).toBeGreaterThan(norm(solution(1e-3, dtype)));
    },
  );
});
