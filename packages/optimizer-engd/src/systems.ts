// The systems of ENGD: in the space of the parameters, or of the residuals.

import {
  add,
  cast,
  concat,
  div,
  FLOAT_LIMITS,
  type FloatDType,
  less,
  matmul,
  max,
  mul,
  reshape,
  select,
  sizeOf,
  sum,
  type Tensor,
  tree,
  vector,
} from '@gaussmark/autodiff';
import type { CurvatureFactor, LinearizedProblem, Params, Problem } from '@gaussmark/core';
import { eigh, solveDamped } from '@gaussmark/linalg';

/** What a system is made of. */
export interface SystemParts {
  readonly problem: Problem;
  readonly params: Params;
  readonly linearized: LinearizedProblem;
  readonly factor: CurvatureFactor;
}

export interface Solution {
  readonly direction: Params;
  /** Eigenvalues above the cut-off; only without damping. Scalar. */
  readonly rank: Tensor | undefined;
}

interface SystemOptions {
  readonly damping: number;
}

/** The largest matrix that is factorized, and the largest whose eigenvalues are computed. */
const LARGEST = 4096;
const LARGEST_EIGENPROBLEM = 1024;

/**
 * (G + lambda I)^-1 A'b, in the smaller of the two spaces.
 *
 * @param b (n)
 * @throws RangeError if both have more than 4096 dimensions, without damping 1024
 */
export function solved(parts: SystemParts, b: Tensor, options: SystemOptions): Solution {
  const parameters = tree.leaves<Tensor>(parts.params).reduce((n, { shape }) => n + sizeOf(shape), 0);
  const residuals = parts.factor.rows;
  const largest = options.damping > 0 ? LARGEST : LARGEST_EIGENPROBLEM;
  if (Math.min(parameters, residuals) > largest) {
    const without = options.damping > 0 ? '' : ' without damping';
    throw new RangeError(
      `optimizer 'engd': there are ${residuals} residuals and ${parameters} parameters, and systems are solved up to ${largest}${without}; ` +
        `use smaller mini-batches${options.damping > 0 ? '' : ', or damping'}`,
    );
  }
  return parameters < residuals ? gramSystem(parts, b, options) : woodburySystem(parts, b, options);
}

/** (G + lambda I)^-1 A'b, with the Gram matrix G of the parameters. */
export function gramSystem(
  { problem, params, linearized, factor }: SystemParts,
  b: Tensor,
  options: SystemOptions,
): Solution {
  // A, row by row: S J, since S is a multiple of the identity for squares.
  const scale = reshape(linearized.outputHessianFactor(ones(linearized.outputs)), [factor.rows, 1]);
  const blocks = tree
    .leaves<Tensor>(problem.perExample.jacobians(params))
    .map((jacobian) => mul(reshape(jacobian, [factor.rows, -1]), scale));
  const A = blocks.length === 1 ? blocks[0]! : concat(blocks, 1);
  const G = matmul(A, A, { transposeA: true });
  const { x, rank } = solution(G, vector.pack(factor.transposed(b)), options);
  return { direction: vector.unpack(x, params), rank };
}

/** A'(A A' + lambda I)^-1 b, with the Gram matrix of the residuals: Woodbury's form. */
export function woodburySystem({ factor }: SystemParts, b: Tensor, options: SystemOptions): Solution {
  const { x, rank } = solution(factor.gram(), b, options);
  return { direction: factor.transposed(x), rank };
}

const ones = (like: Tensor): Tensor => add(mul(like, 0), 1);

/** x with (M + lambda I) x = b; without damping the one of the smallest norm, as numpy's lstsq: eigenvalues below n epsilon of the largest count as 0. */
function solution(
  M: Tensor,
  b: Tensor,
  { damping }: SystemOptions,
): { readonly x: Tensor; readonly rank: Tensor | undefined } {
  if (damping > 0) return { x: solveDamped(M, b, damping), rank: undefined };
  const size = b.shape[0]!;
  const { values, vectors } = eigh(M);
  const { epsilon, smallestNormal } = FLOAT_LIMITS[M.dtype as FloatDType];
  const isUsed = less(add(mul(size * epsilon, max(values)), smallestNormal), values);
  const along = reshape(matmul(vectors, reshape(b, [size, 1]), { transposeA: true }), [size]);
  const coefficients = select(isUsed, div(along, select(isUsed, values, 1)), 0);
  return {
    x: reshape(matmul(vectors, reshape(coefficients, [size, 1])), [size]),
    rank: sum(cast(isUsed, M.dtype)),
  };
}
