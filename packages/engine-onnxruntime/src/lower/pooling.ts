// Lowers maximum pooling, its derivative, and the transpose of the derivative.

import {
  type EquationOf,
  type Pair,
  type PrimitiveParams,
  sizeOf,
  type TensorType,
} from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';
import { ELEMENT_TYPE } from '../onnx/proto.js';
import { fitsBlocks, fromSample, sampleBlocks } from './blocks.js';
import { conv2d } from './convolution.js';
import { reshapeTo, zeros } from './layout.js';
import type { Lowering, LoweringInput } from './lowering.js';
import { strided, surround } from './planes.js';

type Pool2dParams = PrimitiveParams['maxPool2d'];
type Shape4 = readonly [number, number, number, number];

const INDEX_LIMIT = 2 ** 31;

const shapeOf = (type: TensorType | undefined) => type!.shape as unknown as Shape4;

/**
 * Which candidate was the greatest, for every window: a bool for two, an int32 for more, `null` for one. Selecting bools with
 * And and Or takes a third of the time of Where.
 */
type Choice = string | null;

interface Contender {
  readonly value: string;
  /** The winning column in its row. */
  readonly column: Choice;
}

/*
 * A tournament: the best of each row of a window, then the best row. A later candidate wins only if it is greater. The native
 * MaxPool takes twice as long if it has to return indices (74 and 136 ms for 115 MB in windows of 2 x 2); besides, it returns
 * the invalid index -1 for a window of NaNs, and mistakes -infinity for -3.4e38.
 */
export const maxPool2d: Lowering<'maxPool2d'> = (input) => {
  const { graph, types, params, equation } = input;
  const { convolution }: PooledConvolution = params;
  if (convolution !== undefined) return poolConvolution(input, convolution);
  const image = shapeOf(types[0]);
  const [values, positions] = equation.outputs.map(({ type }) => type) as [TensorType, TensorType];
  if (sizeOf(image) === 0) return [zeros(graph, values), zeros(graph, positions)];
  const [, , ...count] = shapeOf(values);
  const lowest = { dtype: values.dtype, value: Number.NEGATIVE_INFINITY };
  const x = surround(graph, input.inputs[0]!, params.padding, lowest);
  return tournament(graph, params, {
    element: (start) => strided(graph, x, start, count, params.strides),
    width: image[3],
    shape: positions.shape,
    places: count,
  });
};

/**
 * A pooling whose operands are the image and the filter of a convolution that has no other use, by fuse.ts. In blocks of channels
 * each element of the windows is a convolution of its own, so that nothing is cut out of a larger result.
 */
export type PooledConvolution = Pool2dParams & { readonly convolution?: EquationOf<'conv2d'> };

function poolConvolution(
  { graph, inputs, types, params, equation }: LoweringInput<'maxPool2d'>,
  convolution: EquationOf<'conv2d'>,
): readonly string[] {
  const [x, filter] = inputs as [string, string];
  const image = convolution.outputs[0]!.type;
  const blocked = { filter: shapeOf(types[1]), params: convolution.params };
  if (!fitsBlocks(graph, blocked) || sizeOf(image.shape) === 0) {
    const y = conv2d({ graph, inputs, types, params: convolution.params, equation: convolution });
    return maxPool2d({
      graph,
      inputs: [y as string],
      types: [image],
      params: apart(params),
      equation,
    }) as string[];
  }
  const [, , ...count] = shapeOf(equation.outputs[0]!.type);
  const sample = { image: shapeOf(types[0]), count, strides: params.strides };
  const [values, positions] = tournament(graph, params, {
    element: sampleBlocks(graph, x, filter, blocked, sample),
    width: shapeOf(image)[3],
    // Broadcast over the filters of a block.
    places: [...count, 1],
  });
  const ordered = (value: string) => fromSample(graph, value, sample, blocked.filter[0]);
  const numbers = graph.node('Cast', [positions!], { to: ELEMENT_TYPE.float32 });
  return [ordered(values!), toInt32(graph, ordered(numbers))];
}

const apart = ({ window, strides, padding }: Pool2dParams): Pool2dParams => ({ window, strides, padding });

interface Field {
  /** The elements at this place of all windows. */
  readonly element: (start: Pair) => string;
  /** Of the image. */
  readonly width: number;
  /** Of the positions; only windows of one element need it. */
  readonly shape?: readonly number[];
  /** Rows and columns of windows, in a shape that broadcasts to the positions. */
  readonly places: readonly number[];
}

