// Padding and striding of the planes of images [N, C, H, W], shared by convolution and pooling.

import type { DType, Padding2d, Pair } from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';

/** Pads height and width with zeros or another value; negative padding crops. */
export function surround(
  graph: Graph,
  images: string,
  [[top, bottom], [left, right]]: Padding2d,
  fill?: { readonly dtype: DType; readonly value: number },
): string {
  if ([top, bottom, left, right].every((n) => n === 0)) return images;
  const pads = graph.int64s([0, 0, top, left, 0, 0, bottom, right]);
  return graph.node(
    'Pad',
    [images, pads, ...(fill === undefined ? [] : [graph.scalar(fill.dtype, fill.value)])],
    { mode: 'constant' },
  );
}

/** The elements at `start`, `start + strides`, ..., `count` along height and width, which are these axes. */
export function strided(
  graph: Graph,
  images: string,
  start: Pair,
  count: Pair,
  strides: Pair,
  axes: Pair = [2, 3],
): string {
  const stops = ([0, 1] as const).map((axis) => start[axis] + (count[axis] - 1) * strides[axis] + 1);
  return graph.node('Slice', [
    images,
    ...[start, stops, axes, strides].map((values) => graph.int64s(values)),
  ]);
}
