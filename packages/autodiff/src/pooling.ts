// Pooling: reduces each window of an image to a number.

import { conv2d } from './convolution.js';
import { inferTypes } from './infer.js';
import * as ops from './ops.js';
import { demandOptions } from './options.js';
import type { Pool2dParams } from './program.js';
import { constant, emit, type Tensor } from './trace.js';
import { tensorValue } from './types.js';
import { demandFourAxes, type Padding, type PerAxis, paddingOf, pairOf } from './window-options.js';
import { placeOf, poolWindows, sizeOfImage, type Windows, windowCount } from './windows.js';

export interface PoolOptions {
  /** Height and width of the windows. */
  readonly window: PerAxis;
  /** Distance between neighbouring windows. Default: the window, for adjacent windows. */
  readonly strides?: PerAxis;
  /** Padding of the image, narrower than the window; padded positions do not count. Default 0. */
  readonly padding?: Padding;
}

function poolParams(what: string, x: Tensor, options: PoolOptions): Pool2dParams {
  demandFourAxes(what, x, 'images [N, C, H, W]');
  demandOptions(what, options, ['window', 'strides', 'padding']);
  const window = pairOf(`${what}: window`, options.window);
  const strides = pairOf(`${what}: strides`, options.strides ?? window);
  const padding = paddingOf(`${what}: padding`, options.padding ?? 0, sizeOfImage(x.shape), {
    window,
    strides,
  });
  return { window, strides, padding };
}

/**
 * The maximum of each window. Its derivative is that of the maximal element, the first among equals.
 *
 * Increasing functions such as {@link ops.relu}, or the addition of a per-channel bias, commute with it, and are cheaper after it.
 *
 * @param x images `[N, C, H, W]`, float
 * @returns `[N, C, OH, OW]` with OH = floor((H + top + bottom - window) / stride) + 1, and OW likewise; rows and columns
 *   after the last window belong to none
 * @throws RangeError if an option is invalid
 * @throws TypeError if no window fits, or one is entirely padding
 * @example
 * maxPool2d(images, { window: 2 }); // = float32[8,3,16,16]
 */
export function maxPool2d(x: Tensor, options: PoolOptions): Tensor {
  return emit('maxPool2d', poolParams('maxPool2d', x, options), [x])[0]!;
}

/**
 * The mean of each window, over the elements of the image in it.
 *
 * It is linear and needs no primitive. Adjacent windows are separate axes after a reshape. Others are a convolution with ones, with
 * every channel as a separate image, so that one filter serves all.
 *
 * @param x images `[N, C, H, W]`, float
 * @returns `[N, C, OH, OW]`, as of {@link maxPool2d}
 * @throws RangeError if an option is invalid
 * @throws TypeError if no window fits, or one is entirely padding
 * @example
 * averagePool2d(images, { window: [8, 8] }); // = float32[8,3,4,4]
 */
export function averagePool2d(x: Tensor, options: PoolOptions): Tensor {
  const params = poolParams('averagePool2d', x, options);
  inferTypes('maxPool2d', params, [x.type], 'averagePool2d');
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const windows = poolWindows(params, [height, width]);
  const [rows, columns] = windows.map(windowCount) as [number, number];
  const [h, w] = params.window;
  const padded = params.padding.flat().some((n) => n > 0);
  if (!padded && params.strides[0] === h && params.strides[1] === w) {
    const covered = ops.slice(x, [0, 0, 0, 0], [batch, channels, rows * h, columns * w]);
    return ops.mean(ops.reshape(covered, [batch, channels, rows, h, columns, w]), { axes: [3, 5] });
  }
  const planes = ops.reshape(x, [batch * channels, 1, height, width]);
  const ones = constant(tensorValue(x.dtype, [1, 1, h, w], new Array<number>(h * w).fill(1)));
  const { strides, padding } = params;
  const sums = conv2d(planes, ones, { strides, padding });
  const means = ops.div(sums, padded ? elementCounts(windows, x) : h * w);
  return ops.reshape(means, [batch, channels, rows, columns]);
}

/** [OH, OW]: the number of image elements in each window. */
function elementCounts([along, across]: readonly [Windows, Windows], { dtype }: Tensor): Tensor {
  const counts = (windows: Windows) =>
    Array.from({ length: windowCount(windows) }, (_, i) => {
      const places = Array.from({ length: windows.window }, (_, k) => placeOf(windows, i, k));
      return places.filter((place) => place >= 0 && place < windows.size).length;
    });
  const [rows, columns] = [counts(along), counts(across)];
  return constant(
    tensorValue(
      dtype,
      [rows.length, columns.length],
      rows.flatMap((row) => columns.map((column) => row * column)),
    ),
  );
}
