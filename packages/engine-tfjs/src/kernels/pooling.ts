// Kernels for maximum pooling: a tournament of strided slices, one per window element, and gathers and scatters at the winners'
// positions. TensorFlow.js's own pooling returns no positions on most backends.

import { type Pool2dParams, type Shape, sizeOf } from '@gaussmark/autodiff';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelFactory } from './kernel.js';

/** A window element: its place in the padded image, and in each window's plane. */
interface Place {
  readonly top: number;
  readonly left: number;
  /** (OH, OW): its position in the plane, or -1 in the padding. */
  readonly positions: Int32Array;
}

function placesOf({ window, strides, padding }: Pool2dParams, image: Shape, windows: Shape): Place[] {
  const [height, width] = image as readonly [number, number];
  const [rows, columns] = windows as readonly [number, number];
  const places: Place[] = [];
  for (let top = 0; top < window[0]; top++) {
    for (let left = 0; left < window[1]; left++) {
      const positions = Int32Array.from({ length: rows * columns }, (_, i) => {
        const row = Math.floor(i / columns) * strides[0] + top - padding[0][0];
        const column = (i % columns) * strides[1] + left - padding[1][0];
        return row >= 0 && row < height && column >= 0 && column < width ? row * width + column : -1;
      });
      places.push({ top, left, positions });
    }
  }
  return places;
}

/**
 * A later element beats the best so far if it is greater, or if it is NaN and the best is not: not (s <= best), and best = best.
 * With padding, only an element inside the image can win, and it wins if none has yet.
 */
export const maxPool2d: KernelFactory<'maxPool2d'> = ({ params, inputs, outputs }) => {
  const { strides, padding } = params;
  const { shape } = inputs[0]!.type;
  const [, , rows, columns] = outputs[0]!.type.shape as readonly [number, number, number, number];
  const places = placesOf(params, shape.slice(2), [rows, columns]);
  const padded = padding.flat().some((n) => n > 0);
  const stops = [(rows - 1) * strides[0] + 1, (columns - 1) * strides[1] + 1] as const;
  return ([x]) => {
    const sides: [number, number][] = [[0, 0], [0, 0], [...padding[0]], [...padding[1]]];
    const images = padded ? tf.pad(x!, sides, Number.NEGATIVE_INFINITY) : x!;
    const planes = outputs[0]!.type.shape;
    let best: tf.Tensor | undefined;
    let where: tf.Tensor | undefined;
    for (const { top, left, positions } of places) {
      const next = tf.tidy(() => {
        const here = tf.tensor(positions, [1, 1, rows, columns], 'int32');
        const value = tf.stridedSlice(
          images,
          [0, 0, top, left],
          [shape[0]!, shape[1]!, top + stops[0], left + stops[1]],
          [1, 1, ...strides],
        );
        if (best === undefined || where === undefined) return [value, tf.broadcastTo(here, [...planes])];
        const larger = tf.logicalAnd(tf.logicalNot(tf.lessEqual(value, best)), tf.equal(best, best));
        const none = tf.scalar(0, 'int32');
        const wins = padded
          ? tf.logicalAnd(tf.greaterEqual(here, none), tf.logicalOr(larger, tf.less(where, none)))
          : larger;
        return [tf.where(wins, value, best), tf.where(wins, here, where)];
      });
      best?.dispose();
      where?.dispose();
      [best, where] = next;
    }
    return [best!, where!];
  };
};

/** Positions in the planes as positions in the whole tensor: plane * H W + position, as a vector. */
function flatPositions(positions: tf.Tensor, image: Shape): tf.Tensor1D {
  const [batch, channels, height, width] = image as readonly [number, number, number, number];
  const planes = batch * channels;
  const first = tf.mul(tf.range(0, planes, 1, 'int32'), tf.scalar(height * width, 'int32'));
  const [, , rows, columns] = positions.shape as [number, number, number, number];
  const flat = tf.add(tf.reshape(positions, [planes, rows * columns]), tf.reshape(first, [planes, 1]));
  return tf.reshape(flat, [-1]);
}

export const maxPool2dTake: KernelFactory<'maxPool2dTake'> = ({ inputs, outputs }, { gathersWhole }) => {
  const image = inputs[0]!.type.shape;
  return ([x, positions]) => {
    const [flat, at] = [tf.reshape(x!, [-1]), flatPositions(positions!, image)];
    const elements = gathersWhole ? tf.gatherND(flat, tf.reshape(at, [-1, 1])) : tf.gather(flat, at);
    return tf.reshape(elements, [...outputs[0]!.type.shape]);
  };
};

export const maxPool2dScatter: KernelFactory<'maxPool2dScatter'> = ({ outputs }) => {
  const image = outputs[0]!.type.shape;
  return ([y, positions]) => {
    const indices = tf.reshape(flatPositions(positions!, image), [-1, 1]);
    const sums = tf.scatterND(indices, tf.reshape(y!, [-1]), [sizeOf(image)]);
    return tf.reshape(sums, [...image]);
  };
};
