// LU and QR factorizations and what rests on them, against elimination in plain loops and by what defines them.

import { grad, jvp, mul, sum, type Tensor } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { determinant, inverse, lu, qr, signLogDeterminant, solve } from '../src/index.js';
import { batchOf, outputsOf, positiveDefinite, randomMatrix, rowsAt, value } from './evaluated.js';
import {
  distance,
  identity,
  inverseOf,
  type Matrix,
  matrixOf,
  minus,
  norm,
  plain,
  product,
  scaled,
  solved,
  transposeOf,
} from './plain.js';

const factors = (A: Matrix) => {
  const [L, U, permutation] = outputsOf((at) => {
    const result = lu(at);
    return [result.L, result.U, result.permutation];
  }, value(A));
  return { L: plain(L!), U: plain(U!), permutation: [...permutation!.data] };
};
const qrOf = (A: Matrix) => {
  const [Q, R] = outputsOf((at) => {
    const result = qr(at);
    return [result.Q, result.R];
  }, value(A));
  return { Q: plain(Q!), R: plain(R!) };
};

describe('lu', () => {
  it.each([1, 2, 6, 35])('factorizes %i rows, with multipliers of at most 1', (size) => {
    const A = randomMatrix(size, size);
    const { L, U, permutation } = factors(A);
    const permuted = permutation.map((row) => A[row]!);
    expect([...permutation].sort((a, b) => a - b)).toEqual([...Array(size).keys()]);
    expect(distance(product(L, U), permuted)).toBeLessThan(2e-15);
    expect(Math.max(...L.flat().map(Math.abs))).toBe(1);
    expect(L.every((row, i) => row.every((x, j) => (j > i ? x === 0 : j < i || x === 1)))).toBe(true);
    expect(U.every((row, i) => row.every((x, j) => j >= i || x === 0))).toBe(true);
  });

  it('needs its pivots', () => {
    const { permutation } = factors([
      [0, 1, 0],
      [1, 0, 0],
      [2, 0, 5],
    ]);
    expect(permutation).toEqual([2, 0, 1]);
  });

  it('ends with a zero for a singular matrix', () => {
    const { L, U, permutation } = factors([
      [1, 2, 3],
      [2, 4, 6],
      [0, 0, 1],
    ]);
    expect(product(L, U)).toEqual(
      permutation.map(
        (row) =>
          [
            [1, 2, 3],
            [2, 4, 6],
            [0, 0, 1],
          ][row],
      ),
    );
    expect(U.filter((row, i) => row[i] === 0).length).toBe(1);
  });
});

describe('solve', () => {
  it.each([1, 5, 34])('solves systems of %i rows', (size) => {
    const [A, b] = [randomMatrix(size, size), randomMatrix(size, 3, 2)];
    const x = rowsAt(solve, value(A), value(b));
    expect(norm(minus(product(A, x), b)) / (norm(A) * norm(x))).toBeLessThan(1e-15);
    expect(distance(x, solved(A, b))).toBeLessThan(1e-12);
  });

  it('solves a batch of systems for a vector, and one system for a batch', () => {
    const [one, two] = [randomMatrix(3, 3, 1), randomMatrix(3, 3, 2)];
    const vector = { type: { dtype: 'float64', shape: [3] }, data: Float64Array.of(1, 2, 3) } as const;
    const [x] = outputsOf(solve, batchOf([one, two]), vector);
    expect(x!.type.shape).toEqual([2, 3]);
    const b = [[1], [2], [3]];
    expect(distance([[...x!.data]], [[one, two].flatMap((A) => solved(A, b)).flat()])).toBeLessThan(1e-13);
    const many = rowsAt(solve, value(one), batchOf([b, scaled(2, b)]));
    expect(
      distance(
        many,
        [b, scaled(2, b)].flatMap((each) => [...solved(one, each)]),
      ),
    ).toBeLessThan(1e-13);
  });

  it('is not finite for a singular matrix', () => {
    const x = rowsAt(
      solve,
      value([
        [1, 2],
        [2, 4],
      ]),
      value([[1], [1]]),
    );
    expect(x.flat().some(Number.isFinite)).toBe(false);
  });

  it('has the closed-form derivatives, forward and reverse', () => {
    const size = 34;
    const A = minus(randomMatrix(size, size), scaled(-4, identity(size)));
    const [b, w, dA] = [randomMatrix(size, 2, 2), randomMatrix(size, 2, 3), randomMatrix(size, size, 4)];
    const x = solved(A, b);
    const tangent = rowsAt(
      (at, rhs, along) => jvp((matrix: Tensor) => solve(matrix, rhs), at, along).tangent as Tensor,
      ...[A, b, dA].map((each) => value(each)),
    );
    expect(distance(tangent, scaled(-1, solved(A, product(dA, x))))).toBeLessThan(1e-13);
    const gradient = rowsAt(
      (at, rhs, weights) => grad((matrix: Tensor) => sum(mul(weights, solve(matrix, rhs))))(at) as Tensor,
      ...[A, b, w].map((each) => value(each)),
    );
    const expected = scaled(-1, product(solved(transposeOf(A), w), transposeOf(x)));
    expect(distance(gradient, expected)).toBeLessThan(1e-13);
  });
});

