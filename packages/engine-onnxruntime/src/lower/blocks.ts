// Convolution on blocks of channels, [N, C / B, H, W, B]: the layout of ONNX Runtime's direct kernels for x86.
//
// Its optimizer uses them only where filters are constants; ours are parameters. The kernels read and write shapes as if the
// layout were [N, C, H, W], with C rounded up to whole blocks. On one thread, B = 16: 64 filters of 3 x 3 on 32 channels took 73 ms
// instead of 81 for 1000 images of 15 x 15, 16 filters of 5 x 5 on 6 channels 3.9 instead of 7.8 for 1000 images of 12 x 12, both
// with the reordering. They use all threads, unlike ConvTranspose.

import type { Pair, PrimitiveParams } from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';
import { reshapeTo, transposeTo } from './layout.js';

type Conv2dParams = PrimitiveParams['conv2d'];
type Shape4 = readonly [number, number, number, number];

/** A convolution that fills a smaller share of its blocks is left to the general kernel. */
const FULL_ENOUGH = 0.75;

/** Reordering the result costs more than the kernels save if its elements are sums of fewer terms. */
const FEWEST_TERMS = 64;

/** [F, C, kh, kw] filters on images of C channels. */
export interface BlockedConvolution {
  readonly filter: Shape4;
  readonly params: Conv2dParams;
}

const blocksFor = (count: number, block: number) => Math.ceil(count / block);

/** Whether the kernels can compute a convolution, and with full blocks. */
export function fitsBlocks(graph: Graph, { filter, params }: BlockedConvolution): boolean {
  const { channelBlock: block } = graph.names;
  if (block === undefined || params.groups !== 1) return false;
  const [filters, channels, ...window] = filter;
  const filled = (count: number) => count / (blocksFor(count, block) * block);
  const reachesImage = params.padding.every((sides, axis) =>
    sides.every((n) => n >= 0 && n <= (window[axis]! - 1) * params.dilations[axis]!),
  );
  // ReorderInput takes multiples of 4 channels; fewer channels than a block are read as they are.
  const isReadable = channels < block || channels % 4 === 0;
  const full = filled(filters) * (channels < block ? 1 : filled(channels));
  return reachesImage && isReadable && full >= FULL_ENOUGH;
}

/** Whether they are also faster including reordering the result. */
export function paysInBlocks(graph: Graph, convolution: BlockedConvolution): boolean {
  const [, ...window] = convolution.filter;
  return window.reduce((a, b) => a * b, 1) >= FEWEST_TERMS && fitsBlocks(graph, convolution);
}

/** [N, C, H, W] by [F, C, kh, kw], in blocks. */
export function convolveBlocks(
  graph: Graph,
  x: string,
  filter: string,
  { filter: shape, params }: BlockedConvolution,
): string {
  return convolve(graph, toBlocks(graph, x, shape), filterInBlocks(graph, filter, shape), shape, params);
}

/** Of the result of a convolution, `count` rows and columns that are `strides` apart. */
export interface Sample {
  readonly image: Shape4;
  readonly count: Pair;
  readonly strides: Pair;
}

/**
 * The same convolution, computed at some of its places only, as [N F / B, OH, OW, B]: a function of the first of them. It takes
 * larger strides, which cost less than cutting the places out of the whole result.
 */
