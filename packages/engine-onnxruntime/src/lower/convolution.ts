// Lowers convolution and its two adjoints.
//
// ONNX Runtime turns a convolution into a matrix product, filters [F, K] times columns [K, positions], in cache-sized blocks,
// one image at a time. It is therefore good at products with many positions; the forms below rearrange the axes where the
// equation has few.

import { type PrimitiveParams, sizeOf, type TensorType } from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';
import { type BlockedConvolution, convolveBlocks, fromBlocks, paysInBlocks } from './blocks.js';
import {
  aroundCotangent,
  correlate,
  correlateFilterAdjoint,
  correlateInputAdjoint,
  flip,
} from './correlation.js';
import { reshapeTo, transposeTo, zeros } from './layout.js';
import type { Lowering } from './lowering.js';

type Conv2dParams = PrimitiveParams['conv2d'];
type Shape4 = readonly [number, number, number, number];

const shapeOf = (type: TensorType | undefined) => type!.shape as unknown as Shape4;

/** Attributes of Conv and ConvTranspose. */
function attributesOf({ strides, padding, dilations, groups }: Conv2dParams) {
  const [[top, bottom], [left, right]] = padding;
  return { strides, pads: [top, left, bottom, right], dilations, group: groups };
}

/**
 * Whether to convolve the images of a batch as a single image with the batch innermost, [1, C, H, W N], whose columns are N
 * apart. The native library does not spread images with fewer positions than filters over threads, and they make narrow matrix
 * products: 64 filters of 3 x 3 on 1000 images of 6 x 6 took 18 ms on one thread and 24 ms on two; joined, including
 * transpositions, 17 and 9 ms.
 */
function batchInnermost({ strides, groups }: Conv2dParams, [batch, filters, height, width]: Shape4): boolean {
  return batch > 1 && strides[1] === 1 && filters / groups > height * width;
}

/** [N, C, H, W] -> [1, C, H, W N] */
function joinBatch(graph: Graph, images: string, [batch, channels, height, width]: Shape4): string {
  const moved = graph.node('Transpose', [images], { perm: [1, 2, 3, 0] });
  return reshapeTo(graph, moved, [1, channels, height, width * batch]);
}

/** [1, C, H, W N] -> [N, C, H, W] */
function splitBatch(graph: Graph, joined: string, [batch, channels, height, width]: Shape4): string {
  const apart = reshapeTo(graph, joined, [channels, height, width, batch]);
  return graph.node('Transpose', [apart], { perm: [3, 0, 1, 2] });
}

/** The same convolution on joined images: along the width, all distances are multiplied by N. */
function joinedAttributes(params: Conv2dParams, batch: number) {
  const { pads, ...rest } = attributesOf(params);
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const dilations = [params.dilations[0], params.dilations[1] * batch];
  return { ...rest, dilations, pads: [top, left * batch, bottom, right * batch] };
}

export const conv2d: Lowering<'conv2d'> = ({ graph, inputs, types, params, equation }) => {
  const [x, filter] = inputs as [string, string];
  const output = equation.outputs[0]!.type;
  if (sizeOf(types[0]!.shape) === 0 || sizeOf(output.shape) === 0) return zeros(graph, output);
  if (output.dtype === 'float64') return correlate(graph, x, filter, params, types, output);
  const [image, result] = [shapeOf(types[0]), shapeOf(output)];
  const blocked = { filter: shapeOf(types[1]), params };
  if (paysInBlocks(graph, blocked))
    return fromBlocks(graph, convolveBlocks(graph, x, filter, blocked), result[1]);
  if (!batchInnermost(params, result)) return graph.node('Conv', [x, filter], attributesOf(params));
  const joined = joinBatch(graph, x, image);
  const y = graph.node('Conv', [joined, filter], joinedAttributes(params, image[0]));
  return splitBatch(graph, y, result);
};

/** The input adjoint of a convolution of stride 1 as a convolution with the flipped filter; see correlateInputAdjoint. */
function turnedAround(
  params: PrimitiveParams['conv2dInputAdjoint'],
  [, , ...count]: Shape4,
  [filters, channels, ...window]: Shape4,
): BlockedConvolution | undefined {
  const { strides, dilations, groups } = params;
  if (strides.some((n) => n !== 1)) return undefined;
  const padding = aroundCotangent(params, count, window);
  return { filter: [channels, filters, ...window], params: { strides, padding, dilations, groups } };
}

