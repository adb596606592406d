// Losses, gradients and Jacobians of single examples.

import {
  BYTES_PER_ELEMENT,
  constant,
  demandOptions,
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
import { rowsOf } from './batch.js';
import type { Batch, ChunkOptions, Params, PerExample, Problem } from './contract.js';

/** The default bound on the bytes of a chunk's gradients. */
const CHUNK_BYTES = 2 ** 28;

/** The problem of a batch. `seen` is called with the parameters at which the network is evaluated. */
type Bind = (batch: Batch, seen?: (params: Params) => void) => Problem;

export function perExample(batch: Batch, on: Bind): PerExample {
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

  /** The chunk that bounds the gradients of whatever a function evaluates: a first run shows at which parameters, and leaves the program. */
  const chunkOf = (fn: (example: Problem) => unknown): number => {
    let bytes = 0;
    fn(on(rowsOf(batch, 0, 1), (params) => (bytes = Math.max(bytes, bytesOf(params)))));
    return chunkFor(bytes, size);
  };

  return {
    losses: (params, options) =>
      stacked((example) => example.loss(params), chunkIn('losses', options) ?? size),
    gradients(params, options) {
      const chunk = chunkIn('gradients', options) ?? chunkFor(bytesOf(params), size);
      return stacked((example) => example.valueAndGrad(params).grad, chunk);
    },
    jacobians(params, options) {
      const chunk = chunkIn('jacobians', options);
      const outputs = sizeOf(on(batch).linearize(params).outputs.shape) / size;
      const bytes = outputs * bytesOf(params);
      return stacked((example) => jacobian(example, params), chunk ?? chunkFor(bytes, size));
    },
    map: (fn, options) => stacked(fn, chunkIn('map', options) ?? chunkOf(fn)),
    mean: (fn, options) =>
      accumulate(
        batch,
        (part) => tree.map((x: Tensor) => mean(x, { axes: [0] }), each(fn)(part)) as ReturnType<typeof fn>,
        chunkIn('mean', options) ?? chunkOf(fn),
      ),
  };
}

function chunkIn(member: string, options: ChunkOptions = {}): number | undefined {
  demandOptions(`perExample.${member}`, options, ['chunk']);
  return options.chunk;
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

/** The most examples, of `size`, that stay within the bound with so many bytes each; at least one. */
function chunkFor(bytes: number, size: number): number {
  return Math.max(1, Math.min(size, Math.floor(CHUNK_BYTES / bytes)));
}

function bytesOf(params: Params): number {
  return tree
    .leaves<Tensor>(params)
    .reduce((sum, { dtype, shape }) => sum + BYTES_PER_ELEMENT[dtype] * sizeOf(shape), 0);
}
