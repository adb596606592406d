// Eigenvalues, singular values, polar factors and inverse roots: against known spectra, and by what defines them. Larger matrices, of
// several blocks, are tested natively in engine-onnxruntime.

import { jvp, type Tensor, vmap } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { eigh, inverseRoot, polarFactor, svd } from '../src/index.js';
import {
  batchOf,
  outputsOf,
  positiveDefinite,
  randomMatrix,
  rowsAt,
  spectrum,
  value,
  withEigenvalues,
} from './evaluated.js';
import {
  distance,
  identity,
  type Matrix,
  matrixOf,
  minus,
  norm,
  orthonormalized,
  plain,
  product,
  scaled,
  transposeOf,
} from './plain.js';

const diagonalMatrix = (values: readonly number[]): Matrix =>
  matrixOf(values.length, values.length, (i, j) => (i === j ? values[i]! : 0));
const loss = (Q: Matrix) => norm(minus(product(transposeOf(Q), Q), identity(Q[0]!.length)));
const decomposed = (A: Matrix, dtype: 'float32' | 'float64' = 'float64') => {
  const [values, vectors] = outputsOf(
    (at) => {
      const result = eigh(at);
      return [result.values, result.vectors];
    },
    value(A, dtype),
  );
  return { values: [...values!.data], V: plain(vectors!) };
};
const singular = (A: Matrix) => {
  const [U, values, V] = outputsOf((at) => {
    const result = svd(at);
    return [result.U, result.values, result.V];
  }, value(A));
  return { U: plain(U!), values: [...values!.data], V: plain(V!) };
};
const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const furthest = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

describe('eigh', () => {
  it.each([
    ['one', [3]],
    ['zero', [0, 0, 0]],
    ['two of opposite sign', [-1, 1]],
    ['mixed', [-3, -0.5, 0, 1e-9, 0.25, 2, 2.5]],
    ['repeated', [1, 1, 1, -1, -1, 2, 2, 2, 2]],
    ['over 14 decades', spectrum(12, 1e14)],
  ])('finds eigenvalues: %s', (_, eigenvalues) => {
    const A = withEigenvalues(eigenvalues);
    const { values, V } = decomposed(A);
    const scale = Math.max(norm(A), 1e-300);
    expect(furthest(values, ascending(eigenvalues)) / scale).toBeLessThan(2e-15);
    expect(loss(V)).toBeLessThan(1e-14);
    const back = product(V, diagonalMatrix(values), transposeOf(V));
    expect(norm(minus(back, A)) / scale).toBeLessThan(5e-15);
  });

  it('rotates rows with equal norms', () => {
    const { values } = decomposed([
      [0, 1],
      [1, 0],
    ]);
    expect(furthest(values, [-1, 1])).toBeLessThan(1e-15);
  });

  it('works in float32, for tiny and for huge matrices', () => {
    const A = withEigenvalues([-2, -1, 0.5, 1, 3]);
    const { values, V } = decomposed(A, 'float32');
    expect(furthest(values, [-2, -1, 0.5, 1, 3])).toBeLessThan(2e-6);
    expect(loss(V)).toBeLessThan(2e-6);
    for (const size of [1e-200, 1e200]) {
      const far = decomposed(scaled(size, A)).values.map((x) => x / size);
      expect(furthest(far, [-2, -1, 0.5, 1, 3])).toBeLessThan(1e-14);
    }
  });

  it('does not let a NaN spread over a batch', () => {
    const A = withEigenvalues([1, 2, 3]);
    const broken = matrixOf(3, 3, () => Number.NaN);
    const rows = rowsAt((at) => eigh(at).values, batchOf([A, broken, A]));
    expect(furthest(rows[0]!, [1, 2, 3])).toBeLessThan(1e-14);
    expect(rows[1]!.every(Number.isNaN)).toBe(true);
    expect(rows[2]).toEqual(rows[0]);
  });

  it('maps over a batch by vmap', () => {
    const A = [withEigenvalues([1, 2, 3], 1), withEigenvalues([-1, 0, 5], 2)];
    const direct = rowsAt((at) => eigh(at).values, batchOf(A));
    const mapped = rowsAt((at) => vmap((x: Tensor) => eigh(x).values)(at) as Tensor, batchOf(A));
    expect(furthest(mapped.flat(), direct.flat())).toBeLessThan(1e-14);
  });

  it('has the forward derivatives of distinct eigenvalues, v dA v', () => {
    const [A, dA] = [withEigenvalues([-1, 0.5, 2]), randomMatrix(3, 3)];
    const tangent = rowsAt(
      (at, along) => jvp((x: Tensor) => eigh(x).values, at, along).tangent as Tensor,
      value(A),
      value(dA),
    );
    const { V } = decomposed(A);
    const expected = product(transposeOf(V), dA, V).map((row, i) => row[i]!);
    expect(furthest(tangent[0]!, expected)).toBeLessThan(1e-12);
  });

  it('has, for a double eigenvalue, tangents whose sum is the trace of dA in its space', () => {
    const [A, dA] = [withEigenvalues([1, 1, 2]), randomMatrix(3, 3)];
    const tangent = rowsAt(
      (at, along) => jvp((x: Tensor) => eigh(x).values, at, along).tangent as Tensor,
      value(A),
      value(dA),
    )[0]!;
    // A = I + v v', with v of the eigenvalue 2.
    const outer = A.map((row, i) => row.map((x, j) => x - Number(i === j)));
    const along2 = outer.flat().reduce((sum, x, k) => sum + x * dA.flat()[k]!, 0);
    const trace = dA.reduce((sum, row, i) => sum + row[i]!, 0);
    expect(tangent[2]).toBeCloseTo(along2, 12);
    expect(tangent[0]! + tangent[1]!).toBeCloseTo(trace - along2, 12);
  });
});

