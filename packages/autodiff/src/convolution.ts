// Two-dimensional convolution.

import { demandOptions } from './options.js';
import { emit1, type Tensor } from './trace.js';
import { demandFourAxes, type Padding, type PerAxis, paddingOf, pairOf } from './window-options.js';
import { sizeOfImage } from './windows.js';

export interface Conv2dOptions {
  /** Distance between neighbouring windows. Default 1. */
  readonly strides?: PerAxis;
  /** Zeros around the image. Default 0. */
  readonly padding?: Padding;
  /** Distance between neighbouring elements of a window. Default 1. */
  readonly dilations?: PerAxis;
  /** Splits channels and filters into this many groups, which are convolved separately. Default 1. */
  readonly groups?: number;
}

/**
 * Convolves images with filters, in the sense of neural networks (a cross-correlation: the filter is not flipped):
 *
 *     y[n, f, i, j] = sum_{c, a, b} filter[f, c, a, b] x[n, c, i sh + a dh - top, j sw + b dw - left]
 *
 * where the image is zero outside, and c runs over the channels of the group that f belongs to.
 *
 * @param x `[N, C, H, W]`, float
 * @param filter `[F, C / groups, kh, kw]`, of the same dtype; `groups = C` convolves each channel separately
 * @returns `[N, F, OH, OW]` with OH = floor((H + top + bottom - dh (kh - 1) - 1) / sh) + 1, and OW likewise
 * @throws RangeError if an option is invalid
 * @throws TypeError if the shapes do not fit, or there is no such option
 * @example
 * conv2d(images, filter, { padding: 'same' }); // = float32[8,16,32,32]
 */
export function conv2d(x: Tensor, filter: Tensor, options: Conv2dOptions = {}): Tensor {
  demandOptions('conv2d', options, ['strides', 'padding', 'dilations', 'groups']);
  demandFourAxes('conv2d', x, 'images [N, C, H, W]');
  demandFourAxes('conv2d', filter, 'a filter [F, C / groups, height, width]');
  const strides = pairOf('conv2d: strides', options.strides ?? 1);
  const dilations = pairOf('conv2d: dilations', options.dilations ?? 1);
  const windows = { window: sizeOfImage(filter.shape), strides, dilations };
  const padding = paddingOf('conv2d: padding', options.padding ?? 0, sizeOfImage(x.shape), windows);
  return emit1('conv2d', { strides, padding, dilations, groups: options.groups ?? 1 }, [x, filter]);
}
