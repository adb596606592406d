// Kernels for convolution and its two adjoints.
//
// TensorFlow.js has channels last, no groups, no strides together with dilations, and on WebAssembly no adjoint in the filter. So
// these kernels pad images explicitly, move channels last and back, process groups one by one, and compute the adjoints with
// convolutions and matrix products:
//
//   y[n, i, f]  = sum_{a, c} x[n, i s + a d, c] w[a, c, f]          (x padded; one index stands for both directions)
//   in x:  dx[n, p, c] = sum_{a, f} y'[n, p - a d, f] w[a, c, f]    y' is y with s - 1 zeros between its elements:
//          a convolution of y', padded by the extent of the window, with the filter flipped and c, f swapped.
//   in w:  dw[a, c, f] = sum_{n, i} x[n, i s + a d, c] y[n, i, f]   a matrix product for each element a of the window.

import type { Conv2dParams, Pair } from '@gaussmark/autodiff';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelFactory } from './kernel.js';

/** [N, C, H, W] to [N, H, W, C] and back; and [F, C, kh, kw] to [kh, kw, C, F] and back. */
const channelsLast = (x: tf.Tensor) => tf.transpose(x, [0, 2, 3, 1]) as tf.Tensor4D;
const channelsFirst = (x: tf.Tensor) => tf.transpose(x, [0, 3, 1, 2]) as tf.Tensor4D;
const filterLast = (w: tf.Tensor) => tf.transpose(w, [2, 3, 1, 0]) as tf.Tensor4D;
const filterFirst = (w: tf.Tensor) => tf.transpose(w, [3, 2, 0, 1]) as tf.Tensor4D;

type Sides = readonly [Pair, Pair];

/** Pads images with zeros in height and width; negative padding crops. Channels last. */
function padImages(x: tf.Tensor4D, sides: Sides): tf.Tensor4D {
  const more = sides.map(([before, after]): [number, number] => [Math.max(before, 0), Math.max(after, 0)]);
  const padded = more.flat().some((n) => n > 0) ? tf.pad(x, [[0, 0], more[0]!, more[1]!, [0, 0]]) : x;
  if (sides.flat().every((n) => n >= 0)) return padded;
  const cut = sides.map(([before, after]) => [Math.max(-before, 0), Math.max(-after, 0)] as const);
  const size = [1, 2].map((axis) => padded.shape[axis]! - cut[axis - 1]![0] - cut[axis - 1]![1]);
  return tf.slice(
    padded,
    [0, cut[0]![0], cut[1]![0], 0],
    [x.shape[0], size[0]!, size[1]!, padded.shape[3]!],
  ) as tf.Tensor4D;
}

/** Inserts `steps - 1` zeros between neighbours along the two axes from `axis`, through temporary axes. */
function spread(x: tf.Tensor4D, steps: Pair, axis: 0 | 1): tf.Tensor4D {
  let spreaded: tf.Tensor = x;
  for (const [i, step] of steps.entries()) {
    if (step === 1) continue;
    const { shape } = spreaded;
    const at = axis + i;
    const [outer, size] = [shape.slice(0, at).reduce((a, b) => a * b, 1), shape[at]!];
    const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1);
    const apart = tf.pad(tf.reshape(spreaded, [outer, size, 1, inner]), [
      [0, 0],
      [0, 0],
      [0, step - 1],
      [0, 0],
    ]);
    const joined = tf.reshape(apart, [outer, size * step, inner]);
    const kept = (size - 1) * step + 1;
    spreaded = tf.reshape(tf.slice(joined, [0, 0, 0], [outer, kept, inner]), [
      ...shape.slice(0, at),
      kept,
      ...shape.slice(at + 1),
    ]);
  }
  return spreaded as tf.Tensor4D;
}

/** The convolution of a group, channels last, without padding. */
function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, strides: Pair, dilations: Pair): tf.Tensor4D {
  const both = Math.max(...strides) > 1 && Math.max(...dilations) > 1;
  const window = both ? spread(filter, dilations, 0) : filter;
  return tf.conv2d(x, window, [...strides], 'valid', 'NHWC', both ? 1 : [...dilations]);
}

/** Splits along an axis into groups, processes each, and joins the results along another axis. */
function byGroup(
  groups: number,
  operands: readonly [tf.Tensor4D, number][],
  joinAxis: number,
  each: (...parts: tf.Tensor4D[]) => tf.Tensor4D,
): tf.Tensor4D {
  if (groups === 1) return each(...operands.map(([operand]) => operand));
  const parts = operands.map(
    ([operand, axis]) => tf.split(operand as tf.Tensor, groups, axis) as tf.Tensor4D[],
  );
  return tf.concat(
    Array.from({ length: groups }, (_, i) => each(...parts.map((part) => part[i]!))),
    joinAxis,
  );
}