describe('svd', () => {
  it.each([
    [1, 1],
    [7, 3],
    [3, 7],
    [6, 6],
  ])('decomposes a %i x %i matrix with known singular values', (rows, columns) => {
    const count = Math.min(rows, columns);
    const left = orthonormalized(randomMatrix(rows, count, 1));
    const right = orthonormalized(randomMatrix(columns, count, 2));
    const expected = Array.from({ length: count }, (_, i) => count - i);
    const A = product(left, diagonalMatrix(expected), transposeOf(right));
    const { U, values, V } = singular(A);
    expect(furthest(values, expected) / norm(A)).toBeLessThan(2e-15);
    expect([loss(U), loss(V)].every((each) => each < 1e-14)).toBe(true);
    expect(distance(product(U, diagonalMatrix(values), transposeOf(V)), A)).toBeLessThan(5e-15);
  });

  it('has orthonormal vectors for a matrix of rank one, and for zero', () => {
    for (const A of [matrixOf(5, 4, (i, j) => (i + 1) * (j - 2)), matrixOf(5, 4, () => 0)]) {
      const { U, values, V } = singular(A);
      expect(values[0]).toBeCloseTo(norm(A), 12);
      expect(Math.max(...values.slice(1)) / Math.max(norm(A), 1)).toBeLessThan(1e-14);
      expect([loss(U), loss(V)].every((each) => each < 1e-13)).toBe(true);
    }
  });
});

describe('polarFactor', () => {
  it.each([
    [1, 1],
    [5, 5],
    [8, 3],
    [3, 8],
  ])('is U V of the %i x %i singular value decomposition', (rows, columns) => {
    const count = Math.min(rows, columns);
    const left = orthonormalized(randomMatrix(rows, count, 1));
    const right = orthonormalized(randomMatrix(columns, count, 2));
    for (const condition of [2, 1e6]) {
      const A = product(left, diagonalMatrix(spectrum(count, condition)), transposeOf(right));
      const tolerance = 1e-15 * condition + 1e-14;
      expect(distance(rowsAt(polarFactor, value(A)), product(left, transposeOf(right)))).toBeLessThan(
        tolerance,
      );
    }
  });

  it('keeps signs, and is the identity for zero', () => {
    expect(rowsAt(polarFactor, value([[-4]]))[0]![0]).toBeCloseTo(-1, 14);
    expect(
      distance(
        rowsAt(
          polarFactor,
          value([
            [0, 0],
            [0, 0],
          ]),
        ),
        identity(2),
      ),
    ).toBeLessThan(1e-14);
  });
});

describe('inverseRoot', () => {
  it.each([1, 2, 3, 4, 8])('is A^(-1/%i)', (p) => {
    const eigenvalues = [4, 2, 1, 0.5, 0.03];
    const X = rowsAt((at) => inverseRoot(at, p), value(withEigenvalues(eigenvalues)));
    expect(distance(X, withEigenvalues(eigenvalues.map((x) => x ** (-1 / p))))).toBeLessThan(3e-14);
  });

  it('is exact to epsilon times the condition', () => {
    for (const condition of [1e4, 1e10]) {
      const X = rowsAt((at) => inverseRoot(at, 4), value(positiveDefinite(8, condition)));
      const expected = withEigenvalues(spectrum(8, condition).map((x) => x ** -0.25));
      expect(distance(X, expected) / condition).toBeLessThan(1e-15);
    }
  });

  it('is NaN for the singular and the indefinite matrices of a batch alone', () => {
    const good = positiveDefinite(3);
    const [singularOne, indefinite] = [diagonalMatrix([1, 1, 0]), withEigenvalues([1, 2, -1])];
    const X = rowsAt((at) => inverseRoot(at, 2), batchOf([good, singularOne, indefinite, good]));
    expect(distance(product(X.slice(0, 3), X.slice(0, 3), good), identity(3))).toBeLessThan(1e-13);
    expect(X.slice(3, 9).flat().every(Number.isNaN)).toBe(true);
    expect(X.slice(9)).toEqual(X.slice(0, 3));
  });

  it('has a forward derivative: dX with X dX + dX X = -X^2 dA X^2 for the square root', () => {
    const [A, dA] = [positiveDefinite(3), withEigenvalues([1, -2, 0.5], 3)];
    const [X, dX] = outputsOf(
      (at, along) => {
        const { value: root, tangent } = jvp((x: Tensor) => inverseRoot(x, 2), at, along);
        return [root, tangent as Tensor];
      },
      value(A),
      value(dA),
    ).map(plain) as [Matrix, Matrix];
    const [left, right] = [product(X, dX), product(dX, X)];
    const square = product(X, X);
    expect(distance(minus(scaled(-1, left), right), product(square, dA, square))).toBeLessThan(1e-12);
  });

  it('rejects other roots', () => {
    expect(() => outputsOf((at) => inverseRoot(at, 0.5), value([[1]]))).toThrow(
      'inverseRoot: p: expected a positive integer, got 0.5',
    );
  });
});
