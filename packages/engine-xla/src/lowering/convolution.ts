// Lowers convolution and its two adjoints, all in the one form that XLA's CPU back end has fast kernels for.
//
// That form has input [batch, height, width, features], filter [height, width, input features, output features], output like the
// input, and nothing reversed. XLA itself rewrites other forms only in the entry computation: in a loop they became scalar code,
// 45 times slower. Transposes and reversals are therefore operations of their own. In each of the three, the axis that is summed
// over takes the place of the input features.

import type { Pair, PrimitiveParams, TensorType } from '@gaussmark/autodiff';
import type { Block, Value } from './block.js';
import { loop } from './control-flow.js';
import { listText } from './literal.js';
import {
  broadcastAlong,
  compare,
  concatenate,
  elementwise,
  padWith,
  reshapeTo,
  reverseAlong,
  signatureText,
  sliceOf,
  transposeTo,
} from './operations.js';
import { contract } from './products.js';
import type { Lowering, LoweringInput, Precision } from './rule.js';

type Shape4 = readonly [number, number, number, number];

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

const shapeOf = ({ type }: Pick<Value, 'type'>) => type.shape as unknown as Shape4;

/** A convolution in that form. Padding may be negative. */
interface Canonical {
  readonly strides: Pair;
  readonly padding: readonly [Pair, Pair];
  /** Distances between the elements of the input, as if zeros were between them. */
  readonly inputDilations: Pair;
  readonly filterDilations: Pair;
  readonly groups: number;
  /** Height and width of the output. */
  readonly size: Pair;
  readonly precision: Precision;
}

/** [B, H, W, G I] by [h, w, I, O] -> [B, OH, OW, O]; group g of the output features sees group g of the input's. */
function convolve(block: Block, input: Value, filter: Value, canonical: Canonical): Value {
  const { strides, inputDilations, filterDilations, groups, size, precision } = canonical;
  const { x, padding } = cropped(block, input, canonical);
  const type = {
    dtype: x.type.dtype,
    shape: [x.type.shape[0]!, size[0], size[1], filter.type.shape[3]!],
  };
  const window = [
    `stride = ${listText(strides)}`,
    `pad = [${padding.map(listText).join(', ')}]`,
    `lhs_dilate = ${listText(inputDilations)}`,
    `rhs_dilate = ${listText(filterDilations)}`,
    'reverse = [false, false]',
  ].join(', ');
  const exactly = `#stablehlo<precision ${precision.toUpperCase()}>`;
  const attributes = [
    'batch_group_count = 1 : i64',
    `feature_group_count = ${groups} : i64`,
    `precision_config = [${exactly}, ${exactly}]`,
  ].join(', ');
  const numbers = '[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]';
  const head = `stablehlo.convolution(${x.name}, ${filter.name}) dim_numbers = ${numbers}`;
  return block.add(
    type,
    `${head}, window = {${window}} {${attributes}} : ${signatureText([x, filter], type)}`,
  );
}

/** Negative padding crops the input, if it has no gaps; the fast kernels do not take it. */
function cropped(
  block: Block,
  x: Value,
  { padding, inputDilations }: Canonical,
): { readonly x: Value; readonly padding: readonly [Pair, Pair] } {
  if (padding.flat().every((n) => n >= 0)) return { x, padding };
  if (inputDilations.some((n) => n > 1)) return { x, padding };
  const edges = (side: 0 | 1) => [0, Math.min(padding[0][side], 0), Math.min(padding[1][side], 0), 0];
  const positive = ([before, after]: Pair): Pair => [Math.max(before, 0), Math.max(after, 0)];
  return {
    x: padWith(block, x, block.scalar(x.type.dtype, 0), edges(0), edges(1)),
    padding: [positive(padding[0]), positive(padding[1])],
  };
}

// y[n, f, i] = sum_{c, a} filter[f, c, a] x[n, c, i s + a d - top]
export const conv2d: Lowering<'conv2d'> = ({ block, inputs, params, equation, precision, target }) => {
  const [x, filter] = inputs as [Value, Value];
  const output = equation.outputs[0]!;
  if (output.type.shape.includes(0) || x.type.shape.includes(0)) return block.zeros(output.type);
  if (target === 'cpu' && isSmall(params, shapeOf(filter)))
    return summed(block, x, filter, params, output.type);
  const y = convolve(block, transposeTo(block, x, [0, 2, 3, 1]), transposeTo(block, filter, [2, 3, 1, 0]), {
    strides: params.strides,
    padding: params.padding,
    inputDilations: [1, 1],
    filterDilations: params.dilations,
    groups: params.groups,
    size: [shapeOf(output)[2], shapeOf(output)[3]],
    precision,
  });
  return transposeTo(block, y, [0, 3, 1, 2]);
};

