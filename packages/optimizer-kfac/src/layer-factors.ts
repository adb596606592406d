// The Kronecker factors of a layer's curvature, estimated on a mini-batch, and their damped inverses.

import {
  add,
  constant,
  type DType,
  div,
  finite,
  mul,
  reshape,
  scan,
  select,
  sizeOf,
  sqrt,
  sum,
  type Tensor,
  tensorValue,
  valueAndGrad,
  zeros,
} from '@gaussmark/autodiff';
import type { LayeredProblem, LinearizedProblem, Problem } from '@gaussmark/core';
import { gram, identity, inverseSpd } from '@gaussmark/linalg';
import { type AffineLayer, inputGram } from './affine-layers.js';

/** (d, d), of the inputs and of the gradients at the pre-activations. */
export type Factors = { readonly A: Tensor; readonly S: Tensor };

/** Identity matrices in the shapes of the factors. */
export const unitFactors = (layers: readonly AffineLayer[], dtype: DType): readonly Factors[] =>
  layers.map(({ fanIn, bias, units }) => ({
    A: identity(fanIn + (bias === null ? 0 : 1), dtype),
    S: identity(units, dtype),
  }));

/**
 * A = (1/M) sum of a a' over all places, and S = sum of d d' over places, divided by the places of an example. With d from one draw of
 * targets, times the terms of the loss, the Gauss-Newton matrix of the layer is approximately A (x) S; exactly so in expectation for one
 * example of one place.
 *
 * For convolutions this is KFC (Grosse and Martens, arXiv 1602.01407), which lets derivatives at different places be uncorrelated.
 *
 * @param gradients at the pre-activations, for each vector u with sum of u u' (a draw, or the columns of S)
 */
function factorsOf(
  layers: readonly AffineLayer[],
  uses: readonly number[],
  { layers: found }: LayeredProblem,
  gradients: readonly Tensor[],
  examples: number,
  scale: number,
): Factors[] {
  return layers.map((layer, i) => {
    const use = found[uses[i]!]!;
    const inputs = use.inputRows();
    const places = inputs.shape[0]! / examples;
    return {
      A: div(inputGram(layer, inputs), examples),
      S: mul(scale / places, gram(use.gradientRows(gradients[uses[i]!]!))),
    };
  });
}

/** Factors from one draw of targets from the model's own distribution: an unbiased estimate of the exact ones. */
export function sampledFactors(
  problem: Problem,
  layers: readonly AffineLayer[],
  uses: readonly number[],
  layered: LayeredProblem,
  key: Parameters<Problem['sampleTargets']>[1],
): Factors[] {
  const targets = problem.sampleTargets(layered.outputs, key);
  const { grad } = valueAndGrad((z: Tensor) => problem.lossOf(z, targets))(layered.outputs);
  // The gradients contain the mean's 1 / terms: terms times their products sum to the Gauss-Newton matrix.
  return factorsOf(layers, uses, layered, layered.backward(grad), problem.batchSize, problem.terms);
}

/** Factors from the whole Hessian of the loss in the outputs, H = S S': a backward pass for each output of an example. */
export function exactFactors(
  problem: Problem,
  layers: readonly AffineLayer[],
  uses: readonly number[],
  layered: LayeredProblem,
  { outputHessianFactor }: Pick<LinearizedProblem, 'outputHessianFactor'>,
): Factors[] {
  const { shape, dtype } = layered.outputs;
  const outputs = sizeOf(shape.slice(1));
  const of = (unit: Tensor) => {
    const column = outputHessianFactor(add(mul(0, layered.outputs), reshape(unit, [1, ...shape.slice(1)])));
    return factorsOf(layers, uses, layered, layered.backward(column), problem.batchSize, 1);
  };
  const units = constant(
    tensorValue(
      dtype,
      [outputs, outputs],
      Array.from({ length: outputs * outputs }, (_, i) => (i % (outputs + 1) === 0 ? 1 : 0)),
    ),
  );
  const start = layers.map(({ units: n }) => zeros([n, n], dtype));
  const { carry } = scan(
    (total: readonly Tensor[], unit: Tensor) => ({
      carry: of(unit).map(({ S }, i) => add(total[i]!, S)) as readonly Tensor[],
      y: [] as readonly Tensor[],
    }),
    start as readonly Tensor[],
    units,
    { name: 'outputs' },
  );
  return layers.map((layer, i) => {
    const { inputRows } = layered.layers[uses[i]!]!;
    return { A: div(inputGram(layer, inputRows()), problem.batchSize), S: carry[i]! };
  });
}

/**
 * The inverses of A + pi sqrt(lambda) I and S + sqrt(lambda) / pi I, with pi^2 = (tr A / dim A) / (tr S / dim S), so that both factors
 * are damped alike, relative to their size. With a factor of zero, pi is 1. What is not finite is replaced by the last inverse.
 *
 * @see Martens and Grosse, 2015, section 6.3
 */
export function dampedInverses({ A, S }: Factors, lambda: Tensor, last: Factors): Factors {
  const [I, J] = [identity(A.shape[0]!, A.dtype), identity(S.shape[0]!, S.dtype)];
  const mean = (matrix: Tensor, unit: Tensor) => div(sum(mul(matrix, unit)), matrix.shape[0]!);
  const square = div(mean(A, I), mean(S, J));
  const usable = finite(div(1, square));
  const pi = sqrt(select(usable, select(finite(square), square, 1), 1));
  const root = sqrt(lambda);
  const inverse = (matrix: Tensor, unit: Tensor, damping: Tensor, previous: Tensor) => {
    const found = inverseSpd(add(matrix, mul(damping, unit)));
    return select(finite(sum(found)), found, previous);
  };
  return {
    A: inverse(A, I, mul(pi, root), last.A),
    S: inverse(S, J, div(root, pi), last.S),
  };
}
