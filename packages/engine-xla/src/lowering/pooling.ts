// Lowers maximum pooling, its derivative, and the transpose of the derivative, as elementwise operations on strided slices, which
// XLA fuses into one loop. Its own reductions of windows are scalar loops on the CPU, and scatters run one update at a time.

import type { Pair, PrimitiveParams } from '@gaussmark/autodiff';
import type { Block, Value } from './block.js';
import {
  broadcastAlong,
  compare,
  elementwise,
  iota,
  padWith,
  reshapeTo,
  select,
  sliceOf,
} from './operations.js';
import type { Lowering } from './rule.js';

type Pool2dParams = PrimitiveParams['maxPool2d'];
type Shape4 = readonly [number, number, number, number];

const shapeOf = ({ type }: Pick<Value, 'type'>) => type.shape as unknown as Shape4;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The images that the windows cover exactly: `value` in the padding, without the rows and columns of no window. */
function covered(block: Block, x: Value, params: Pool2dParams, count: Pair, value: number): Value {
  const { window, strides, padding } = params;
  const [, , ...size] = shapeOf(x);
  const after = (axis: 0 | 1) =>
    (count[axis] - 1) * strides[axis] + window[axis] - size[axis] - padding[axis][0];
  const low = [0, 0, padding[0][0], padding[1][0]];
  return padWith(block, x, block.scalar(x.type.dtype, value), low, [0, 0, after(0), after(1)]);
}

/** Element `k` of every window along the height (axis 2) or the width (axis 3). */
function element(block: Block, x: Value, axis: 2 | 3, k: number, count: number, stride: number): Value {
  const [starts, stops, strides] = [[0, 0, 0, 0], [...x.type.shape], [1, 1, 1, 1]];
  starts[axis] = k;
  stops[axis] = k + (count - 1) * stride + 1;
  strides[axis] = stride;
  return sliceOf(block, x, starts, stops, strides);
}

/** The best elements so far, and their columns and rows in their windows. */
interface Best {
  readonly value: Value;
  readonly column?: Value;
  readonly index: Value;
}

/** The greatest contender, and its index; the first among equals. NaN is greater than any number. */
function contest(
  block: Block,
  contenders: readonly { readonly value: Value; readonly column?: Value }[],
): Best {
  const [first, ...rest] = contenders;
  const { shape } = first!.value.type;
  const type = { dtype: 'int32', shape } as const;
  let best: Best = { ...first!, index: block.zeros(type) };
  for (const [i, { value, column }] of rest.entries()) {
    const notAbove = compare(block, 'LE', value, best.value);
    const isNumber = compare(block, 'EQ', best.value, best.value);
    const wins = elementwise(block, 'and', elementwise(block, 'not', notAbove), isNumber);
    best = {
      value: select(block, wins, value, best.value),
      index: select(block, wins, block.filled(type, i + 1), best.index),
      ...(column === undefined ? {} : { column: select(block, wins, column, best.column!) }),
    };
  }
  return best;
}

// The best of each row of a window, then the best row. In a window that begins in the padding and is -infinity throughout, the
// winner is in the padding; the first element of the image is then in the first row and column that are not negative.
export const maxPool2d: Lowering<'maxPool2d'> = ({ block, inputs: [x], params, equation }) => {
  const [values, positions] = equation.outputs as [Pick<Value, 'type'>, Pick<Value, 'type'>];
  if (values.type.shape.includes(0)) return [block.zeros(values.type), block.zeros(positions.type)];
  const { window, strides, padding } = params;
  const [, , ...count] = shapeOf(values);
  const images = covered(block, x!, params, count, Number.NEGATIVE_INFINITY);
  const inColumns = range(window[1]).map((k) => ({
    value: element(block, images, 3, k, count[1], strides[1]),
  }));
  const ofRows = contest(block, inColumns);
  const inRows = range(window[0]).map((k) => ({
    value: element(block, ofRows.value, 2, k, count[0], strides[0]),
    column: element(block, ofRows.index, 2, k, count[0], strides[0]),
  }));
  const { value, column, index: row } = contest(block, inRows);
  const place = (offset: Value, axis: 0 | 1) => {
    const there = elementwise(block, 'add', offset, starts(block, positions.type.shape, params, axis));
    return padding[axis][0] === 0 ? there : elementwise(block, 'maximum', there, block.zeros(positions.type));
  };
  const width = block.filled(positions.type, shapeOf(x!)[3]);
  const ofRow = elementwise(block, 'multiply', place(row, 0), width);
  return [value, elementwise(block, 'add', ofRow, place(column!, 1))];
};

