// The patches of images that a convolution multiplies by its filters.

import {
  type Conv2dOptions,
  constant,
  conv2d,
  demandOptions,
  type Pair,
  type Tensor,
  tensorValue,
  transpose,
} from '@gaussmark/autodiff';

/**
 * The patches of images under a window (im2col): a row for each place of the window, ordered like a filter. A convolution is then a product,
 *
 *     conv2d(x, w, options) = patches(x, [kh, kw], options) W', with w [F, C, kh, kw] as a matrix W [F, C kh kw].
 *
 * It is itself a convolution, with filters that copy one element each, so every engine runs it and it has all derivatives.
 *
 * @param x (M, C, H, W), float
 * @param window height and width of a filter
 * @param options strides, padding and dilations of the convolution
 * @returns (M, OH, OW, C kh kw)
 * @throws RangeError if an option is invalid
 * @example
 * const image = reshape(iota(6, 'float32'), [1, 1, 2, 3]); // [[0, 1, 2], [3, 4, 5]]
 * patches(image, [2, 2]); // = [[[[0, 1, 3, 4], [1, 2, 4, 5]]]]
 */
export function patches(x: Tensor, window: Pair, options: Omit<Conv2dOptions, 'groups'> = {}): Tensor {
  demandOptions('patches', options, ['strides', 'padding', 'dilations']);
  const [, channels] = x.shape as [number, number];
  const [height, width] = window;
  const size = height * width;
  // (C size, 1, height, width): the r-th filter of each channel copies the r-th element of the window.
  const copies = Float64Array.from({ length: channels * size * size }, (_, i) =>
    Math.floor(i / size) % size === i % size ? 1 : 0,
  );
  const filter = constant(tensorValue(x.dtype, [channels * size, 1, height, width], copies));
  const { strides = 1, padding = 0, dilations = 1 } = options;
  const each = conv2d(x, filter, { strides, padding, dilations, groups: channels });
  return transpose(each, [0, 2, 3, 1]);
}
