// Gram matrices of Jacobian rows of all examples, layer by layer where the network is made of shared layers.

import {
  add,
  BYTES_PER_ELEMENT,
  matmul,
  mul,
  reshape,
  sizeOf,
  sum,
  type Tensor,
  transpose,
  tree,
  vmap,
} from '@gaussmark/autodiff';
import type { Layer, LayeredProblem, Params, Problem } from './contract.js';

/** The largest matrix of a layer, or of the whole network. */
const LARGEST_BYTES = 2 ** 30;

export interface GramMatrices {
  /** (n, n), n = M K */
  gram(): Tensor;
  /** (M, K, K) */
  exampleGrams(): Tensor;
}

/** The rows u_k'J_i of a part of the parameters, as what their inner products need. */
interface Part {
  /** Inner products of all rows with each other: (n, n). */
  all(): Tensor;
  /** Inner products of the rows of each example: (M, K, K). */
  own(): Tensor;
}

/**
 * Inner products of the rows u_ki'J_i, where J_i is the Jacobian of the outputs of example i.
 *
 * @param columns u: (K, M, ...outputs of one example)
 * @throws RangeError if a matrix takes more than 1 GiB
 */
export function gramMatrices(problem: Problem, params: Params, columns: Tensor): GramMatrices {
  const [count, examples] = columns.shape as [number, number];
  const rows = count * examples;
  const parts = () => layerParts(problem, params, columns) ?? [jacobianPart(problem, params, columns)];
  const total = (terms: readonly Tensor[]) => terms.reduce((a, b) => add(a, b));
  return {
    gram() {
      demandMemory(`the Gram matrix of ${rows} outputs`, rows * rows, columns);
      return total(parts().map((part) => part.all()));
    },
    exampleGrams() {
      demandMemory(`the Gram matrices of ${count} outputs each`, rows * count, columns);
      return total(parts().map((part) => part.own()));
    },
  };
}

function demandMemory(what: string, elements: number, { dtype }: Tensor): void {
  const bytes = elements * BYTES_PER_ELEMENT[dtype];
  if (bytes <= LARGEST_BYTES) return;
  throw new RangeError(
    `${what} takes ${(bytes / 2 ** 30).toPrecision(3)} GiB, more than 1 GiB; use smaller mini-batches`,
  );
}

/** The parts of all layers, if they have all parameters, each once. */
function layerParts(problem: Problem, params: Params, columns: Tensor): readonly Part[] | undefined {
  const layered = layersOf(problem, params);
  if (layered === undefined) return undefined;
  const { layers, backward } = layered;
  const covered = layers.flatMap(({ weight, bias }) => (bias === null ? [weight] : [weight, bias]));
  const expected = tree.paths(tree.structureOf(params));
  // A weight that is not a parameter itself, or used twice, has rows that are no product of one input and one gradient.
  if ([...covered].sort().join() !== [...expected].sort().join()) return undefined;
  if (layers.some((layer) => layer.kind === 'conv' && (layer.options.groups ?? 1) > 1)) return undefined;
  const gradients = vmap((u: Tensor) => backward(u))(columns);
  return layers.map((layer, i) => layerPart(layer, gradients[i]!));
}

/** Undefined if a layer is out of reach: in a loop, say. */
function layersOf(problem: Problem, params: Params): LayeredProblem | undefined {
  try {
    return problem.layers(params);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** @param gradient at the pre-activation, (K, M, ...) */
function layerPart(layer: Layer, gradient: Tensor): Part {
  const isVectors = layer.kind === 'dense' && layer.inputs.shape.length === 2;
  return isVectors ? vectorPart(layer, gradient) : placesPart(layer, gradient);
}

// The row of example i is a_i (x) d_ki, so inner products are products: (a_i'a_j) (d_ki'd_lj); a bias adds 1 to the first.
function vectorPart({ inputs: a, bias }: Layer, gradient: Tensor): Part {
  const [count, examples, units] = gradient.shape as [number, number, number];
  const d = transpose(gradient, [1, 0, 2]);
  const withBias = (x: Tensor) => (bias === null ? x : add(x, 1));
  return {
    all() {
      const flat = reshape(d, [examples * count, units]);
      const products = reshape(matmul(flat, flat, { transposeB: true }), [examples, count, examples, count]);
      const weights = withBias(matmul(a, a, { transposeB: true }));
      const rows = examples * count;
      return reshape(mul(products, reshape(weights, [examples, 1, examples, 1])), [rows, rows]);
    },
    own() {
      const weights = withBias(sum(mul(a, a), { axes: [1] }));
      return mul(matmul(d, d, { transposeB: true }), reshape(weights, [examples, 1, 1]));
    },
  };
}

// With several places p, the row of the weight is the sum of a_ip (x) d_kip over p: formed for this layer alone.
function placesPart(layer: Layer, gradient: Tensor): Part {
  const [count, examples] = gradient.shape as [number, number];
  const a = layer.inputRows();
  const fanIn = a.shape[1]!;
  const places = a.shape[0]! / examples;
  const rows = vmap((each: Tensor) => layer.gradientRows(each))(gradient);
  const units = rows.shape.at(-1)!;
  demandMemory(`the Jacobian of the layer '${layer.path}'`, examples * count * fanIn * units, gradient);
  const byPlace = transpose(reshape(rows, [count, examples, places, units]), [1, 2, 0, 3]);
  const d = reshape(byPlace, [examples, places, count * units]);
  const weight = matmul(reshape(a, [examples, places, fanIn]), d, { transposeA: true });
  const ordered = transpose(reshape(weight, [examples, fanIn, count, units]), [0, 2, 1, 3]);
  const parts = [rowsPart(reshape(ordered, [examples, count, fanIn * units]))];
  if (layer.bias !== null) parts.push(rowsPart(reshape(sum(d, { axes: [1] }), [examples, count, units])));
  return {
    all: () => parts.map((part) => part.all()).reduce((x, y) => add(x, y)),
    own: () => parts.map((part) => part.own()).reduce((x, y) => add(x, y)),
  };
}

/** Of the rows themselves, (M, K, parameters). */
function rowsPart(rows: Tensor): Part {
  const [examples, count, size] = rows.shape as [number, number, number];
  return {
    all() {
      const flat = reshape(rows, [examples * count, size]);
      return matmul(flat, flat, { transposeB: true });
    },
    own: () => matmul(rows, rows, { transposeB: true }),
  };
}

/** For any network: from the Jacobians of all examples. */
function jacobianPart(problem: Problem, params: Params, columns: Tensor): Part {
  const [count, examples, ...outputs] = columns.shape as [number, number, ...number[]];
  const size = sizeOf(outputs);
  const parameters = tree.leaves<Tensor>(params).reduce((n, { shape }) => n + sizeOf(shape), 0);
  demandMemory(`the Jacobian of ${examples * size} outputs`, examples * size * parameters, columns);
  // (M, K, outputs)
  const u = transpose(reshape(columns, [count, examples, size]), [1, 0, 2]);
  const parts = tree
    .leaves<Tensor>(problem.perExample.jacobians(params))
    .map((jacobian) => rowsPart(matmul(u, reshape(jacobian, [examples, size, -1]))));
  return {
    all: () => parts.map((part) => part.all()).reduce((x, y) => add(x, y)),
    own: () => parts.map((part) => part.own()).reduce((x, y) => add(x, y)),
  };
}
