// Jacobi's method, one-sided and blocked: rotates the rows of a matrix until they are orthogonal.
//
// M. R. Hestenes, *Inversion of matrices by biorthogonalization and related results*, J. SIAM 6, 1958; R. P. Brent and F. T. Luk, *The
// solution of singular-value and symmetric eigenvalue problems on multiprocessor arrays*, SIAM J. Sci. Stat. Comput. 6, 1985.

import {
  abs,
  add,
  and,
  broadcast,
  cast,
  concat,
  div,
  equal,
  FLOAT_LIMITS,
  type FloatDType,
  finite,
  iota,
  less,
  matmul,
  max,
  maximum,
  mul,
  not,
  reshape,
  scalar,
  scan,
  select,
  sign,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  whileLoop,
} from '@gaussmark/autodiff';
import { batchOf, columnsOf, identity, rowsOf, transposed } from './matrices.js';

/** Rows of a pair of blocks, at most. */
const PAIR = 32;
/** Sweeps, at most. Matrices of some hundred rows need 6 to 10. */
const MAX_SWEEPS = 30;

/** Into how many rows [..., rows, columns] has to be divided: pairs of blocks of equal height. */
export function paddedRows(rows: number): number {
  const pairs = Math.ceil(rows / PAIR);
  return 2 * pairs * Math.ceil(rows / (2 * pairs));
}

/**
 * Q W with an orthogonal Q, so that the rows are orthogonal.
 *
 * A sweep lets every row meet every other once; all pairs of blocks of a round are rotated at once. The rotation of a pair comes from
 * one sweep of Jacobi's two-sided method on its Gram matrix. It ends when all products of two rows are rounding errors.
 *
 * @param W [..., {@link paddedRows}, columns]; the norms of its rows are between 1 and about 3
 */
export function orthogonalizeRows(W: Tensor): Tensor {
  const [rows, columns, dtype] = [rowsOf(W), columnsOf(W), W.dtype as FloatDType];
  const pairs = Math.ceil(rows / PAIR);
  const height = rows / pairs;
  const { epsilon } = FLOAT_LIMITS[dtype];
  // Products of rows of norm 3, each a sum of `columns` rounded terms.
  const tolerance = epsilon * (24 + 4 * Math.sqrt(columns));
  const [all, across] = [meetings(height, dtype), meetingsAcross(height, dtype)];

  const round = (Z: Tensor, schedule: Schedule, least: Tensor): Tensor => {
    const rotated = matmul(diagonalizing(matmul(Z, Z, { transposeB: true }), schedule, least), Z);
    return pairs === 1 ? rotated : nextPairs(rotated);
  };
  // Rows of one block meet in the first round, then only those of different blocks do.
  const sweep = (start: Tensor, least: Tensor): Tensor => {
    const first = round(reshape(start, [...batchOf(W), pairs, height, columns]), all, least);
    if (pairs === 1) return reshape(first, W.shape);
    const { carry } = scan(
      (Z: Tensor, _: Readonly<Record<never, Tensor>>) => ({ carry: round(Z, across, least), y: {} }),
      first,
      {},
      { name: 'jacobi-rounds', length: 2 * pairs - 2 },
    );
    return reshape(carry, W.shape);
  };
  /** The largest product of two rows. That of a matrix that is not finite does not count: it must not hold up the rest of its batch. */
  const largestProduct = (Z: Tensor): Tensor => {
    const products = mul(matmul(Z, Z, { transposeB: true }), sub(1, identity(rows, dtype)));
    return max(select(finite(products), abs(products), 0));
  };

  const { Z } = whileLoop(
    ({ off, sweeps }) => and(less(tolerance, off), less(sweeps, MAX_SWEEPS)),
    ({ Z: at, off, sweeps }) => {
      // Products of rows with equal eigenvalues are squares of the others. Rotating them, by large angles, before the others are gone
      // would mix those up again, and convergence would be linear.
      const least = maximum(4 * epsilon, select(less(off, 0.1), square(off), 0));
      const next = sweep(at, least);
      return { Z: next, off: largestProduct(next), sweeps: add(sweeps, 1) };
    },
    { Z: W, off: largestProduct(W), sweeps: scalar(0, 'int32') },
    { name: 'jacobi-sweeps' },
  );
  return Z;
}

/**
 * The next round of the tournament: the first block stays, the others move on around the table.
 *
 * @param Z [..., pairs, 2 blocks, columns]: the upper blocks are one side of the table, the lower ones the other
 */
function nextPairs(Z: Tensor): Tensor {
  const batch = Z.shape.slice(0, -3);
  const [pairs, height, columns] = Z.shape.slice(-3) as [number, number, number];
  const half = height / 2;
  const part = (from: number, to: number, side: 0 | 1) =>
    slice(Z, [...batch.map(() => 0), from, side * half, 0], [...batch, to, (side + 1) * half, columns]);
  const upper = [part(0, 1, 0), part(0, 1, 1), ...(pairs > 2 ? [part(1, pairs - 1, 0)] : [])];
  const lower = [part(1, pairs, 1), part(pairs - 1, pairs, 0)];
  return concat([concat(upper, -3), concat(lower, -3)], -2);
}