/** Most terms of a sum that is written out. */
const MOST_TERMS = 32;

/**
 * Whether to write the sum over channels and kernel out. The library's product of matrices is slow where the sums are short: six
 * filters of 5 x 5 on one channel took 60 ms of a thread, and written out 16.
 */
function isSmall({ strides, groups }: PrimitiveParams['conv2d'], [, ofGroup, ...kernel]: Shape4): boolean {
  return groups === 1 && strides.every((n) => n === 1) && ofGroup * kernel[0] * kernel[1] <= MOST_TERMS;
}

/**
 * The sum term by term, each a shifted image times an element of every filter: products of scalars, which vectorize. Each turn of a
 * loop adds a row of the kernel, then moves the next row to its place. Without a loop, XLA would compute the whole sum again in
 * everything that uses it.
 */
function summed(
  block: Block,
  x: Value,
  filter: Value,
  { padding, dilations }: PrimitiveParams['conv2d'],
  type: TensorType,
): Value {
  const [filters, channels, rows, columns] = shapeOf(filter);
  const [batch, , height, width] = type.shape as unknown as Shape4;
  const [[top, bottom], [left, right]] = padding;
  const zero = block.scalar(type.dtype, 0);
  const image = padWith(block, x, zero, [0, 0, top, left], [0, 0, bottom, right]);
  const term = (inner: Block, band: Value, row: Value, c: number, b: number): Value => {
    const column = b * dilations[1];
    const shifted = sliceOf(inner, band, [0, c, 0, column], [batch, c + 1, height, column + width]);
    const weights = sliceOf(inner, row, [0, c, 0, b], [filters, c + 1, 1, b + 1]);
    return elementwise(
      inner,
      'multiply',
      broadcastAlong(inner, reshapeTo(inner, shifted, [batch, height, width]), type.shape, [0, 2, 3]),
      broadcastAlong(inner, reshapeTo(inner, weights, [filters]), type.shape, [1]),
    );
  };
  // So that all slices are static: those at places known only at run time do not vectorize.
  const up = (inner: Block, values: Value, by: number): Value =>
    padWith(inner, values, inner.scalar(type.dtype, 0), [0, 0, -by, 0], [0, 0, by, 0]);
  const [, , , sum] = loop(
    block,
    [image, filter, block.scalar('int32', 0), block.zeros(type)],
    ([, , a], inner) => compare(inner, 'LT', a!, inner.scalar('int32', rows)),
    ([images, weights, a, total], inner) => {
      const band = sliceOf(inner, images!, [0, 0, 0, 0], [batch, channels, height, images!.type.shape[3]!]);
      const row = sliceOf(inner, weights!, [0, 0, 0, 0], [filters, channels, 1, columns]);
      const terms = range(channels).flatMap((c) => range(columns).map((b) => term(inner, band, row, c, b)));
      const next = elementwise(inner, 'add', a!, inner.scalar('int32', 1));
      const added = terms.reduce((so, each) => elementwise(inner, 'add', so, each), total!);
      return [up(inner, images!, rows === 1 ? 0 : dilations[0]), up(inner, weights!, 1), next, added];
    },
  );
  return sum!;
}

// x[n, c, h] = sum_{f, a} filter[f, c, a] y[n, f, i] with i s + a d - top = h. In y with s - 1 zeros between its elements, i s is
// the place h + top - a d; with a' = k - 1 - a, counted in the reversed filter, h - ((k - 1) d - top) + a' d.
export const conv2dInputAdjoint: Lowering<'conv2dInputAdjoint'> = (input) => {
  const { block, inputs, params, equation, precision } = input;
  const [y, filter] = inputs as [Value, Value];
  const output = equation.outputs[0]!;
  if (output.type.shape.includes(0) || y.type.shape.includes(0)) return block.zeros(output.type);
  const { strides, padding, dilations, groups, inputSize } = params;
  const [filters, ofGroup, ...kernel] = shapeOf(filter);
  const [, , ...count] = shapeOf(y);
  const around = (axis: 0 | 1): Pair => {
    const reach = (kernel[axis] - 1) * dilations[axis];
    const spread = (count[axis] - 1) * strides[axis] + 1;
    const before = reach - padding[axis][0];
    return [before, inputSize[axis] + reach - spread - before];
  };
  // [F, C / G, kh, kw] -> [kh, kw, F / G, C]
  const apart = reshapeTo(block, filter, [groups, filters / groups, ofGroup, ...kernel]);
  const moved = transposeTo(block, apart, [3, 4, 1, 0, 2]);
  const swapped = reshapeTo(block, moved, [...kernel, filters / groups, groups * ofGroup]);
  const x = convolve(block, transposeTo(block, y, [0, 2, 3, 1]), reverseAlong(block, swapped, [0, 1]), {
    strides: [1, 1],
    padding: [around(0), around(1)],
    inputDilations: strides,
    filterDilations: dilations,
    groups,
    size: inputSize,
    precision,
  });
  return transposeTo(block, x, [0, 3, 1, 2]);
};

