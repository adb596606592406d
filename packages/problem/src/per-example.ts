// Losses, gradients and Jacobians of single examples.

import {
  BYTES_PER_ELEMENT,
  constant,
  mean,
  reshape,
  sizeOf,
  type Tensor,
  type Tree,
  tensorValue,
  tree,
  vmap,
} from '@gaussmark/autodiff';
import { accumulate, stackChunks } from './accumulate.js';
import type { Batch, Params, PerExample, Problem } from './contract.js';

/** The default bound on the bytes of a chunk's gradients. */
const CHUNK_BYTES = 2 ** 28;

/** @param on the problem of a batch */
export function perExample(batch: Batch, on: (batch: Batch) => Problem): PerExample {
  const size = batch.inputs.shape[0]!;
  /** The results for the examples of a batch, stacked. */
  const each =
    <R extends Tree<Tensor>>(fn: (example: Problem) => R) =>
    ({ inputs, targets }: Batch): R =>
      vmap(({ x, y }: { readonly x: Tensor; readonly y: Tensor }) =>
        fn(on({ inputs: alone(x), targets: alone(y) })),
      )({ x: inputs, y: targets });
  const stacked = <R extends Tree<Tensor>>(fn: (example: Problem) => R, chunk: number): R =>
    stackChunks(batch, each(fn), chunk);

  return {
    losses: (params, { chunk = size } = {}) => stacked((example) => example.loss(params), chunk),
    gradients: (params, { chunk = chunkFor(params) } = {}) =>
      stacked((example) => example.valueAndGrad(params).grad, chunk),
    jacobians(params, { chunk } = {}) {
      const outputs = sizeOf(on(batch).linearize(params).outputs.shape) / size;
      return stacked((example) => jacobian(example, params), chunk ?? chunkFor(params, outputs));
    },
    map: (fn, { chunk = size } = {}) => stacked(fn, chunk),
    mean: (fn, { chunk = size } = {}) =>
      accumulate(
        batch,
        (part) => tree.map((x: Tensor) => mean(x, { axes: [0] }), each(fn)(part)) as ReturnType<typeof fn>,
        chunk,
      ),
  };
}

/** A batch of one example. */
function alone(x: Tensor): Tensor {
  return reshape(x, [1, ...x.shape]);
}

/** The Jacobian of one example's outputs: a backward pass for each output, vectorized. */
function jacobian(example: Problem, params: Params): Params {
  const { outputs, vjp } = example.linearize(params);
  const [, ...shape] = outputs.shape;
  const count = sizeOf(shape);
  const identity = Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0));
  const directions = constant(tensorValue(outputs.dtype, [count, ...outputs.shape], identity));
  const rows = vmap((u: Tensor) => vjp(u))(directions);
  return tree.map((row: Tensor) => reshape(row, [...shape, ...row.shape.slice(1)]), rows);
}

/** The most examples whose gradients, or Jacobians of a number of outputs, stay within the bound; at least one. */
function chunkFor(params: Params, outputs = 1): number {
  const bytes = tree
    .leaves<Tensor>(params)
    .reduce((sum, { dtype, shape }) => sum + BYTES_PER_ELEMENT[dtype] * sizeOf(shape), 0);
  return Math.max(1, Math.floor(CHUNK_BYTES / (bytes * outputs)));
}
