// Convolution and its adjoints as matrix products, for float64: ONNX Runtime has no float64 kernels for Conv and ConvTranspose
// on the CPU. Materializes the columns of all windows, which takes kh kw times the memory of the images.

import { type Pair, type PrimitiveParams, sizeOf, type TensorType } from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';
import { reshapeTo, transposeTo } from './layout.js';
import { strided, surround } from './planes.js';

type Conv2dParams = PrimitiveParams['conv2d'];

/** Windows over the last two axes of an image. */
interface Taps {
  readonly kernel: Pair;
  readonly count: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
}

/** For each element of a window, the image elements at that position: [..., OH, OW] each, row by row. */
function taps(graph: Graph, image: string, { kernel, count, strides, dilations }: Taps): string[] {
  return positions(kernel).map(([row, column]) =>
    strided(graph, image, [row * dilations[0], column * dilations[1]], count, strides),
  );
}

function positions([rows, columns]: Pair): Pair[] {
  return Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
}

/** [N, G C, H, W] and the rows [G F, kh kw C] of filters -> [N, G F, OH, OW] */
function product(
  graph: Graph,
  image: string,
  filters: string,
  windows: Taps,
  {
    batch,
    groups,
    ofGroup,
    result,
  }: {
    readonly batch: number;
    readonly groups: number;
    readonly ofGroup: number;
    readonly result: readonly number[];
  },
): string {
  const size = sizeOf(windows.count);
  const terms = sizeOf(windows.kernel) * ofGroup;
  const apart = taps(graph, image, windows).map((tap) =>
    reshapeTo(graph, tap, [batch, groups, ofGroup, size]),
  );
  const columns = graph.node('Concat', apart, { axis: 2 });
  const rows = reshapeTo(graph, filters, [groups, result[1]! / groups, terms]);
  return reshapeTo(graph, graph.node('MatMul', [rows, columns]), result);
}

export function correlate(
  graph: Graph,
  x: string,
  filter: string,
  { strides, padding, dilations, groups }: Conv2dParams,
  [, kernel]: readonly TensorType[],
  output: TensorType,
): string {
  const [, ofGroup, ...window] = kernel!.shape as [number, number, number, number];
  const [batch, , ...count] = output.shape as [number, number, number, number];
  const rows = transposeTo(graph, filter, kernel!.shape, [0, 2, 3, 1]);
  const windows = { kernel: window, count, strides, dilations };
  const image = surround(graph, x, padding);
  return product(graph, image, rows, windows, { batch, groups, ofGroup, result: output.shape });
}

/** Filters [F, C, kh, kw], each turned around. */
export function flip(graph: Graph, filter: string, [, , ...window]: readonly number[]): string {
  return graph.node('Slice', [
    filter,
    graph.int64s([-1, -1]),
    graph.int64s(window.map((n) => -n - 1)),
    graph.int64s([2, 3]),
    graph.int64s([-1, -1]),
  ]);
}

/*
 * With stride s, and i' = kh - 1 - i for the flipped filter, along an axis
 *
 *     x[h] = sum_{o, i: o s + i d - p = h} y[o] w[i] = sum_{i'} u[h + p - (kh - 1) d + i' d] w[kh - 1 - i'],
 *
 * where u is y with s - 1 zeros after each element: a convolution of u with stride 1.
 */
export function correlateInputAdjoint(
  graph: Graph,
  y: string,
  filter: string,
  params: PrimitiveParams['conv2dInputAdjoint'],
  [cotangent, kernel]: readonly TensorType[],
  output: TensorType,
): string {
  const [batch, filters, ...count] = cotangent!.shape as [number, number, number, number];
  const [, ofGroup, ...window] = kernel!.shape as [number, number, number, number];
  const { strides, dilations, groups, inputSize } = params;
  const around = aroundCotangent(params, count, window);
  const image = surround(graph, insertZeros(graph, y, cotangent!, strides), around);
  // [G F, C, kh, kw] -> [G, C, kh, kw, F], flipped
  const flipped = flip(graph, filter, kernel!.shape);
  const shape = [groups, filters / groups, ofGroup, ...window];
  const rows = transposeTo(graph, reshapeTo(graph, flipped, shape), shape, [0, 2, 3, 4, 1]);
  const windows: Taps = { kernel: window, count: inputSize, strides: [1, 1], dilations };
  return product(graph, image, rows, windows, {
    batch,
    groups,
    ofGroup: filters / groups,
    result: output.shape,
  });
}

/** The padding of u, given the sizes of y and of the window. */
export function aroundCotangent(
  { strides, padding, dilations, inputSize }: PrimitiveParams['conv2dInputAdjoint'],
  count: Pair,
  window: Pair,
): [Pair, Pair] {
  return ([0, 1] as const).map((axis): Pair => {
    const reach = (window[axis] - 1) * dilations[axis];
    const before = reach - padding[axis][0];
    return [before, inputSize[axis] + reach - before - count[axis] * strides[axis]];
  }) as [Pair, Pair];
}

/** Inserts stride - 1 zeros after each element of the last two axes. */
function insertZeros(graph: Graph, y: string, { shape }: TensorType, strides: Pair): string {
  if (strides.every((stride) => stride === 1)) return y;
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const [rows, columns] = strides;
  const apart = reshapeTo(graph, y, [batch, channels, height, 1, width, 1]);
  const pads = [0, 0, 0, 0, 0, 0, 0, 0, 0, rows - 1, 0, columns - 1];
  const padded = graph.node('Pad', [apart, graph.int64s(pads)], { mode: 'constant' });
  return reshapeTo(graph, padded, [batch, channels, height * rows, width * columns]);
}

// One product per group, over the positions of all images: columns [kh kw C / G, N OH OW] times y [N OH OW, F / G].
export function correlateFilterAdjoint(
  graph: Graph,
  x: string,
  y: string,
  { strides, padding, dilations, groups, kernelSize }: PrimitiveParams['conv2dFilterAdjoint'],
  [image, cotangent]: readonly TensorType[],
  output: TensorType,
): string {
  const [batch, filters, ...count] = cotangent!.shape as [number, number, number, number];
  const ofGroup = output.shape[1]!;
  const size = batch * sizeOf(count);
  const [, channels, ...places] = image!.shape as [number, number, number, number];
  const padded = places.map((n, axis) => n + padding[axis]![0] + padding[axis]![1]);
  const channelsFirst = transposeTo(
    graph,
    surround(graph, x, padding),
    [batch, channels, ...padded],
    [1, 0, 2, 3],
  );
  const windows: Taps = { kernel: kernelSize, count, strides, dilations };
  const apart = taps(graph, channelsFirst, windows).map((tap) =>
    reshapeTo(graph, tap, [groups, ofGroup, size]),
  );
  const columns = graph.node('Concat', apart, { axis: 1 });
  const split = [batch, groups, filters / groups, sizeOf(count)];
  const moved = transposeTo(graph, reshapeTo(graph, y, split), split, [1, 0, 3, 2]);
  const rows = reshapeTo(graph, moved, [groups, size, filters / groups]);
  const result = [groups, ...kernelSize, ofGroup, filters / groups];
  const sums = reshapeTo(graph, graph.node('MatMul', [columns, rows]), result);
  return reshapeTo(graph, transposeTo(graph, sums, result, [0, 4, 3, 1, 2]), output.shape);
}
