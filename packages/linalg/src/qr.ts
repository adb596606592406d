// The QR factorization by Householder reflections, in panels of columns.

import {
  abs,
  add,
  broadcast,
  cast,
  div,
  equal,
  FLOAT_LIMITS,
  type FloatDType,
  less,
  lessEqual,
  matmul,
  mul,
  neg,
  reshape,
  scalar,
  scan,
  select,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
  zeros,
} from '@gaussmark/autodiff';
import {
  batchOf,
  columnBlock,
  columnsOf,
  demandMatrix,
  diagonal,
  identity,
  indicator,
  masked,
  rowBlock,
  rowsOf,
  stackColumns,
  stackRows,
  transposed,
} from './matrices.js';
import { spectralBound } from './norms.js';
import { BLOCK, invertUpper, solveUpper, solveUpperTransposed } from './upper.js';

export interface QrFactorization {
  /** Orthonormal columns: `[..., m, k]` with k = min(m, n). */
  readonly Q: Tensor;
  /** Upper triangular, with a diagonal that is not negative: `[..., k, n]`. */
  readonly R: Tensor;
}

/**
 * The factorization A = Q R, reduced: Q has min(m, n) columns.
 *
 * The diagonal of R is not negative, so the factorization of a matrix of full column rank is unique (LAPACK leaves signs open). Q is
 * orthonormal for every A. Derivatives of every order exist, forward and reverse, where A has full column rank.
 *
 * R. Schreiber and C. Van Loan, *A storage-efficient WY representation for products of Householder transformations*, SIAM J. Sci.
 * Stat. Comput. 10, 1989.
 *
 * @param A `[..., m, n]`, float
 * @throws TypeError if A is not a float matrix
 * @throws RangeError if a matrix is empty
 * @example
 * const { Q } = qr(normal(key, [n, n], 'float32')); // a random orthogonal matrix
 * qr(constant(tensorValue('float64', [2, 2], [3, 0, 4, 5]))).R; // = [[5, 4], [0, 3]]
 */
export function qr(A: Tensor): QrFactorization {
  demandMatrix('qr: A', A);
  // Scaled, so that norms of columns neither overflow nor underflow.
  const bound = spectralBound(A);
  const { Q, R } = factorized(div(A, bound));
  const k = rowsOf(R);
  const signs = select(less(diagonal(columnBlock(R, 0, k)), 0), scalar(-1, A.dtype), 1);
  return { Q: mul(Q, transposed(signs)), R: mul(mul(R, signs), bound) };
}

/** The product of a panel's reflections is I - V T V'. */
interface Reflections {
  readonly V: Tensor;
  /** T^-1 and T: for unnormalized V, T^-1 is the upper triangle of V'V with half its diagonal. */
  readonly inverse: Tensor;
  readonly T: Tensor;
}

/** (I - V T' V') B, or (I - V T V') B */
function reflected({ V, inverse, T }: Reflections, B: Tensor, transposeT: boolean): Tensor {
  const solve = transposeT ? solveUpperTransposed : solveUpper;
  return sub(B, matmul(V, solve(inverse, [T], matmul(V, B, { transposeA: true }))));
}

// Panel by panel: reflects the panel's columns, then those to its right. Q is accumulated afterwards, from the last panel to the
// first, so that each reflection touches only rows and columns that are not trivial.
function factorized(A: Tensor): QrFactorization {
  const [batch, m, n, dtype] = [batchOf(A), rowsOf(A), columnsOf(A), A.dtype];
  const k = Math.min(m, n);
  const reflections: Reflections[] = [];
  const rowsOfR: Tensor[] = [];
  let rest = A;
  for (let start = 0; start < k; start += BLOCK) {
    const width = Math.min(BLOCK, k - start);
    const panel = factorizedPanel(columnBlock(rest, 0, width));
    reflections.push(panel.reflections);
    const row = [panel.R];
    if (start > 0) row.unshift(zeros([...batch, width, start], dtype));
    if (width < n - start) {
      const right = reflected(panel.reflections, columnBlock(rest, width, n - start), true);
      row.push(rowBlock(right, 0, width));
      if (start + width < k) rest = rowBlock(right, width, m - start);
    }
    rowsOfR.push(stackColumns(row));
  }
  let Q: Tensor | undefined;
  for (const [i, reflection] of [...reflections.entries()].reverse()) {
    const start = i * BLOCK;
    const width = Math.min(BLOCK, k - start);
    const first = broadcast(indicator(m - start, width, dtype, equal), [...batch, m - start, width]);
    const others = Q && stackRows([zeros([...batch, width, k - start - width], dtype), Q]);
    Q = reflected(reflection, stackColumns(others ? [first, others] : [first]), false);
  }
  return { Q: Q!, R: stackRows(rowsOfR) };
}

// Column j, from the diagonal on, is reflected to a multiple of e_j: v = x + sign(x_j) ||x|| e_j, H = I - 2 v v' / v'v.
function factorizedPanel(panel: Tensor): { readonly reflections: Reflections; readonly R: Tensor } {
  const [batch, rows, width, dtype] = [batchOf(panel), rowsOf(panel), columnsOf(panel), panel.dtype];
  const { epsilon, smallestNormal } = FLOAT_LIMITS[dtype as FloatDType];
  const total = (x: Tensor) => sum(x, { axes: [-2], keepDims: true });
  interface Step {
    readonly unitRow: Tensor;
    readonly unitColumn: Tensor;
    readonly fromDiagonal: Tensor;
  }
  const { carry, ys } = scan(
    (rest: Tensor, { unitRow, unitColumn, fromDiagonal }: Step) => {
      const x = mul(fromDiagonal, sum(mul(rest, unitRow), { axes: [-1], keepDims: true }));
      const norm = sqrt(total(square(x)));
      const pivot = total(mul(x, unitColumn));
      // v'v / 2 = ||x|| (||x|| + |x_j|)
      const squared = mul(norm, add(norm, abs(pivot)));
      // A column of zeros stays as it is. So does one so short that dividing by v'v could overflow: it is zero to rounding.
      const isZero = lessEqual(squared, smallestNormal / epsilon);
      const v = select(isZero, 0, add(x, mul(unitColumn, select(less(pivot, 0), neg(norm), norm))));
      const projected = div(matmul(v, rest, { transposeA: true }), select(isZero, 1, squared));
      return { carry: sub(rest, matmul(v, projected)), y: v };
    },
    panel,
    {
      unitRow: reshape(identity(width, dtype), [width, 1, width]),
      unitColumn: reshape(indicator(width, rows, dtype, equal), [width, rows, 1]),
      fromDiagonal: reshape(indicator(width, rows, dtype, lessEqual), [width, rows, 1]),
    },
    { name: 'qr' },
  );
  const stacked = reshape(ys, [width, ...batch, rows]);
  const V = transpose(stacked, [...stacked.shape.keys()].slice(1).concat(0));
  const products = matmul(V, V, { transposeA: true });
  const halved = mul(products, sub(1, mul(0.5, identity(width, dtype))));
  // Where v is zero, any diagonal will do.
  const missing = cast(equal(diagonal(products), 0), dtype);
  const inverse = add(masked(halved, lessEqual), mul(missing, identity(width, dtype)));
  return {
    reflections: { V, inverse, T: invertUpper(inverse) },
    R: masked(rowBlock(carry, 0, width), lessEqual),
  };
}