// ConvTranspose spreads each element of y over its window. Rows and columns after the last window become zeros; output_padding
// counts them, fewer than a stride.
export const conv2dInputAdjoint: Lowering<'conv2dInputAdjoint'> = ({
  graph,
  inputs,
  types,
  params,
  equation,
}) => {
  const [y, filter] = inputs as [string, string];
  const output = equation.outputs[0]!.type;
  if (sizeOf(types[0]!.shape) === 0 || sizeOf(output.shape) === 0) return zeros(graph, output);
  if (output.dtype === 'float64') return correlateInputAdjoint(graph, y, filter, params, types, output);
  const [cotangent, kernel, result] = [shapeOf(types[0]), shapeOf(types[1]), shapeOf(output)];
  const turned = turnedAround(params, cotangent, kernel);
  if (turned !== undefined && paysInBlocks(graph, turned)) {
    const flipped = transposeTo(graph, flip(graph, filter, kernel), kernel, [1, 0, 2, 3]);
    return fromBlocks(graph, convolveBlocks(graph, y, flipped, turned), result[1]);
  }
  const after = ([0, 1] as const).map((axis) => {
    const { strides, padding, dilations, inputSize } = params;
    const padded = inputSize[axis] + padding[axis][0] + padding[axis][1];
    return (padded - dilations[axis] * (kernel[2 + axis]! - 1) - 1) % strides[axis];
  });
  if (!batchInnermost(params, cotangent)) {
    const attributes = { ...attributesOf(params), output_padding: after };
    return graph.node('ConvTranspose', [y, filter], attributes);
  }
  const joined = joinBatch(graph, y, cotangent);
  // The stride along the width is 1, so no column follows the last window.
  const attributes = { ...joinedAttributes(params, cotangent[0]), output_padding: after };
  return splitBatch(graph, graph.node('ConvTranspose', [joined, filter], attributes), result);
};

/*
 * The filter's adjoint is itself a convolution,
 *
 *     w[f, c, a, b] = sum_{n, i, j} y[n, f, i, j] x[n, c, i sh + a dh - top, j sw + b dw - left],
 *
 * with y as the filter and strides and dilations exchanged. Taken literally, with C images of N channels, it has as many
 * positions as a filter has elements, 9 or 25. With the channels of x innermost, as columns of a single image of N channels,
 * [1, N, H, W C], where neighbours in a window are C apart, it has C times as many positions: 72 GFLOP/s instead of 32, as
 * fast as the convolution itself (32 to 64 channels, 3 x 3, 1000 images of 15 x 15).
 */
export const conv2dFilterAdjoint: Lowering<'conv2dFilterAdjoint'> = ({
  graph,
  inputs,
  types,
  params,
  equation,
}) => {
  const [x, y] = inputs as [string, string];
  const output = equation.outputs[0]!.type;
  if (sizeOf(types[0]!.shape) === 0 || sizeOf(types[1]!.shape) === 0) return zeros(graph, output);
  if (output.dtype === 'float64') return correlateFilterAdjoint(graph, x, y, params, types, output);
  const form = new FilterAdjoint(graph, params, shapeOf(types[0]), shapeOf(types[1]), shapeOf(output));
  if (params.dilations[1] !== 1) return form.channelsApart(x, y);
  return form.positions >= form.terms ? form.imagesApart(x, y) : form.together(x, y);
};

class FilterAdjoint {
  private readonly ofGroup: number;

  constructor(
    private readonly graph: Graph,
    private readonly params: PrimitiveParams['conv2dFilterAdjoint'],
    private readonly image: Shape4,
    private readonly cotangent: Shape4,
    private readonly filter: Shape4,
  ) {
    this.ofGroup = filter[1];
  }

  /** Window positions in an image. */
  get positions(): number {
    return this.cotangent[2] * this.cotangent[3];
  }