describe('inverse', () => {
  it('is that of elimination, with the derivative -A^-1 dA A^-1', () => {
    const [A, dA] = [positiveDefinite(5), randomMatrix(5, 5)];
    const expected = inverseOf(A);
    expect(distance(rowsAt(inverse, value(A)), expected)).toBeLessThan(1e-14);
    const tangent = rowsAt((at, along) => jvp(inverse, at, along).tangent as Tensor, value(A), value(dA));
    expect(distance(tangent, scaled(-1, product(expected, dA, expected)))).toBeLessThan(1e-13);
  });
});

describe('determinants', () => {
  const numbers = (A: Matrix) => {
    const [sign, logAbs, det] = outputsOf((at) => {
      const result = signLogDeterminant(at);
      return [result.sign, result.logAbs, determinant(at)];
    }, value(A));
    return [sign, logAbs, det].map((each) => each!.data[0]!);
  };

  it.each([
    [[[-2]], -2],
    [
      [
        [0, 1],
        [1, 0],
      ],
      -1,
    ],
    [
      [
        [1, 2],
        [3, 4],
      ],
      -2,
    ],
    [
      [
        [0, 0, 1],
        [1, 0, 0],
        [0, 1, 0],
      ],
      1,
    ],
    [
      [
        [2, 0, 0],
        [0, -3, 0],
        [0, 0, -1],
      ],
      6,
    ],
  ] as const)('of %j is %d', (A, expected) => {
    const [sign, logAbs, det] = numbers(A) as [number, number, number];
    expect(sign).toBe(Math.sign(expected));
    expect(logAbs).toBeCloseTo(Math.log(Math.abs(expected)), 14);
    expect(det).toBeCloseTo(expected, 14);
  });

  it('are zero for a singular matrix', () => {
    expect(
      numbers([
        [1, 2],
        [2, 4],
      ]),
    ).toEqual([0, Number.NEGATIVE_INFINITY, 0]);
  });

  it('have the gradient A^-1 of the logarithm', () => {
    const A = randomMatrix(5, 5);
    const gradient = rowsAt(
      grad((at: Tensor) => signLogDeterminant(at).logAbs) as (at: Tensor) => Tensor,
      value(A),
    );
    expect(distance(gradient, transposeOf(inverseOf(A)))).toBeLessThan(1e-13);
  });
});

describe('qr', () => {
  it.each([
    [1, 1],
    [2, 2],
    [7, 4],
    [4, 7],
    [36, 34],
    [33, 35],
  ])('factorizes %i x %i matrices, with a diagonal that is not negative', (rows, columns) => {
    const A = randomMatrix(rows, columns);
    const { Q, R } = qrOf(A);
    const k = Math.min(rows, columns);
    expect([Q.length, Q[0]!.length, R.length, R[0]!.length]).toEqual([rows, k, k, columns]);
    expect(distance(product(Q, R), A)).toBeLessThan(3e-15);
    expect(norm(minus(product(transposeOf(Q), Q), identity(k)))).toBeLessThan(2e-14);
    expect(R.every((row, i) => row.every((x, j) => j > i || (j === i ? x >= 0 : x === 0)))).toBe(true);
  });

  it('has an orthonormal Q for dependent columns, ill-conditioned ones and zero', () => {
    const cases = [
      matrixOf(5, 3, (i, j) => (i + 1) * (j + 1)),
      matrixOf(5, 3, () => 0),
      matrixOf(12, 12, (i, j) => 1 / (i + j + 1)),
      scaled(1e-200, randomMatrix(4, 4)),
    ];
    for (const A of cases) {
      const { Q, R } = qrOf(A);
      expect(norm(minus(product(transposeOf(Q), Q), identity(Q[0]!.length)))).toBeLessThan(1e-14);
      expect(norm(minus(product(Q, R), A)) / Math.max(norm(A), 1e-300)).toBeLessThan(1e-14);
    }
  });

  it.each([-16, -18, -19, -20, -22, -30])(
    'has an orthonormal Q in float32 for columns of 1e%i',
    (exponent) => {
      const A = randomMatrix(6, 6).map((row) => row.map((x, j) => (j < 4 ? x : x * 10 ** exponent)));
      const [Q] = outputsOf((at) => qr(at).Q, value(A, 'float32'));
      expect(norm(minus(product(transposeOf(plain(Q!)), plain(Q!)), identity(6)))).toBeLessThan(1e-6);
    },
  );

  it('has the derivative of the projection onto the columns', () => {
    const [A, dA] = [randomMatrix(6, 3), randomMatrix(6, 3, 2)];
    const projection = (at: Tensor) => {
      const { Q } = qr(at);
      return sum(mul(Q, Q), { axes: [-1] });
    };
    const tangent = rowsAt((at, along) => jvp(projection, at, along).tangent as Tensor, value(A), value(dA));
    // P = A (A'A)^-1 A'; dP = (I - P) dA A^+ + transpose
    const gram = product(transposeOf(A), A);
    const pseudoInverse = solved(gram, transposeOf(A));
    const P = product(A, pseudoInverse);
    const half = product(minus(identity(6), P), dA, pseudoInverse);
    const expected = half.map((row, i) => 2 * row[i]!);
    expect(distance(tangent, [expected])).toBeLessThan(1e-13);
  });
});
