// Reference evaluation of convolution and pooling: the sums as defined, term by term.

import type { Conv2dParams, Pool2dParams } from './program.js';
import type { Kernel } from './reference-kernel.js';
import type { Shape, TensorValue } from './types.js';
import {
  convWindows,
  placeOf,
  poolWindows,
  sizeOfImage,
  type WindowPrimitive,
  type Windows,
  windowCount,
} from './windows.js';

/** The position of an element in row-major order. */
const at = (shape: Shape, a: number, b: number, c: number, d: number) =>
  ((a * shape[1]! + b) * shape[2]! + c) * shape[3]! + d;

/**
 * Calls back with the positions of the elements in every term x filter y of <conv2d(x, filter), y>. The three convolutions are its
 * partial derivatives: each accumulates products of two of the elements in the third.
 */
function forEachTerm(
  params: Conv2dParams,
  shapes: { readonly x: Shape; readonly filter: Shape; readonly y: Shape },
  callback: (x: number, filter: number, y: number) => void,
): void {
  const { x, filter, y } = shapes;
  const [rows, columns] = convWindows(params, sizeOfImage(x), sizeOfImage(filter));
  const [filters, ofGroup] = filter as [number, number];
  for (let n = 0; n < x[0]!; n++) {
    for (let f = 0; f < filters; f++) {
      const firstChannel = Math.floor(f / (filters / params.groups)) * ofGroup;
      for (let i = 0; i < y[2]!; i++) {
        for (let j = 0; j < y[3]!; j++) {
          for (let c = 0; c < ofGroup; c++) {
            for (let a = 0; a < rows.window; a++) {
              for (let b = 0; b < columns.window; b++) {
                const [row, column] = [placeOf(rows, i, a), placeOf(columns, j, b)];
                if (row < 0 || row >= rows.size || column < 0 || column >= columns.size) continue;
                callback(at(x, n, firstChannel + c, row, column), at(filter, f, c, a, b), at(y, n, f, i, j));
              }
            }
          }
        }
      }
    }
  }
}

/** Sums are accumulated in double precision and rounded once. */
function summed(output: TensorValue, add: (totals: Float64Array) => void): void {
  const totals = new Float64Array(output.data.length);
  add(totals);
  output.data.set(totals);
}

/** Calls back with every window of every plane: the plane, the window's number, and the positions of its elements in the plane. */
function forEachWindow(
  params: Pool2dParams,
  shape: Shape,
  callback: (plane: number, window: number, places: readonly number[]) => void,
): void {
  const windows = poolWindows(params, sizeOfImage(shape));
  const [height, width] = windows.map(windowCount) as [number, number];
  const within = (along: Windows, i: number) =>
    Array.from({ length: along.window }, (_, k) => placeOf(along, i, k)).filter(
      (place) => place >= 0 && place < along.size,
    );
  for (let plane = 0; plane < shape[0]! * shape[1]!; plane++) {
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const places = within(windows[0], i).flatMap((row) =>
          within(windows[1], j).map((column) => row * shape[3]! + column),
        );
        callback(plane, (plane * height + i) * width + j, places);
      }
    }
  }
}

/** The position in a tensor of images of the plane position that a window points to. */
function pointed(plane: number, place: number, shape: Shape): number {
  const size = shape[2]! * shape[3]!;
  if (place < 0 || place >= size) throw new RangeError(`position ${place} in a plane of ${size}`);
  return plane * size + place;
}

export const WINDOW_KERNELS: { readonly [P in WindowPrimitive]: Kernel<P> } = {
  conv2d: ({ operands: [x, filter], output, params }) => {
    const shapes = { x: x!.type.shape, filter: filter!.type.shape, y: output.type.shape };
    summed(output, (totals) =>
      forEachTerm(params, shapes, (i, f, o) => {
        totals[o]! += x!.data[i]! * filter!.data[f]!;
      }),
    );
  },
  conv2dInputAdjoint: ({ operands: [y, filter], output, params }) => {
    const shapes = { x: output.type.shape, filter: filter!.type.shape, y: y!.type.shape };
    summed(output, (totals) =>
      forEachTerm(params, shapes, (i, f, o) => {
        totals[i]! += y!.data[o]! * filter!.data[f]!;
      }),
    );
  },
  conv2dFilterAdjoint: ({ operands: [x, y], output, params }) => {
    const shapes = { x: x!.type.shape, filter: output.type.shape, y: y!.type.shape };
    summed(output, (totals) =>
      forEachTerm(params, shapes, (i, f, o) => {
        totals[f]! += x!.data[i]! * y!.data[o]!;
      }),
    );
  },

  maxPool2d: ({ operands: [x], outputs: [values, positions], params }) => {
    const { shape } = x!.type;
    forEachWindow(params, shape, (plane, window, places) => {
      const elements = places.map((place) => x!.data[pointed(plane, place, shape)]!);
      const peak = Math.max(...elements);
      const first = elements.findIndex((element) => element === peak || Number.isNaN(element));
      values!.data[window] = peak;
      positions!.data[window] = places[first]!;
    });
  },
  maxPool2dTake: ({ operands: [x, positions], output, params }) => {
    const { shape } = x!.type;
    forEachWindow(params, shape, (plane, window) => {
      output.data[window] = x!.data[pointed(plane, positions!.data[window]!, shape)]!;
    });
  },
  maxPool2dScatter: ({ operands: [y, positions], output, params }) => {
    const { shape } = output.type;
    summed(output, (totals) =>
      forEachWindow(params, shape, (plane, window) => {
        totals[pointed(plane, positions!.data[window]!, shape)]! += y!.data[window]!;
      }),
    );
  },
};
