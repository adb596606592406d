// The geometry of sliding windows along an axis: their number and positions.

import type { Conv2dParams, Pair, Pool2dParams, Primitive } from './program.js';
import type { Shape } from './types.js';

/** The primitives with windows. */
export type WindowPrimitive = Extract<Primitive, `conv2d${string}` | `maxPool2d${string}`>;

/** Height and width of images [N, C, H, W], or of filters. */
export const sizeOfImage = (shape: Shape): Pair => [shape[2]!, shape[3]!];

/** Windows along one axis. */
export interface Windows {
  /** Elements of the axis. */
  readonly size: number;
  /** Elements of a window. */
  readonly window: number;
  readonly stride: number;
  /** Padding before and after the axis. */
  readonly padding: Pair;
  /** Distance between neighbours in a window. */
  readonly dilation: number;
}

/** The distance from the first to the last element of a window, plus one. */
export function extent({ window, dilation }: Pick<Windows, 'window' | 'dilation'>): number {
  return dilation * (window - 1) + 1;
}

/**
 * The number of windows within the padded axis: floor((size + padding - extent) / stride) + 1, or none if the axis is too short.
 * Elements after the last window belong to none.
 */
export function windowCount(windows: Windows): number {
  const { size, stride, padding } = windows;
  const room = size + padding[0] + padding[1] - extent(windows);
  return room < 0 ? 0 : Math.floor(room / stride) + 1;
}

/** The position on the axis of element `k` of window `i`; in the padding it is negative, or at least the size. */
export function placeOf({ stride, padding, dilation }: Windows, i: number, k: number): number {
  return i * stride + k * dilation - padding[0];
}

/** The windows of a convolution along the height and the width. */
export function convWindows(
  { strides, padding, dilations }: Omit<Conv2dParams, 'groups'>,
  image: Pair,
  kernel: Pair,
): readonly [Windows, Windows] {
  const along = (axis: 0 | 1): Windows => ({
    size: image[axis],
    window: kernel[axis],
    stride: strides[axis],
    padding: padding[axis],
    dilation: dilations[axis],
  });
  return [along(0), along(1)];
}

/** The windows of a pooling along the height and the width. */
export function poolWindows(
  { window, strides, padding }: Pool2dParams,
  image: Pair,
): readonly [Windows, Windows] {
  return convWindows({ strides, padding, dilations: [1, 1] }, image, window);
}

/**
 * The padding for which a window starts at every stride within the axis: ceil(size / stride) windows, with an odd position after the
 * axis.
 */
export function samePadding(windows: Omit<Windows, 'padding'>): Pair {
  const { size, stride } = windows;
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent(windows) - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}