export const conv2d: KernelFactory<'conv2d'> = ({ params }) => {
  const { strides, dilations, groups, padding } = params;
  return ([x, filter]) => {
    const images = padImages(channelsLast(x!), padding);
    const result = byGroup(
      groups,
      [
        [images, 3],
        [filterLast(filter!), 3],
      ],
      3,
      (part, window) => convolve(part, window, strides, dilations),
    );
    return channelsFirst(result);
  };
};

/** Distance from the first to the last element of a window. */
const reach = (kernel: readonly number[], { dilations }: Conv2dParams): Pair => [
  (kernel[0]! - 1) * dilations[0],
  (kernel[1]! - 1) * dilations[1],
];

export const conv2dInputAdjoint: KernelFactory<'conv2dInputAdjoint'> = ({ params, inputs }) => {
  const { strides, dilations, groups, padding, inputSize } = params;
  const [y, filter] = inputs.map(({ type }) => type);
  const window = reach(filter!.shape.slice(2), params);
  const sides = [0, 1].map((axis): Pair => {
    const spreadSize = (y!.shape[axis + 2]! - 1) * strides[axis]! + 1;
    const before = window[axis]! - padding[axis]![0];
    // The rest of the image, which may contain elements outside every window.
    return [before, inputSize[axis]! + window[axis]! - spreadSize - before];
  }) as unknown as Sides;
  return ([cotangent, w]) => {
    const images = padImages(spread(channelsLast(cotangent!), strides, 1), sides);
    const result = byGroup(
      groups,
      [
        [images, 3],
        [filterLast(w!), 3],
      ],
      3,
      (part, filters) => {
        const turned = tf.transpose(tf.reverse(filters, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
        return convolve(part, turned, [1, 1], dilations);
      },
    );
    return channelsFirst(result);
  };
};

export const conv2dFilterAdjoint: KernelFactory<'conv2dFilterAdjoint'> = ({ params, inputs }, backend) => {
  const { strides, dilations, groups, padding, kernelSize } = params;
  const [rows, columns] = inputs[1]!.type.shape.slice(2) as [number, number];
  // The elements of x after the last window belong to none.
  const used = (size: number, axis: 0 | 1) =>
    (size - 1) * strides[axis] + reach(kernelSize, params)[axis] + 1;
  const [height, width] = inputs[0]!.type.shape.slice(2) as [number, number];
  const sides: Sides = [
    [padding[0][0], used(rows, 0) - height - padding[0][0]],
    [padding[1][0], used(columns, 1) - width - padding[1][0]],
  ];
  const native = backend.hasFilterAdjoint && Math.max(...dilations) === 1;
  const each = native ? nativeFilterAdjoint : productsByPlace;
  return ([x, y]) => {
    const images = padImages(channelsLast(x!), sides);
    const result = byGroup(
      groups,
      [
        [images, 3],
        [channelsLast(y!), 3],
      ],
      3,
      (part, cotangent) => each(part, cotangent, { strides, dilations, kernelSize }),
    );
    return filterFirst(result);
  };
};

type FilterAdjoint = (
  x: tf.Tensor4D,
  y: tf.Tensor4D,
  params: Pick<Conv2dParams, 'strides' | 'dilations'> & { readonly kernelSize: Pair },
) => tf.Tensor4D;

const nativeFilterAdjoint: FilterAdjoint = (x, dy, { strides, kernelSize }) =>
  tf.engine().runKernel(
    tf.Conv2DBackpropFilter,
    { x, dy },
    {
      strides: [...strides],
      pad: 'valid',
      dataFormat: 'NHWC',
      dimRoundingMode: null as unknown as 'floor',
      filterShape: [...kernelSize, x.shape[3], dy.shape[3]],
    },
  );

const productsByPlace: FilterAdjoint = (x, y, { strides, dilations, kernelSize }) => {
  const [batch, rows, columns, filters] = y.shape;
  const channels = x.shape[3];
  const cotangent = tf.reshape(y, [batch * rows * columns, filters]);
  const products: tf.Tensor[] = [];
  for (let a = 0; a < kernelSize[0]; a++) {
    for (let b = 0; b < kernelSize[1]; b++) {
      // In a scope per window element: these tensors are as large as the images.
      const product = tf.tidy(() => {
        const [top, left] = [a * dilations[0], b * dilations[1]];
        const seen = tf.stridedSlice(
          x,
          [0, top, left, 0],
          [batch, top + (rows - 1) * strides[0] + 1, left + (columns - 1) * strides[1] + 1, channels],
          [1, strides[0], strides[1], 1],
        );
        const transposed = tf.transpose(tf.reshape(seen, [batch * rows * columns, channels]));
        return tf.matMul(transposed, cotangent);
      });
      products.push(product);
    }
  }
  return tf.reshape(tf.stack(products), [...kernelSize, channels, filters]);
};
