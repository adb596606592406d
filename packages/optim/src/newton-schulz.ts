// Orthogonalized updates: Newton-Schulz iterations and Muon.

import {
  add,
  demandOptions,
  div,
  matmul,
  mul,
  reshape,
  sizeOf,
  sqrt,
  square,
  sum,
  type Tensor,
  type Tree,
  transpose,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { demandCount, demandDecay, demandNonNegative } from './demands.js';
import { updateMoment } from './moments.js';
import type { GradientTransformation } from './transformation.js';

export interface OrthogonalizeOptions {
  /** Default 5. */
  readonly iterations?: number;
  /** a, b, c. Default Muon's, 3.4445, -4.775, 2.0315. */
  readonly coefficients?: readonly [number, number, number];
  /** Added to the norm. Default 1e-7. */
  readonly epsilon?: number;
}

/**
 * Moves the singular values of a matrix towards 1 and keeps its singular vectors:
 *
 * ```
 * X = X / (|X|_F + epsilon)
 * A = X X' ; X = a X + (b A + c A^2) X      `iterations` times
 * ```
 *
 * With Muon's coefficients, singular values above some 1e-3 of the norm end between 0.7 and 1.2, and do not converge to 1: the slope
 * at 0 is as steep as possible instead. With 15/8, -5/4, 3/8 the iteration converges to the polar factor, slowly. The products are of the
 * smaller side: a tall matrix is transposed first, and of a long one, X X' alone is computed, once for three iterations. Zero stays zero.
 *
 * @param matrix (..., m, n), float
 * @returns shaped like `matrix`
 * @throws TypeError if it has fewer than two axes
 * @throws RangeError if `iterations` is not a whole number of at least 1
 * @example
 * const direction = orthogonalize(gradient);
 * orthogonalize(full([3, 2], 1, 'float32')); // = float32[3,2]
 * @see Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024, kellerjordan.github.io/posts/muon
 */
export function orthogonalize(matrix: Tensor, options: OrthogonalizeOptions = {}): Tensor {
  demandOptions('orthogonalize', options, ['iterations', 'coefficients', 'epsilon']);
  const { iterations = 5, coefficients = [3.4445, -4.775, 2.0315], epsilon = 1e-7 } = options;
  const rank = matrix.shape.length;
  if (rank < 2) {
    throw new TypeError(
      `orthogonalize: expected a matrix (..., m, n), got [${matrix.shape.join(',')}]; give vectors another rule`,
    );
  }
  demandCount('orthogonalize', 'iterations', iterations);
  demandNonNegative('orthogonalize', 'epsilon', epsilon);
  const [a, b, c] = coefficients;
  const flips = matrix.shape[rank - 2]! > matrix.shape[rank - 1]!;
  const [rows, columns] = [matrix.shape[rank - 2]!, matrix.shape[rank - 1]!].sort((x, y) => x - y) as [
    number,
    number,
  ];
  const wide = flips ? swapLast(matrix) : matrix;
  const norm = sqrt(sum(square(wide), { axes: [-2, -1], keepDims: true }));
  let X = div(wide, add(norm, epsilon));
  const together = columns < LONG * rows ? 1 : TOGETHER;
  for (let left = iterations; left > 0; left -= together) {
    const [share, A] = polynomial(X, [a, b, c], Math.min(together, left));
    X = add(mul(share, X), matmul(A, X));
  }
  return flips ? swapLast(X) : X;
}

/** A matrix is long if its sides differ by this factor: products with its smaller side alone are then cheaper. */
const LONG = 2;
/** Iterations of a long matrix with one product X X'. A rounding error of it grows by a^2 in each of them, so not all at once. */
const TOGETHER = 3;

/**
 * What `count` iterations multiply X by, q I + R, from A = X X' alone: an iteration is X <- (a I + B) X with B = b A + c A^2, and then
 * A <- (a I + B) A (a I + B), where all factors commute.
 */
function polynomial(
  X: Tensor,
  [a, b, c]: readonly [number, number, number],
  count: number,
): readonly [number, Tensor] {
  const stepOf = (A: Tensor) => add(mul(b, A), mul(c, matmul(A, A)));
  let A = matmul(X, X, { transposeB: true });
  let B = stepOf(A);
  let [q, R] = [a, B];
  for (let i = 1; i < count; i++) {
    const half = add(mul(a, A), matmul(B, A));
    A = add(mul(a, half), matmul(B, half));
    B = stepOf(A);
    R = add(add(mul(a, R), mul(q, B)), matmul(B, R));
    q *= a;
  }
  return [q, R];
}

function swapLast(x: Tensor): Tensor {
  const rank = x.shape.length;
  const order = x.shape.map((_, axis) => axis);
  return transpose(x, [...order.slice(0, -2), rank - 1, rank - 2]);
}

export interface MuonOptions extends OrthogonalizeOptions {
  /** beta. Default 0.95. */
  readonly momentum?: number;
  /** Whether the direction is (1 - beta) u + beta m instead of m. Default true. */
  readonly nesterov?: boolean;
  /**
   * Factor for a matrix: `original` sqrt(max(1, out / in)), the spectral norm of a layer; `rms` 0.2 sqrt(max(in, out)), a root mean
   * square like Adam's, so that Adam's learning rates fit. Default original.
   */
  readonly adjust?: 'original' | 'rms';
}

export type MuonState = {
  /** m, shaped like the parameters. */
  readonly firstMoment: Tree<Tensor>;
};

/**
 * The direction of Muon: the orthogonalized mean of the updates, in the run's dtype (the reference runs in bfloat16).
 *
 * ```
 * m = beta m + (1 - beta) u ; u = m             Nesterov: (1 - beta) u + beta m
 * u = factor orthogonalize(u)
 * ```
 *
 * A leaf is a weight (in, out), or a kernel (out, in, height, width), which is flattened to (out, in height width); the reference
 * computes the factor of a kernel from its height and width, and here it is from the flattened sides. Muon is for hidden matrices:
 * give biases, gains, embeddings and the output head another rule, with {@link partition}.
 *
 * @throws TypeError if a leaf has fewer than two axes
 * @throws RangeError unless `momentum` is at least 0 and below 1
 * @example
 * chain(scaleByMuon(), addDecayedWeights(0.01), scale(0.02));
 * const [rule, updates] = [scaleByMuon(), { w: full([3, 2], 1, 'float32') }];
 * rule.update(updates, rule.init(updates), updates).updates.w; // = float32[3,2]
 * @see Jordan et al., Muon, 2024; Liu et al., Muon is Scalable for LLM Training, arXiv 2502.16982, for `rms`
 */
export function scaleByMuon(options: MuonOptions = {}): GradientTransformation<MuonState> {
  const names = ['momentum', 'nesterov', 'adjust', 'iterations', 'coefficients', 'epsilon'] as const;
  demandOptions('scaleByMuon', options, names);
  const { momentum: beta = 0.95, nesterov = true, adjust = 'original', ...iteration } = options;
  demandDecay('scaleByMuon', 'momentum', beta);
  return {
    init: (params) => ({ firstMoment: vector.zerosLike(params) }),
    update(updates, state) {
      const firstMoment = updateMoment(state.firstMoment, beta, updates);
      const mean = nesterov ? updateMoment(firstMoment, beta, updates) : firstMoment;
      const direction = tree.map((u: Tensor) => {
        const [rows, columns] = sidesOf(u);
        const [out, input] = u.shape.length === 2 ? [columns, rows] : [rows, columns];
        const factor =
          adjust === 'rms' ? 0.2 * Math.sqrt(Math.max(input, out)) : Math.sqrt(Math.max(1, out / input));
        const orthogonal = reshape(orthogonalize(reshape(u, [rows, columns]), iteration), u.shape);
        return factor === 1 ? orthogonal : mul(factor, orthogonal);
      }, mean);
      return { updates: direction, state: { firstMoment } };
    },
  };
}

function sidesOf({ shape }: Tensor): readonly [number, number] {
  if (shape.length >= 2) return [shape[0]!, sizeOf(shape.slice(1))];
  throw new TypeError(
    `scaleByMuon: expected parameters with two or more axes, got [${shape.join(',')}]; give the others another rule with partition`,
  );
}
