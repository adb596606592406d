// What WebGPU needs otherwise: operators and types that its provider has no kernel for, in terms of those that it has. A node
// without a kernel would run on the CPU instead, with its operands and its result carried over and back.

import { type Primitive, sizeOf } from '@gaussmark/autodiff';
import type { OperatorForm } from '../onnx/graph.js';
import { ELEMENT_TYPE } from '../onnx/proto.js';
import { reshapeTo, zeros } from './layout.js';
import type { Lowering } from './lowering.js';
import { planes } from './pooling.js';

type Attributes = Parameters<OperatorForm>[2];

// a or b = not (not a and not b)
const or: OperatorForm = (graph, [a, b]) => {
  const neither = graph.node('And', [graph.node('Not', [a!]), graph.node('Not', [b!])]);
  return graph.node('Not', [neither]);
};

// log softmax(x) = (x - max x) - log sum exp(x - max x)
const logSoftmax: OperatorForm = (graph, [x], attributes: Attributes) => {
  const axes = graph.int64s([attributes.axis as number]);
  const over = (operator: string, value: string) => graph.node(operator, [value, axes], { keepdims: 1 });
  const shifted = graph.node('Sub', [x!, over('ReduceMax', x!)]);
  const total = over('ReduceSum', graph.node('Exp', [shifted]));
  return graph.node('Sub', [shifted, graph.node('Log', [total])]);
};

// sign x = [0 < x] - [x < 0], and x itself where that is no number
const sign: OperatorForm = (graph, [x]) => {
  const zero = graph.scalar('float32', 0);
  const isLess = (a: string, b: string) =>
    graph.node('Cast', [graph.node('Less', [a, b])], { to: ELEMENT_TYPE.float32 });
  const difference = graph.node('Sub', [isLess(zero, x!), isLess(x!, zero)]);
  const infinity = graph.scalar('float32', Number.POSITIVE_INFINITY);
  const isNumber = graph.node('LessOrEqual', [graph.node('Abs', [x!]), infinity]);
  return graph.node('Where', [isNumber, difference, x!]);
};

/** What takes the place of a node with such an operator. */
export const WEBGPU_FORMS: Readonly<Record<string, OperatorForm>> = {
  Or: or,
  LogSoftmax: logSoftmax,
  Sign: sign,
};

// ArgMax counts in int64, which nothing on the device turns into an int32. The first place of the largest element is the
// least place of those that no element exceeds.
const argMax: Lowering<'argMax'> = ({ graph, inputs: [x], types: [type], params: { axis } }) => {
  const { shape } = type!;
  const axes = graph.int64s([axis]);
  const largest = graph.node('ReduceMax', [x!, axes], { keepdims: 1 });
  const size = shape[axis]!;
  const along = shape.map((_, i) => (i === axis ? size : 1));
  const places = graph.constant(
    'int32',
    along,
    Int32Array.from({ length: size }, (_, i) => i),
  );
  const isBelow = graph.node('Less', [x!, largest]);
  const candidates = graph.node('Where', [isBelow, graph.scalar('int32', size - 1), places]);
  return graph.node('ReduceMin', [candidates, axes], { keepdims: 0 });
};

// MaxUnpool has no kernel. ScatterElements adds atomically, in any order, so that sums of overlapping windows may differ in the
// last bits from run to run.
const maxPool2dScatter: Lowering<'maxPool2dScatter'> = ({ graph, inputs, types, params, equation }) => {
  const [y, positions] = inputs as [string, string];
  const { dtype, shape } = equation.outputs[0]!.type;
  if (sizeOf(types[0]!.shape) === 0) return zeros(graph, { dtype, shape });
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const { window, strides } = params;
  const apart = strides[0] >= window[0] && strides[1] >= window[1];
  const into = zeros(graph, { dtype, shape: [batch * channels, height * width] });
  const operands = [into, planes(graph, positions, types[1]!.shape), planes(graph, y, types[0]!.shape)];
  const reduction = apart ? 'none' : 'add';
  return reshapeTo(graph, graph.node('ScatterElements', operands, { axis: 1, reduction }), shape);
};

/** Lowerings in place of those of the table. */
export const WEBGPU_LOWERINGS: { readonly [P in Primitive]?: Lowering<P> } = { argMax, maxPool2dScatter };
