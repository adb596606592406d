// Validates and completes the options of convolution and pooling.

import { demandOptions } from './options.js';
import type { Padding2d, Pair } from './program.js';
import { demandTensor, type Tensor } from './trace.js';
import { formatType } from './types.js';
import { convWindows, samePadding, windowCount } from './windows.js';

/** One number for both height and width, or one for each. */
export type PerAxis = number | Pair;

/**
 * Padding of an image: on every side; for height and width, both sides equal or separate; or `'same'`, for ceil(size / stride)
 * windows, with an odd position after the axis.
 */
export type Padding = number | 'same' | readonly [PerAxis, PerAxis];

/** @throws TypeError if the tensor does not have the four axes of `layout` */
export function demandFourAxes(what: string, x: Tensor, layout: string): void {
  demandTensor(what, x);
  if (x.shape.length === 4) return;
  throw new TypeError(`${what}: expected ${layout}, got ${formatType(x.type)}; reshape() it`);
}

/** Height and width, as positive integers. */
export function pairOf(what: string, value: PerAxis): Pair {
  return integers(what, value, 1, 'the height and the width');
}

function integers(what: string, value: PerAxis, least: number, places: string): Pair {
  const pair: unknown = typeof value === 'number' ? [value, value] : value;
  if (Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= least)) {
    return [pair[0], pair[1]];
  }
  throw new RangeError(
    `${what}: expected an integer of at least ${least}, or two of them for ${places}, got ${show(value)}`,
  );
}

/** The padding of images of a size, given the other options of the windows. */
export function paddingOf(
  what: string,
  padding: Padding,
  image: Pair,
  windows: { readonly window: Pair; readonly strides: Pair; readonly dilations?: Pair },
): Padding2d {
  if (padding === 'same') {
    const { window, strides, dilations = [1, 1] } = windows;
    const along = (axis: 0 | 1) =>
      samePadding({
        size: image[axis],
        window: window[axis],
        stride: strides[axis],
        dilation: dilations[axis],
      });
    return [along(0), along(1)];
  }
  if (typeof padding !== 'number' && !(Array.isArray(padding) && padding.length === 2)) {
    throw new RangeError(
      `${what}: expected a number, 'same', or the height's and the width's, as in [[top, bottom], [left, right]]; ` +
        `got ${show(padding)}`,
    );
  }
  const [height, width] = typeof padding === 'number' ? [padding, padding] : (padding as [PerAxis, PerAxis]);
  return [
    integers(`${what} of the height`, height, 0, 'the top and the bottom'),
    integers(`${what} of the width`, width, 0, 'the left and the right'),
  ];
}

export interface WindowOptions {
  /** Height and width of a window. */
  readonly window: PerAxis;
  /** Distance between neighbouring windows. */
  readonly strides: PerAxis;
  /** Padding of the image. Default 0. */
  readonly padding?: Padding;
  /** Distance between neighbouring elements of a window. Default 1. */
  readonly dilations?: PerAxis;
}

/**
 * The number of windows along the height and width of an image: OH and OW of {@link conv2d} and the poolings, or 0 if the padded image
 * is too small, which those reject.
 *
 * @throws RangeError if an option is invalid
 * @example
 * windowCounts([32, 32], { window: 3, strides: 2, padding: 'same' }); // = [16, 16]
 */
export function windowCounts(image: Pair, options: WindowOptions): Pair {
  demandOptions('windowCounts', options, ['window', 'strides', 'padding', 'dilations']);
  const window = pairOf('windowCounts: window', options.window);
  const strides = pairOf('windowCounts: strides', options.strides);
  const dilations = pairOf('windowCounts: dilations', options.dilations ?? 1);
  const padding = paddingOf('windowCounts: padding', options.padding ?? 0, image, {
    window,
    strides,
    dilations,
  });
  const [along, across] = convWindows({ strides, padding, dilations }, image, window);
  return [windowCount(along), windowCount(across)];
}

function show(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(show).join(', ')}]` : String(value);
}
