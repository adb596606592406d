// The layers that K-FAC knows: each has a weight, perhaps a bias, and is used once.

import { add, concat, reshape, slice, sum, type Tensor, transpose, zeros } from '@gaussmark/autodiff';
import { GaussmarkError, type LayeredProblem, type Problem } from '@gaussmark/core';
import { gram } from '@gaussmark/linalg';

const PLUGIN = "optimizer 'kfac'";

/** A parameter as the context describes it. */
export interface DescribedParameter {
  readonly path: string;
  readonly shape: readonly number[];
}

/** A layer z = a W + b, or a convolution, by its places among the leaves of the parameters. */
export interface AffineLayer {
  /** `layers.0` */
  readonly path: string;
  readonly weight: number;
  readonly bias: number | null;
  readonly weightShape: readonly number[];
  /** Rows of the weight as a matrix, without the bias. */
  readonly fanIn: number;
  readonly units: number;
}

/**
 * The layers that parameters belong to: of each folder, one weight of two axes (in, out) or four (filters, channels, height, width), and
 * perhaps one bias (out).
 *
 * @throws GaussmarkError naming the first parameter that is neither
 */
export function affineLayers(parameters: readonly DescribedParameter[]): readonly AffineLayer[] {
  const folderOf = ({ path }: DescribedParameter) => path.split('.').slice(0, -1).join('.');
  const folders = new Map<string, number[]>();
  for (const [i, parameter] of parameters.entries()) {
    const folder = folderOf(parameter);
    folders.set(folder, [...(folders.get(folder) ?? []), i]);
  }
  return [...folders].map(([path, members]) => {
    const weight = members.find((i) => [2, 4].includes(parameters[i]!.shape.length));
    if (weight === undefined)
      throw unknown(parameters[members[0]!]!.path, 'a parameter without a weight beside it');
    const shape = parameters[weight]!.shape;
    const [fanIn, units] =
      shape.length === 2 ? [shape[0]!, shape[1]!] : [shape.slice(1).reduce((a, b) => a * b), shape[0]!];
    const others = members.filter((i) => i !== weight);
    const bias =
      others.find((i) => parameters[i]!.shape.length === 1 && parameters[i]!.shape[0] === units) ?? null;
    const stray = others.find((i) => i !== bias);
    if (stray !== undefined)
      throw unknown(parameters[stray]!.path, 'neither the weight nor the bias of its layer');
    return { path, weight, bias, weightShape: shape, fanIn, units };
  });
}

/**
 * Which use of a shared layer each of these is, in their order.
 *
 * @throws GaussmarkError if one is not used exactly once, in this way
 */
export function usesOf(
  layers: readonly AffineLayer[],
  { layers: uses }: Pick<LayeredProblem, 'layers'>,
  parameters: readonly DescribedParameter[],
): readonly number[] {
  return layers.map((layer) => {
    const weight = parameters[layer.weight]!.path;
    const found = uses.flatMap((use, i) => (use.weight === weight ? [i] : []));
    if (found.length !== 1)
      throw unknown(
        weight,
        found.length === 0
          ? 'not of a shared dense or convolutional layer'
          : `used by ${found.length} layers`,
      );
    const use = uses[found[0]!]!;
    const bias = layer.bias === null ? null : parameters[layer.bias]!.path;
    if (use.bias !== bias) throw unknown(bias ?? weight, `not the bias of '${weight}'`);
    if (use.kind === 'conv' && (use.options.groups ?? 1) !== 1)
      throw unknown(weight, 'of a convolution with groups');
    return found[0]!;
  });
}

/** @throws GaussmarkError if the network's layers cannot be read */
export function layersOf(problem: Problem, params: Parameters<Problem['layers']>[0]): LayeredProblem {
  try {
    return problem.layers(params);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new GaussmarkError(`${PLUGIN}: ${error.message}`, {
      plugin: PLUGIN,
      remedy: REMEDY,
      unsupported: true,
      cause: error,
    });
  }
}

const REMEDY =
  'use a network of dense and convolutional layers (mlp, convnet, autoencoder), or another optimizer';

function unknown(path: string, what: string): GaussmarkError {
  return new GaussmarkError(`${PLUGIN} does not know the layer of '${path}'`, {
    plugin: PLUGIN,
    expected:
      'every parameter to be the weight or the bias of a dense or convolutional layer that is used once',
    got: `'${path}', ${what}`,
    remedy: REMEDY,
    unsupported: true,
  });
}

/** The leaves of a layer as a matrix (fan-in, units), with the bias as its last row. */
export function matrixOf(layer: AffineLayer, leaves: readonly Tensor[]): Tensor {
  const weight = leaves[layer.weight]!;
  const matrix = weight.shape.length === 2 ? weight : transpose(reshape(weight, [layer.units, layer.fanIn]));
  return layer.bias === null ? matrix : concat([matrix, reshape(leaves[layer.bias]!, [1, layer.units])]);
}

/** The inverse of {@link matrixOf}: the layer's leaves, by their places. */
export function leavesOf(layer: AffineLayer, matrix: Tensor): readonly (readonly [number, Tensor])[] {
  const { fanIn, units, weight, bias, weightShape } = layer;
  const top = bias === null ? matrix : slice(matrix, [0, 0], [fanIn, units]);
  const shaped = weightShape.length === 2 ? top : reshape(transpose(top), weightShape);
  if (bias === null) return [[weight, shaped]];
  return [
    [weight, shaped],
    [bias, reshape(slice(matrix, [fanIn, 0], [fanIn + 1, units]), [units])],
  ];
}

/** The Gram matrix of inputs by place, (rows, fan-in), with a last column of ones for the bias: that of the columns, not divided. */
export function inputGram(layer: AffineLayer, rows: Tensor): Tensor {
  const products = gram(rows);
  if (layer.bias === null) return products;
  const [count, fanIn] = rows.shape as readonly [number, number];
  const sums = sum(rows, { axes: [0], keepDims: true });
  const corner = add(zeros([1, 1], rows.dtype), count);
  return concat([concat([products, reshape(sums, [fanIn, 1])], 1), concat([sums, corner], 1)]);
}