export function sampleBlocks(
  graph: Graph,
  x: string,
  filter: string,
  { filter: shape, params }: BlockedConvolution,
  { image, count, strides }: Sample,
): (start: Pair) => string {
  const images = toBlocks(graph, x, shape);
  const filters = filterInBlocks(graph, filter, shape);
  return (start) => {
    const along = ([0, 1] as const).map((axis) => {
      const first = start[axis] * params.strides[axis] - params.padding[axis][0];
      const stride = strides[axis] * params.strides[axis];
      const last = first + (count[axis] - 1) * stride + (shape[2 + axis]! - 1) * params.dilations[axis];
      const size = image[2 + axis]!;
      const rows: Pair = [Math.max(first, 0), Math.min(last + 1, size)];
      return { stride, rows, padding: [Math.max(-first, 0), Math.max(last + 1 - size, 0)] as Pair };
    });
    const [height, width] = along as [(typeof along)[0], (typeof along)[0]];
    const part = cut(graph, images, image, [height.rows, width.rows], shape);
    const sample = convolve(graph, part, filters, shape, {
      ...params,
      strides: [height.stride, width.stride],
      padding: [height.padding, width.padding],
    });
    const block = graph.names.channelBlock!;
    return reshapeTo(graph, sample, [image[0] * blocksFor(shape[0], block), ...count, block]);
  };
}

/** Such places back to [N, F, OH, OW]. */
export function fromSample(
  graph: Graph,
  sample: string,
  { image: [batch], count }: Sample,
  filters: number,
): string {
  const block = graph.names.channelBlock!;
  const whole = reshapeTo(graph, sample, [batch, blocksFor(filters, block) * block, ...count]);
  return fromBlocks(graph, whole, filters);
}

function toBlocks(graph: Graph, x: string, filter: Shape4): string {
  return isDirect(graph, filter) ? x : graph.blockNode('ReorderInput', [x]);
}

const isDirect = (graph: Graph, [, channels]: Shape4) => channels < graph.names.channelBlock!;

function convolve(
  graph: Graph,
  images: string,
  filters: string,
  [, , ...window]: Shape4,
  { strides, dilations, padding: [[top, bottom], [left, right]] }: Conv2dParams,
): string {
  const pads = [top, left, bottom, right];
  return graph.blockNode('Conv', [images, filters], { kernel_shape: window, strides, pads, dilations });
}

/** Rows and columns of images as the kernels read them. */
function cut(
  graph: Graph,
  images: string,
  [batch, channels, ...size]: Shape4,
  range: readonly [Pair, Pair],
  filter: Shape4,
): string {
  if (range.every(([start, stop], axis) => start === 0 && stop === size[axis])) return images;
  const inner = isDirect(graph, filter) ? 1 : graph.names.channelBlock!;
  const blocks = blocksFor(channels, inner);
  const planes = reshapeTo(graph, images, [batch * blocks, ...size, inner]);
  const kept = graph.node('Slice', [
    planes,
    graph.int64s(range.map(([start]) => start)),
    graph.int64s(range.map(([, stop]) => stop)),
    graph.int64s([1, 2]),
  ]);
  const [height, width] = range.map(([start, stop]) => stop - start) as [number, number];
  return reshapeTo(graph, kept, [batch, blocks * inner, height, width]);
}

/** [F, C, kh, kw] -> [F / B, C / B', kh, kw, B', B], where B' is B, or 1 for channels that do not fill a block. */
function filterInBlocks(graph: Graph, filter: string, [filters, channels, ...window]: Shape4): string {
  const block = graph.names.channelBlock!;
  const inner = channels < block ? 1 : block;
  const [outputs, inputs] = [blocksFor(filters, block), blocksFor(channels, inner)];
  const missing = [0, 0, 0, 0, outputs * block - filters, inputs * inner - channels, 0, 0];
  const isWhole = missing.every((n) => n === 0);
  const whole = isWhole ? filter : graph.node('Pad', [filter, graph.int64s(missing)], { mode: 'constant' });
  const shape = [outputs, block, inputs, inner, ...window];
  const moved = transposeTo(graph, reshapeTo(graph, whole, shape), shape, [0, 2, 4, 5, 3, 1]);
  return reshapeTo(graph, moved, [outputs * block, inputs * inner, ...window]);
}

/** Back to [N, C, H, W]. */
export function fromBlocks(graph: Graph, blocks: string, channels: number): string {
  return graph.blockNode('ReorderOutput', [blocks], { channels });
}
