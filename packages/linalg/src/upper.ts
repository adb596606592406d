// Upper triangular matrices: inverses of their diagonal blocks, and solves by recursive halving, all in matrix products.

import {
  add,
  and,
  broadcast,
  concat,
  div,
  equal,
  type FloatDType,
  matmul,
  mul,
  reshape,
  slice,
  sub,
  type Tensor,
} from '@gaussmark/autodiff';
import { batchOf, block, diagonal, identity, indicator, rowBlock, rowsOf, stackRows } from './matrices.js';

/** Rows of a diagonal block. */
export const BLOCK = 32;

/**
 * The inverse of an upper triangular matrix, in about log2(n) steps:
 *
 *     [A B]^-1   [X  -X B Y]
 *     [0 C]    = [0    Y   ],  X = A^-1, Y = C^-1,
 *
 * for all diagonal blocks of a size at once; then for twice that size. With X the inverse of the diagonal blocks and M the matrix of
 * all the B, that is X - X M X.
 *
 * What is below the diagonal is not read, but must not be NaN.
 */
export function invertUpper(R: Tensor): Tensor {
  const [size, dtype] = [rowsOf(R), R.dtype as FloatDType];
  let X = div(identity(size, dtype), diagonal(R));
  for (let half = 1; half < size; half *= 2) {
    const M = mul(R, corners(size, half, dtype));
    X = sub(X, matmul(X, matmul(M, X)));
  }
  return X;
}

/** 1 in the upper right quarter of every diagonal block of 2 `half` rows, else 0. */
function corners(size: number, half: number, dtype: FloatDType): Tensor {
  return indicator(size, size, dtype, (row, column) => {
    // Of full size before the division, so that the program computes them instead of holding a table.
    const [i, j] = [row, column].map((index) => div(broadcast(index, [size, size]), half)) as [
      Tensor,
      Tensor,
    ];
    return and(equal(i, mul(2, div(i, 2))), equal(add(i, 1), j));
  });
}

/** The inverses of the diagonal blocks of an upper triangular matrix, in order; the last block may be smaller. */
export function invertedBlocks(R: Tensor): readonly Tensor[] {
  const size = rowsOf(R);
  const whole = Math.floor(size / BLOCK);
  const at = (i: number, stop: number) => block(R, [i * BLOCK, stop], [i * BLOCK, stop]);
  const rest = whole * BLOCK < size ? [invertUpper(at(whole, size))] : [];
  if (whole === 0) return rest;
  // All whole blocks at once, along a new axis.
  const batch = batchOf(R);
  const blocks = Array.from({ length: whole }, (_, i) =>
    reshape(at(i, (i + 1) * BLOCK), [...batch, 1, BLOCK, BLOCK]),
  );
  const inverses = invertUpper(concat(blocks, batch.length));
  const starts = (i: number) => [...batch.map(() => 0), i, 0, 0];
  return [
    ...blocks.map((_, i) =>
      reshape(slice(inverses, starts(i), [...batch, i + 1, BLOCK, BLOCK]), [...batch, BLOCK, BLOCK]),
    ),
    ...rest,
  ];
}

/** A range of diagonal blocks, and the rows that it covers. */
interface Span {
  readonly first: number;
  readonly count: number;
  readonly rows: readonly [number, number];
}

const spanOf = (size: number, first: number, count: number): Span => ({
  first,
  count,
  rows: [first * BLOCK, Math.min((first + count) * BLOCK, size)],
});

function halves(size: number, { first, count }: Span): readonly [Span, Span] {
  const upper = Math.ceil(count / 2);
  return [spanOf(size, first, upper), spanOf(size, first + upper, count - upper)];
}

/**
 * The solution of R'x = b.
 *
 * @param R [..., n, n], upper triangular
 * @param inverses of its diagonal blocks, from {@link invertedBlocks}
 * @param b [..., n, k]; leading axes broadcast
 */
export function solveUpperTransposed(R: Tensor, inverses: readonly Tensor[], b: Tensor): Tensor {
  const size = rowsOf(R);
  const solve = (span: Span, rhs: Tensor): Tensor => {
    if (span.count === 1) return divided(block(R, span.rows, span.rows), inverses[span.first]!, rhs, true);
    const [one, two] = halves(size, span);
    const height = one.rows[1] - one.rows[0];
    const x = solve(one, rowBlock(rhs, 0, height));
    const coupling = matmul(block(R, one.rows, two.rows), x, { transposeA: true });
    return stackRows([x, solve(two, sub(rowBlock(rhs, height, rowsOf(rhs)), coupling))]);
  };
  return solve(spanOf(size, 0, inverses.length), b);
}

/** The solution of R x = b; arguments as for {@link solveUpperTransposed}. */
export function solveUpper(R: Tensor, inverses: readonly Tensor[], b: Tensor): Tensor {
  const size = rowsOf(R);
  const solve = (span: Span, rhs: Tensor): Tensor => {
    if (span.count === 1) return divided(block(R, span.rows, span.rows), inverses[span.first]!, rhs, false);
    const [one, two] = halves(size, span);
    const height = one.rows[1] - one.rows[0];
    const x = solve(two, rowBlock(rhs, height, rowsOf(rhs)));
    const coupling = matmul(block(R, one.rows, two.rows), x);
    return stackRows([solve(one, sub(rowBlock(rhs, 0, height), coupling)), x]);
  };
  return solve(spanOf(size, 0, inverses.length), b);
}

// x = X b has a residual of about epsilon |R| |X| |b|, more than substitution leaves. One correction, x + X (b - R x), removes it.
function divided(R: Tensor, X: Tensor, b: Tensor, transposeA: boolean): Tensor {
  const x = matmul(X, b, { transposeA });
  const residual = sub(b, matmul(R, x, { transposeA }));
  return add(x, matmul(X, residual, { transposeA }));
}