/** Which rows are rotated together: in round r, row i with the j where `pairing[r, i, j]` is 1. */
interface Schedule {
  /** [rounds, size, size] */
  readonly pairing: Tensor;
  /** The pairing less the identity: times a vector, the differences from the partners. */
  readonly difference: Tensor;
  /** [rounds, size, 1]: the smallest normal number for the first row of a pair, its negative for the second. */
  readonly order: Tensor;
}

const modulo = (x: Tensor, divisor: number) => sub(x, mul(divisor, div(x, divisor)));

/** A tournament of all rows: i and j < size - 1 meet in round i + j modulo size - 1, the last row meets i in round 2 i. */
function meetings(size: number, dtype: FloatDType): Schedule {
  const last = size - 1;
  return schedule(last, size, dtype, (i, j) => {
    const [own, other] = [select(equal(i, last), j, i), select(equal(j, last), i, j)];
    return modulo(add(own, other), last);
  });
}

/** The rows of the upper half meet those of the lower half: i and j in round i + j modulo size / 2. */
function meetingsAcross(size: number, dtype: FloatDType): Schedule {
  const half = size / 2;
  const side = (i: Tensor) => div(i, half);
  return schedule(half, size, dtype, (i, j) =>
    select(equal(side(i), side(j)), half, modulo(add(i, j), half)),
  );
}

/** @param meet the round in which i and j meet */
function schedule(
  rounds: number,
  size: number,
  dtype: FloatDType,
  meet: (i: Tensor, j: Tensor) => Tensor,
): Schedule {
  const shape = [rounds, size, size];
  const along = (axis: number) =>
    broadcast(
      reshape(
        iota(shape[axis]!),
        shape.map((n, k) => (k === axis ? n : 1)),
      ),
      shape,
    );
  const [round, i, j] = [along(0), along(1), along(2)] as [Tensor, Tensor, Tensor];
  const pairing = cast(and(equal(meet(i, j), round), not(equal(i, j))), dtype);
  const order = sum(mul(pairing, sign(sub(cast(j, dtype), cast(i, dtype)))), { axes: [-1], keepDims: true });
  return {
    pairing,
    difference: sub(pairing, identity(size, dtype)),
    order: mul(FLOAT_LIMITS[dtype].smallestNormal, order),
  };
}

/**
 * An orthogonal Q such that Q G Q' is nearly diagonal: one sweep of two-sided Jacobi. The rotation of rows p and q by the smaller angle,
 * tan = 2 G_pq / (d + sign(d) sqrt(d^2 + 4 G_pq^2)) with d = G_qq - G_pp, makes G_pq zero; all pairs of a round are rotated at once.
 *
 * @param G [..., size, size], symmetric
 * @param least rows are rotated if twice their product is larger
 */
function diagonalizing(G: Tensor, { pairing, difference, order }: Schedule, least: Tensor): Tensor {
  const I = identity(rowsOf(G), G.dtype);
  const sumOver = (axis: number, x: Tensor) => sum(x, { axes: [axis], keepDims: true });
  const { carry } = scan(
    (at: { readonly G: Tensor; readonly Q: Tensor }, { partner, toPartner, first }: Round) => {
      // Of every row: G_qq - G_pp and 2 G_pq, for its partner q.
      const d = sumOver(-1, mul(toPartner, sumOver(-2, mul(at.G, I))));
      // Both halves of G, which differ by rounding: tangents that are not exactly opposite would make J less orthogonal.
      const coupled = mul(at.G, partner);
      const both = add(sumOver(-1, coupled), transposed(sumOver(-2, coupled)));
      const coupling = select(less(least, abs(both)), both, 0);
      // Equal diagonal elements: either angle would do, but both rows need the same. Where G_pq is zero too, the tangent is 0 / `first`.
      const signed = add(d, first);
      const root = mul(sign(signed), sqrt(add(square(d), square(coupling))));
      const tangent = div(coupling, add(signed, root));
      const cosine = div(1, sqrt(add(1, square(tangent))));
      const J = mul(cosine, sub(I, mul(tangent, partner)));
      return {
        carry: { G: matmul(matmul(J, at.G), J, { transposeB: true }), Q: matmul(J, at.Q) },
        y: {},
      };
    },
    { G, Q: broadcast(I, G.shape) },
    { partner: pairing, toPartner: difference, first: order },
    { name: 'jacobi-rotations' },
  );
  return carry.Q;
}

/** One round of a schedule. */
interface Round {
  readonly partner: Tensor;
  readonly toPartner: Tensor;
  readonly first: Tensor;
}
