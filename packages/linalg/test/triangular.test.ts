// Triangular systems against plain elimination.

import { grad, jvp, mul, sum, type Tensor } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { solveTriangular } from '../src/index.js';
import { batchOf, outputsOf, randomMatrix, rowsAt, value } from './evaluated.js';
import { distance, type Matrix, matrixOf, product, scaled, solved, transposeOf } from './plain.js';

const choices = [true, false];
const options = choices.flatMap((lower) =>
  choices.flatMap((transpose) => choices.map((unitDiagonal) => ({ lower, transpose, unitDiagonal }))),
);

/** A triangle with a dominant diagonal; the elements that must not be read are NaN. */
function triangle(size: number, { lower, unitDiagonal }: { lower: boolean; unitDiagonal: boolean }) {
  const random = randomMatrix(size, size);
  return matrixOf(size, size, (i, j) => {
    if (i === j) return unitDiagonal ? Number.NaN : 2 + random[i]![i]!;
    return i > j === lower ? random[i]![j]! / Math.sqrt(size) : Number.NaN;
  });
}

const completed = (a: Matrix) =>
  matrixOf(a.length, a.length, (i, j) => (Number.isNaN(a[i]![j]) ? Number(i === j) : a[i]![j]!));

describe('solveTriangular', () => {
  it.each(options)('solves with %j', (choice) => {
    for (const size of [1, 7, 69]) {
      const [A, b] = [triangle(size, choice), randomMatrix(size, 2, 2)];
      const x = rowsAt((at, rhs) => solveTriangular(at, rhs, choice), value(A), value(b));
      const full = completed(A);
      expect(distance(x, solved(choice.transpose ? transposeOf(full) : full, b))).toBeLessThan(1e-14);
    }
  });

  it('has small residuals where the matrix is nearly singular', () => {
    // Kahan's matrix: well scaled, with a condition number of about 1e16.
    const [s, c] = [Math.sin(0.8), Math.cos(0.8)];
    const A = matrixOf(64, 64, (i, j) => s ** i * (i === j ? 1 : j > i ? -c : 0));
    const b = matrixOf(64, 1, (i) => Math.cos(i));
    const x = rowsAt((at, rhs) => solveTriangular(at, rhs, { lower: false }), value(A), value(b));
    const size = (rows: Matrix) => Math.max(...rows.flat().map(Math.abs));
    const residual = product(A, x).map((row, i) => [row[0]! - b[i]![0]!]);
    expect(size(residual) / (size(A) * size(x))).toBeLessThan(1e-15);
  });

  it('solves batches', () => {
    const matrices = [1, 2].map((seed) => {
      const random = randomMatrix(33, 33, seed);
      return matrixOf(33, 33, (i, j) => (i === j ? 2 : i > j ? random[i]![j]! / 6 : 0));
    });
    const b = randomMatrix(33, 2);
    const x = rowsAt((at, rhs) => solveTriangular(at, rhs), batchOf(matrices), value(b));
    expect(
      distance(
        x,
        matrices.flatMap((A) => solved(A, b)),
      ),
    ).toBeLessThan(1e-14);
  });

  it('refuses an option that it does not have', () => {
    const A = value([[1]]);
    expect(() => outputsOf((at) => solveTriangular(at, at, { upper: true } as never), A)).toThrow(
      "solveTriangular: unknown option 'upper'",
    );
  });

  it('is not finite for a zero on the diagonal', () => {
    const x = rowsAt((at, rhs) => solveTriangular(at, rhs), value([[0]]), value([[1]]));
    expect(Number.isFinite(x[0]![0])).toBe(false);
  });

  it('has the closed-form derivatives', () => {
    const size = 34;
    const A = completed(triangle(size, { lower: true, unitDiagonal: false }));
    const [b, w, dA] = [randomMatrix(size, 2, 2), randomMatrix(size, 2, 3), randomMatrix(size, size, 4)];
    const lower = (a: Matrix) => matrixOf(size, size, (i, j) => (i >= j ? a[i]![j]! : 0));
    const x = solved(A, b);
    // dx = -A^-1 dA x; the gradient of w x in A is the lower triangle of -(A'^-1 w) x'.
    const tangent = rowsAt(
      (at, rhs, along) => jvp((matrix) => solveTriangular(matrix, rhs), at, along).tangent,
      ...[A, b, dA].map((each) => value(each)),
    );
    expect(distance(tangent, scaled(-1, solved(A, product(lower(dA), x))))).toBeLessThan(1e-14);
    const [gradient] = outputsOf(
      (at, rhs, weights) => grad((matrix: Tensor) => sum(mul(weights, solveTriangular(matrix, rhs))))(at),
      ...[A, b, w].map((each) => value(each)),
    );
    const expected = lower(scaled(-1, product(solved(transposeOf(A), w), transposeOf(x))));
    expect(
      distance(
        matrixOf(size, size, (i, j) => gradient!.data[i * size + j]!),
        expected,
      ),
    ).toBeLessThan(1e-14);
  });
});