  /** Elements in a filter. */
  get terms(): number {
    return this.filter[1] * this.filter[2] * this.filter[3];
  }

  /** A single convolution, with images as channels. */
  together(x: string, y: string): string {
    const { groups } = this.params;
    const [batch, , height, width] = this.image;
    const moved = this.moveAxes(x, [1, 0, 3, 4, 2]); // [G, N, H, W, C / G]
    const image = reshapeTo(this.graph, moved, [1, groups * batch, height, width * this.ofGroup]);
    const filter = transposeTo(this.graph, y, this.cotangent, [1, 0, 2, 3]);
    return this.channelsFirst(this.channelsInnermost(image, filter, groups), []);
  }

  /**
   * Convolves the images as separate groups and sums their filters: y stays as it is, while `together` transposes it. Faster if
   * the filters of an image are smaller than its y.
   */
  imagesApart(x: string, y: string): string {
    const { groups } = this.params;
    const [batch, , height, width] = this.image;
    const moved = this.moveAxes(x, [0, 1, 3, 4, 2]); // [N, G, H, W, C / G]
    const image = reshapeTo(this.graph, moved, [1, batch * groups, height, width * this.ofGroup]);
    const [, filters, rows, columns] = this.cotangent;
    const filter = reshapeTo(this.graph, y, [batch * filters, 1, rows, columns]);
    return this.channelsFirst(this.channelsInnermost(image, filter, batch * groups), [batch]);
  }

  /** Channels of x as images: for columns of a window that are not adjacent. */
  channelsApart(x: string, y: string): string {
    const { groups, strides, dilations } = this.params;
    const [batch, , height, width] = this.image;
    const [filters, ofGroup, rows, columns] = this.filter;
    const moved = this.moveAxes(x, [2, 1, 0, 3, 4]); // [C / G, G, N, H, W]
    const image = reshapeTo(this.graph, moved, [ofGroup, groups * batch, height, width]);
    const filter = transposeTo(this.graph, y, this.cotangent, [1, 0, 2, 3]);
    const attributes = { ...attributesOf(this.params), strides: dilations, dilations: strides };
    const result = this.graph.node('Conv', [image, filter], attributes);
    const cut = this.cut(result, [rows, columns]);
    return transposeTo(this.graph, cut, [ofGroup, filters, rows, columns], [1, 0, 2, 3]);
  }

  /** x as [N, G, C / G, H, W], permuted. */
  private moveAxes(x: string, permutation: readonly number[]): string {
    const [batch, , height, width] = this.image;
    const shape = [batch, this.params.groups, this.ofGroup, height, width];
    return transposeTo(this.graph, reshapeTo(this.graph, x, shape), shape, permutation);
  }

  private channelsInnermost(image: string, filter: string, group: number): string {
    const { strides, dilations, padding } = this.params;
    const [[top, bottom], [left, right]] = padding;
    const result = this.graph.node('Conv', [image, filter], {
      strides: [dilations[0], 1],
      dilations: [strides[0], strides[1] * this.ofGroup],
      pads: [top, left * this.ofGroup, bottom, right * this.ofGroup],
      group,
    });
    return this.cut(result, [this.filter[2], this.filter[3] * this.ofGroup]);
  }

  /** Drops the positions contributed by rows and columns after the last window. */
  private cut(result: string, [rows, columns]: readonly [number, number]): string {
    const { graph } = this;
    return graph.node('Slice', [
      result,
      graph.int64s([0, 0]),
      graph.int64s([rows, columns]),
      graph.int64s([2, 3]),
    ]);
  }

  /** [1, batch F, kh, kw C / G], summed over the batch, -> [F, C / G, kh, kw] */
  private channelsFirst(result: string, batch: readonly number[]): string {
    const { graph } = this;
    const [filters, ofGroup, rows, columns] = this.filter;
    const shape = [filters, rows, columns, ofGroup];
    let apart = reshapeTo(graph, result, [...batch, ...shape]);
    if (batch.length > 0) apart = graph.node('ReduceSum', [apart, graph.int64s([0])], { keepdims: 0 });
    return transposeTo(graph, apart, shape, [0, 3, 1, 2]);
  }
}