/** The first row or column of each window, negative in the padding. */
function starts(
  block: Block,
  shape: readonly number[],
  { strides, padding }: Pool2dParams,
  axis: 0 | 1,
): Value {
  const index = iota(block, shape, axis + 2);
  const steps = elementwise(block, 'multiply', index, block.filled(index.type, strides[axis]));
  return elementwise(block, 'subtract', steps, block.filled(index.type, padding[axis][0]));
}

/** The rows and columns, in their windows, of positions in planes of a given width. */
function inWindows(block: Block, positions: Value, params: Pool2dParams, width: number): [Value, Value] {
  const { type } = positions;
  const divisor = block.filled(type, width);
  const places = [
    elementwise(block, 'divide', positions, divisor),
    elementwise(block, 'remainder', positions, divisor),
  ];
  return places.map((place, axis) =>
    elementwise(block, 'subtract', place, starts(block, type.shape, params, axis as 0 | 1)),
  ) as [Value, Value];
}

/** The value whose number is `index`. */
function pick(block: Block, values: readonly Value[], index: Value): Value {
  return values.reduce((picked, value, k) => {
    const isHere = compare(block, 'EQ', index, block.filled(index.type, k));
    return select(block, isHere, value, picked);
  });
}

export const maxPool2dTake: Lowering<'maxPool2dTake'> = ({ block, inputs, params, equation }) => {
  const [x, positions] = inputs as [Value, Value];
  const output = equation.outputs[0]!;
  if (output.type.shape.includes(0)) return block.zeros(output.type);
  const { window, strides } = params;
  const [, , ...count] = shapeOf(output);
  const images = covered(block, x, params, count, 0);
  const [row, column] = inWindows(block, positions, params, shapeOf(x)[3]);
  const rows = range(window[0]).map((a) => {
    const there = element(block, images, 2, a, count[0], strides[0]);
    const columns = range(window[1]).map((b) => element(block, there, 3, b, count[1], strides[1]));
    return pick(block, columns, column);
  });
  return pick(block, rows, row);
};

// An image is cut into blocks of a stride: block (i, j) begins where window (i, j) does, and holds the element of y if its position is
// there. Windows longer than their stride reach into q more blocks: the same with the blocks moved by q strides, added.
export const maxPool2dScatter: Lowering<'maxPool2dScatter'> = ({ block, inputs, params, equation }) => {
  const [y, positions] = inputs as [Value, Value];
  const output = equation.outputs[0]!;
  if (output.type.shape.includes(0) || y.type.shape.includes(0)) return block.zeros(output.type);
  const { window, strides, padding, inputSize } = params;
  const [batch, channels, ...count] = shapeOf(y);
  const blocks = [batch, channels, count[0], strides[0], count[1], strides[1]];
  const spread = (x: Value) => broadcastAlong(block, x, blocks, [0, 1, 2, 4]);
  const places = inWindows(block, positions, params, inputSize[1]).map(spread);
  const [elements, zero] = [spread(y), block.scalar(y.type.dtype, 0)];
  const zeros = block.filled(elements.type, 0);
  const isWithin = (axis: 0 | 1, q: number) => {
    const index = iota(block, blocks, 3 + 2 * axis);
    const moved = elementwise(block, 'add', index, block.filled(index.type, q * strides[axis]));
    return compare(block, 'EQ', places[axis]!, moved);
  };
  const reach = (axis: 0 | 1) => range(Math.ceil(window[axis] / strides[axis]));
  const terms = reach(0).flatMap((q) =>
    reach(1).map((r) => {
      const isHere = elementwise(block, 'and', isWithin(0, q), isWithin(1, r));
      const cut = select(block, isHere, elements, zeros);
      const [height, width] = [count[0] * strides[0], count[1] * strides[1]];
      const joined = reshapeTo(block, cut, [batch, channels, height, width]);
      const [top, left] = [q * strides[0] - padding[0][0], r * strides[1] - padding[1][0]];
      const high = [0, 0, inputSize[0] - height - top, inputSize[1] - width - left];
      return padWith(block, joined, zero, [0, 0, top, left], high);
    }),
  );
  return terms.reduce((sum, term) => elementwise(block, 'add', sum, term));
};