// filter[f, c, a] = sum_{n, i} x[n, c, i s + a d - top] y[n, f, i]: a convolution of x with y, which steps by d and whose elements
// are s apart; the batch is summed over, the channels of a group are the batch.
export const conv2dFilterAdjoint: Lowering<'conv2dFilterAdjoint'> = (input) => {
  const { block, inputs, params, equation, precision } = input;
  const [x, y] = inputs as [Value, Value];
  const output = equation.outputs[0]!;
  if (output.type.shape.includes(0) || x.type.shape.includes(0) || y.type.shape.includes(0))
    return block.zeros(output.type);
  const isWide = params.groups === 1 && x.type.shape[1]! >= ENOUGH_CHANNELS;
  if (input.target === 'cpu' && isWide) return byElements(input, x, y);
  const { strides, padding, dilations, groups, kernelSize } = params;
  const [batch, channels, ...image] = shapeOf(x);
  const [, , ...count] = shapeOf(y);
  const after = (axis: 0 | 1) => {
    const reach = (kernelSize[axis] - 1) * dilations[axis];
    return reach + (count[axis] - 1) * strides[axis] + 1 - image[axis] - padding[axis][0];
  };
  // [N, C, H, W] -> [C / G, H, W, G N]
  const apart = reshapeTo(block, x, [batch, groups, channels / groups, ...image]);
  const moved = transposeTo(block, apart, [2, 3, 4, 1, 0]);
  const asBatch = reshapeTo(block, moved, [channels / groups, ...image, groups * batch]);
  const filter = convolve(block, asBatch, transposeTo(block, y, [2, 3, 0, 1]), {
    strides: dilations,
    padding: [
      [padding[0][0], after(0)],
      [padding[1][0], after(1)],
    ],
    inputDilations: [1, 1],
    filterDilations: strides,
    groups,
    size: kernelSize,
    precision,
  });
  return transposeTo(block, filter, [3, 0, 1, 2]);
};

/** Channels from which a filter's elements are products of matrices of their own: 312 ms against 581 for 64 filters on 32 channels. */
const ENOUGH_CHANNELS = 16;

/** Each element of the kernel is a product, over the batch and all places, of the shifted images and y. */
function byElements(
  { block, params, equation, precision }: LoweringInput<'conv2dFilterAdjoint'>,
  x: Value,
  y: Value,
): Value {
  const { strides, padding, dilations, kernelSize } = params;
  const [batch, filters, ...count] = shapeOf(y);
  const channels = x.type.shape[1]!;
  const [[top, bottom], [left, right]] = padding;
  const zero = block.scalar(x.type.dtype, 0);
  const images = transposeTo(
    block,
    padWith(block, x, zero, [0, 0, top, left], [0, 0, bottom, right]),
    [0, 2, 3, 1],
  );
  const places = batch * count[0] * count[1];
  const cotangents = reshapeTo(block, transposeTo(block, y, [0, 2, 3, 1]), [places, filters]);
  const product = (a: number, b: number): Value => {
    const starts = [0, a * dilations[0], b * dilations[1], 0];
    const reach = (axis: 0 | 1) => (count[axis] - 1) * strides[axis] + 1;
    const stops = [batch, starts[1]! + reach(0), starts[2]! + reach(1), channels];
    const shifted = sliceOf(block, images, starts, stops, [1, ...strides, 1]);
    const rows = reshapeTo(block, shifted, [places, channels]);
    const element = contract(block, rows, cotangents, [0, 0], precision);
    return reshapeTo(block, element, [1, channels, filters]);
  };
  const elements = range(kernelSize[0]).flatMap((a) => range(kernelSize[1]).map((b) => product(a, b)));
  const joined = concatenate(block, elements, 0);
  return reshapeTo(block, transposeTo(block, joined, [2, 1, 0]), equation.outputs[0]!.type.shape);
}