function tournament(graph: Graph, params: Pool2dParams, field: Field): readonly string[] {
  const [rows, columns] = params.window;
  const rowWinners = range(rows).map((row): Contender => {
    const elements = range(columns).map((column) => ({ value: field.element([row, column]), column: null }));
    const { value, index } = contest(graph, elements, 'int32');
    return { value, column: index };
  });
  const best = contest(graph, rowWinners, columns === 2 ? 'bool' : 'int32');
  const row = asNumber(graph, best.index, rows);
  const column = asNumber(graph, best.column, columns);
  return [best.value, positionsOf(graph, params, field, { row, column })];
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The greatest contender; the first among equals. */
function contest(
  graph: Graph,
  contenders: readonly Contender[],
  columnType: 'bool' | 'int32',
): Contender & { readonly index: Choice } {
  let { value, column } = contenders[0]!;
  let index: Choice = null;
  for (const [i, challenger] of contenders.entries()) {
    if (i === 0) continue;
    const wins = graph.node('Less', [value, challenger.value]);
    value = graph.node('Max', [value, challenger.value]);
    if (column !== null) column = choose(graph, wins, challenger.column!, column, columnType);
    if (index === null) index = contenders.length === 2 ? wins : toInt32(graph, wins);
    else index = graph.node('Where', [wins, graph.scalar('int32', i), index]);
  }
  return { value, column, index };
}

function choose(graph: Graph, which: string, yes: string, no: string, dtype: 'bool' | 'int32'): string {
  if (dtype === 'int32') return graph.node('Where', [which, yes, no]);
  const taken = graph.node('And', [which, yes]);
  return graph.node('Or', [taken, graph.node('And', [graph.node('Not', [which]), no])]);
}

const toInt32 = (graph: Graph, value: string) => graph.node('Cast', [value], { to: ELEMENT_TYPE.int32 });

function asNumber(graph: Graph, choice: Choice, candidates: number): Choice {
  return choice !== null && candidates === 2 ? toInt32(graph, choice) : choice;
}

/**
 * Positions in the plane: (first row + row) W + first column + column. A window of only -infinities keeps its first position, which
 * may be in the padding; the first real element is then in the first non-negative row and column.
 */
function positionsOf(
  graph: Graph,
  { strides, padding }: Pool2dParams,
  { width, shape, places: count }: Field,
  { row, column }: { readonly row: Choice; readonly column: Choice },
): string {
  const [height, breadth] = count as readonly [number, number];
  const places = (of: (row: number, column: number) => number) => {
    const first = (axis: 0 | 1, i: number) => i * strides[axis] - padding[axis][0];
    const all = range(height).flatMap((i) => range(breadth).map((j) => of(first(0, i), first(1, j))));
    return graph.constant('int32', count, Int32Array.from(all));
  };
  const sum = (terms: readonly Choice[]) =>
    terms.filter((term) => term !== null).reduce((a, b) => graph.node('Add', [a, b]));
  const byWidth = (rows: Choice) =>
    rows === null ? null : graph.node('Mul', [rows, graph.scalar('int32', width)]);

  if (row === null && column === null) {
    const constant = places((i, j) => i * width + j);
    return graph.node('Expand', [constant, graph.int64s(shape!)]);
  }
  if (padding[0][0] === 0 && padding[1][0] === 0) {
    return sum([byWidth(row), column, places((i, j) => i * width + j)]);
  }
  const clamped = (choice: Choice, start: (row: number, column: number) => number) =>
    choice === null
      ? places((i, j) => Math.max(start(i, j), 0))
      : graph.node('Max', [sum([choice, places(start)]), graph.scalar('int32', 0)]);
  return sum([byWidth(clamped(row, (i) => i)), clamped(column, (_, j) => j)]);
}

/** Planes as rows: [N C, size of a plane]. */
function planes(graph: Graph, images: string, [batch, channels, height, width]: Shape4): string {
  return reshapeTo(graph, images, [batch * channels, height * width]);
}

export const maxPool2dTake: Lowering<'maxPool2dTake'> = ({ graph, inputs, types, equation }) => {
  const [x, positions] = inputs as [string, string];
  const output = equation.outputs[0]!.type;
  if (sizeOf(output.shape) === 0) return zeros(graph, output);
  const operands = [planes(graph, x, shapeOf(types[0])), planes(graph, positions, shapeOf(types[1]))];
  return reshapeTo(graph, graph.node('GatherElements', operands, { axis: 1 }), output.shape);
};

// If windows do not overlap, no position repeats, and MaxUnpool works: it knows float32 and counts positions across all planes,
// in int64. It takes half the time of ScatterElements (16 and 36 ms into 115 MB).
export const maxPool2dScatter: Lowering<'maxPool2dScatter'> = (input) => {
  const { graph, inputs, types, params, equation } = input;
  const [y, positions] = inputs as [string, string];
  const output = equation.outputs[0]!.type;
  const [cotangent, image] = [shapeOf(types[0]), shapeOf(output)];
  const fits = output.dtype === 'float32' && sizeOf(image) < INDEX_LIMIT && sizeOf(cotangent) > 0;
  if (!fits || !areApart(params)) return scatterElements(input);
  const plane = image[2] * image[3];
  const [start, end, step] = [0, sizeOf(image), plane].map((n) => graph.scalar('int32', n));
  const starts = reshapeTo(graph, graph.node('Range', [start!, end!, step!]), [image[0] * image[1], 1]);
  const inPlanes = planes(graph, positions, cotangent);
  const places = reshapeTo(graph, graph.node('Add', [inPlanes, starts]), cotangent);
  const all = graph.node('Cast', [places], { to: ELEMENT_TYPE.int64 });
  // The kernel shape is required, and only used to check the given size.
  return graph.node('MaxUnpool', [y, all, graph.int64s(image)], { kernel_shape: [1, 1] });
};

const areApart = ({ window, strides }: Pool2dParams) => strides[0] >= window[0] && strides[1] >= window[1];

/** The same for any positions, plane by plane. */
export const scatterElements: Lowering<'maxPool2dScatter'> = ({ graph, inputs, types, params, equation }) => {
  const [y, positions] = inputs as [string, string];
  const output = equation.outputs[0]!.type;
  const [cotangent, image] = [shapeOf(types[0]), shapeOf(output)];
  if (sizeOf(cotangent) === 0) return zeros(graph, output);
  const into = zeros(graph, { dtype: output.dtype, shape: [image[0] * image[1], image[2] * image[3]] });
  const operands = [into, planes(graph, positions, cotangent), planes(graph, y, cotangent)];
  const reduction = areApart(params) ? 'none' : 'add';
  return reshapeTo(graph, graph.node('ScatterElements', operands, { axis: 1, reduction }), image);
};
