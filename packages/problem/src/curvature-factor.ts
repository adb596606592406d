// A factor of the Gauss-Newton matrix: B = A'A, by its products and its Gram matrix A A'.

import {
  broadcast,
  cast,
  equal,
  iota,
  mul,
  reshape,
  sizeOf,
  sum,
  type Tensor,
  vmap,
} from '@gaussmark/autodiff';
import type { LinearizedProblem, Params, Problem } from './contract.js';
import { type GramMatrices, gramMatrices } from './jacobian-gram.js';

/**
 * A, (n, parameters), with A'A = B. Row (i, k), at i n/M + k, belongs to example i: the k-th row of S_i'J_i.
 *
 * A itself is never stored. Nothing that a step does not use costs anything.
 */
export interface CurvatureFactor {
  /** n: M times the rows of one example. */
  readonly rows: number;
  /** Rows of one example. */
  readonly rowsPerExample: number;
  /** A v, (n): one linear forward pass. `v` is shaped like the parameters. */
  product(v: Params): Tensor;
  /** A'a, shaped like the parameters: one linear backward pass. `a` is (n). */
  transposed(a: Tensor): Params;
  /**
   * The Gram matrix A A', (n, n): `rowsPerExample` backward passes, and products of matrices.
   *
   * If every parameter belongs to one dense or convolutional shared layer, layer by layer: A is not formed, a dense layer on vectors takes
   * n^2 (out) + M^2 (in) operations. For other networks, from the Jacobians of all examples.
   *
   * @throws RangeError if a matrix of it takes more than 1 GiB
   */
  gram(): Tensor;
  /** The blocks of the Gram matrix on its diagonal, one for each example: (M, n/M, n/M). @throws RangeError as {@link gram} */
  exampleGrams(): Tensor;
}

/**
 * The exact factor A = S'J, where S S' is the Hessian of the loss in the outputs: a row for each output of each example.
 *
 * @param linearized `problem.linearize(params)`
 * @throws TypeError in its functions if the loss has no distribution
 * @example
 * const linearized = problem.linearize(params);
 * const factor = curvatureFactor(problem, params, linearized);
 * // (B + damping I)^-1 g = A' (A A' + damping I)^-1 s, with A's = g: a system in the space of the outputs.
 * factor.gram(); // = float64[8,8]
 * factor.product(params); // = float64[8]
 */
export function curvatureFactor(
  problem: Problem,
  params: Params,
  linearized: LinearizedProblem,
): CurvatureFactor {
  const { outputs, jvp, vjp, outputHessianFactor, outputHessianFactorTranspose } = linearized;
  const { shape } = outputs;
  const rows = sizeOf(shape);
  const count = rows / problem.batchSize;
  // The k-th column of every example's S: one backward pass serves all examples.
  const columns = () => vmap(outputHessianFactor)(unitOutputs(linearized, count));
  return withGrams(problem, params, columns, {
    rows,
    rowsPerExample: count,
    product: (v) => reshape(outputHessianFactorTranspose(jvp(v)), [rows]),
    transposed: (a) => vjp(outputHessianFactor(reshape(a, shape))),
  });
}

/**
 * A factor with one row for each example, the gradient u_i'J_i for given vectors u_i at the outputs: for gradients of sampled targets, scaled
 * so that E[u_i u_i'] is the Hessian in the outputs of example i, A'A is an unbiased estimate of B.
 *
 * @param u (M, ...), shaped like the outputs
 * @example
 * // One sample per example, as in the Fisher matrix by Monte Carlo.
 * const linearized = problem.linearize(params);
 * const targets = problem.sampleTargets(linearized.outputs, context.random('targets'));
 * const { outputGradient } = problem.withTargets(targets).linearize(params);
 * const factor = rowFactor(problem, params, linearized, mul(Math.sqrt(problem.terms), outputGradient));
 * factor.gram(); // = float64[4,4]
 */
export function rowFactor(
  problem: Problem,
  params: Params,
  { jvp, vjp }: LinearizedProblem,
  u: Tensor,
): CurvatureFactor {
  const [examples, ...shape] = u.shape as [number, ...number[]];
  const perExample = (x: Tensor) => reshape(x, [examples, sizeOf(shape)]);
  return withGrams(problem, params, () => reshape(u, [1, ...u.shape]), {
    rows: examples,
    rowsPerExample: 1,
    product: (v) => sum(perExample(mul(u, jvp(v))), { axes: [1] }),
    transposed: (a) => vjp(mul(u, reshape(a, [examples, ...shape.map(() => 1)]))),
  });
}

function withGrams(
  problem: Problem,
  params: Params,
  columns: () => Tensor,
  products: Omit<CurvatureFactor, keyof GramMatrices>,
): CurvatureFactor {
  const grams = () => gramMatrices(problem, params, columns());
  return { ...products, gram: () => grams().gram(), exampleGrams: () => grams().exampleGrams() };
}

/** e_k at the outputs of every example, for each k: (count, M, ...). */
function unitOutputs({ outputs }: LinearizedProblem, count: number): Tensor {
  const [, ...shape] = outputs.shape;
  const identity = cast(equal(reshape(iota(count), [count, 1]), iota(count)), outputs.dtype);
  const units = reshape(identity, [count, 1, ...shape]);
  return broadcast(units, [count, ...outputs.shape]);
}
