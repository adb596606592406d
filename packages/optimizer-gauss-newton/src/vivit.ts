// ViViT: a Newton step in the leading eigendirections of the Gauss-Newton matrix, each damped by itself.
// F. Dangel, L. Tatzel, P. Hennig, 2022, arXiv 2106.02624.

import {
  add,
  and,
  cast,
  div,
  FLOAT_LIMITS,
  type FloatDType,
  less,
  matmul,
  max,
  mul,
  reshape,
  select,
  slice,
  square,
  sum,
  type Tensor,
  vector,
} from '@gaussmark/autodiff';
import {
  type CurvatureFactor,
  curvatureFactor,
  type Optimizer,
  type OptimizerPlugin,
  type Params,
  type Problem,
  rowFactor,
  type StepContext,
} from '@gaussmark/core';
import { eigh } from '@gaussmark/linalg';

/** Described in manifests/vivit.json, with bounds and defaults. */
export interface VivitHyperparameters {
  readonly learningRate: number;
  /** K, the largest number of eigendirections. */
  readonly directions: number;
  /** delta. */
  readonly damping: number;
  /** The largest Gram matrix: it limits the examples that the curvature is made of. */
  readonly gramSize: number;
  /** The rows of the Gram matrix: all outputs, or one sampled gradient for each example. */
  readonly curvature: 'exact' | 'sampled';
}

/**
 * One step on a mini-batch:
 *
 * ```
 * A A' = U diag(lambda) U'          A'A = B, of the first examples of the batch
 * e_k = A'u_k / sqrt(lambda_k)      the orthonormal eigenvectors of B
 * theta = theta - alpha sum_k (e_k'g) / (lambda_k + delta) e_k      over the K largest lambda_k
 * ```
 *
 * Components outside these directions get no step. The eigenvectors themselves are not formed: the step is A'a, with
 * a = sum_k u_k (u_k'A g) / (lambda_k (lambda_k + delta)).
 *
 * Metrics: `loss` (before the update), `largestEigenvalue`, `smallestEigenvalue` (of those used), `directions` (used),
 * `gradientShare` (the share of |g|^2 in the directions).
 *
 * @throws RangeError in the step, if the outputs of a single example are more than `gramSize`
 */
const vivit: OptimizerPlugin<VivitHyperparameters, Record<never, never>> = {
  create(options): Optimizer<Record<never, never>> {
    const { learningRate, damping } = options;

    return {
      init: () => ({}),

      step(problem, params, state, context) {
        const { loss, grad } = problem.linearize(params);
        const factor = curvatureOf(problem, params, options, context);
        const { values, vectors, isUsed } = leading(factor.gram(), options.directions);
        const projected = matmul(vectors, reshape(factor.product(grad), [factor.rows, 1]), {
          transposeA: true,
        });
        // u_k'A g = sqrt(lambda_k) gamma_k
        const along = reshape(projected, values.shape);
        const positive = select(isUsed, values, 1);
        const coefficients = select(isUsed, div(along, mul(positive, add(positive, damping))), 0);
        const a = reshape(matmul(vectors, reshape(coefficients, [-1, 1])), [factor.rows]);
        const share = div(sum(select(isUsed, div(square(along), positive), 0)), vector.dot(grad, grad));
        return {
          params: vector.addScaled(params, -learningRate, factor.transposed(a)),
          state,
          metrics: {
            loss,
            largestEigenvalue: max(values),
            smallestEigenvalue: mul(-1, max(select(isUsed, mul(-1, values), mul(-1, max(values))))),
            directions: sum(cast(isUsed, loss.dtype)),
            gradientShare: select(less(0, vector.dot(grad, grad)), share, 0),
          },
        };
      },
    };
  },
};

export default vivit;

/** The factor of the curvature, of as many examples as the Gram matrix may have. */
function curvatureOf(
  problem: Problem,
  params: Params,
  { gramSize, curvature }: VivitHyperparameters,
  context: StepContext,
): CurvatureFactor {
  const whole = problem.linearize(params);
  const outputs = whole.outputs.shape.slice(1).reduce((a, b) => a * b, 1);
  const perExample = curvature === 'sampled' ? 1 : outputs;
  if (perExample > gramSize) {
    throw new RangeError(
      `optimizer 'vivit': an example has ${perExample} outputs, more than gramSize, ${gramSize}; raise gramSize, or set curvature=sampled`,
    );
  }
  const examples = Math.min(problem.batchSize, Math.floor(gramSize / perExample));
  const part = examples === problem.batchSize ? problem : problem.examples(0, examples);
  const linearized = part === problem ? whole : part.linearize(params);
  if (curvature === 'exact') return curvatureFactor(part, params, linearized);
  // The gradient of a sampled loss has the covariance H / terms at the outputs.
  const sampled = part.withTargets(part.sampleTargets(linearized.outputs, context.random('targets')));
  const { outputGradient } = sampled.linearize(params);
  return rowFactor(part, params, linearized, mul(Math.sqrt(part.terms), outputGradient));
}

interface Leading {
  /** Ascending, (K). */
  readonly values: Tensor;
  /** As columns, (n, K). */
  readonly vectors: Tensor;
  /** Whether an eigenvalue is more than rounding, (K). */
  readonly isUsed: Tensor;
}

function leading(gram: Tensor, directions: number): Leading {
  const n = gram.shape[0]!;
  const count = Math.min(directions, n);
  const { values, vectors } = eigh(gram);
  const largest = slice(values, [n - count], [n]);
  const { epsilon, smallestNormal } = FLOAT_LIMITS[gram.dtype as FloatDType];
  const isUsed = and(less(mul(n * epsilon, max(values)), largest), less(smallestNormal, largest));
  return { values: largest, vectors: slice(vectors, [0, n - count], [n, n]), isUsed };
}
