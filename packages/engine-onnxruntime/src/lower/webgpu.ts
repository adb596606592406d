// What WebGPU needs otherwise: operators that its provider has no kernel for, in terms of those that it has, and kernels that are
// not exact enough. A node without a kernel would run on the CPU, with its operands and its result carried over and back.

import { sizeOf } from '@gaussmark/autodiff';
import type { Graph, OperatorForm } from '../onnx/graph.js';
import { ELEMENT_TYPE } from '../onnx/proto.js';
import { zeros } from './layout.js';
import type { Lowering, LoweringTable } from './lowering.js';
import { scatterElements } from './pooling.js';

/** The provider's own kernel, where a form is made of it. */
const kernel = (graph: Graph, operator: string, inputs: readonly string[]): string =>
  graph.nodeWithOutputs(operator, inputs, {}, 1)[0]!;

const number = (graph: Graph, value: number): string => graph.scalar('float32', value);

// a or b = not (not a and not b)
const or: OperatorForm = (graph, [a, b]) => {
  const neither = graph.node('And', [graph.node('Not', [a!]), graph.node('Not', [b!])]);
  return graph.node('Not', [neither]);
};

// log softmax(x) = (x - max x) - log sum exp(x - max x)
const logSoftmax: OperatorForm = (graph, [x], attributes) => {
  const axes = graph.int64s([attributes.axis as number]);
  const over = (operator: string, value: string) => graph.node(operator, [value, axes], { keepdims: 1 });
  const shifted = graph.node('Sub', [x!, over('ReduceMax', x!)]);
  const total = over('ReduceSum', kernel(graph, 'Exp', [shifted]));
  return graph.node('Sub', [shifted, graph.node('Log', [total])]);
};

/** `value` where x is a number, and x itself where it is none. */
function unlessNaN(graph: Graph, x: string, value: string): string {
  const infinity = number(graph, Number.POSITIVE_INFINITY);
  const isNumber = graph.node('LessOrEqual', [graph.node('Abs', [x]), infinity]);
  return graph.node('Where', [isNumber, value, x]);
}

// Shading languages need not know NaN: exp makes infinity of it here, and sigmoid 0. A run that has diverged would not notice.
const keepsNaN =
  (operator: string): OperatorForm =>
  (graph, [x]) =>
    unlessNaN(graph, x!, kernel(graph, operator, [x!]));

// max(x, 0) is 0 for NaN; this is NaN.
const relu: OperatorForm = (graph, [x]) => {
  const zero = number(graph, 0);
  return graph.node('Where', [graph.node('Less', [x!, zero]), zero, x!]);
};

// sign x = [0 < x] - [x < 0]
const sign: OperatorForm = (graph, [x]) => {
  const zero = number(graph, 0);
  const isLess = (a: string, b: string) =>
    graph.node('Cast', [graph.node('Less', [a, b])], { to: ELEMENT_TYPE.float32 });
  return unlessNaN(graph, x!, graph.node('Sub', [isLess(zero, x!), isLess(x!, zero)]));
};

/** pi in three parts, of which all but the last have few enough bits for exact products with a small integer. */
const PI = [3.140625, 9.670257568359375e-4, 6.27832957e-7] as const;

/** Of sin r = r + r^3 (c0 + c1 r^2 + ...) for |r| up to pi / 2: Taylor's, whose first omitted term is below 6e-8. */
const SINE = [-1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800] as const;

/*
 * WGSL lets the built-in sine be wrong by 2^-11, and its error here is 5e-5. So x is reduced by a multiple of pi first:
 *
 *     sin x = (-1)^k sin r,  r = x - k pi,  k the integer next to x / pi;
 *     cos x = -(-1)^k sin r,  r = x - (k + 1/2) pi,  k the integer below x / pi.
 *
 * Where |x| is above some thousands, r loses digits, as the built-in does.
 */
const sine =
  (offset: 0 | 0.5): OperatorForm =>
  (graph, [x]) => {
    const operator = (name: string) => (a: string, b: string) => graph.node(name, [a, b]);
    const [add, sub, mul] = [operator('Add'), operator('Sub'), operator('Mul')];
    const turns = mul(x!, number(graph, 1 / Math.PI));
    const k = graph.node('Floor', [offset === 0 ? add(turns, number(graph, 0.5)) : turns]);
    const multiple = offset === 0 ? k : add(k, number(graph, offset));
    const r = PI.reduce((rest, part) => sub(rest, mul(multiple, number(graph, part))), x!);
    const square = mul(r, r);
    const series = SINE.map((c) => number(graph, c)).reduceRight((sum, c) => add(mul(sum, square), c));
    const value = add(r, mul(mul(r, square), series));
    // 1 for even k and -1 for odd, or the reverse
    const halves = graph.node('Floor', [mul(k, number(graph, 0.5))]);
    const parity = sub(k, mul(halves, number(graph, 2)));
    const twice = mul(parity, number(graph, 2));
    const one = number(graph, 1);
    return mul(value, offset === 0 ? sub(one, twice) : sub(twice, one));
  };

/** What takes the place of a node with such an operator. */
export const WEBGPU_FORMS: Readonly<Record<string, OperatorForm>> = {
  Or: or,
  LogSoftmax: logSoftmax,
  Sign: sign,
  Relu: relu,
  Exp: keepsNaN('Exp'),
  Sigmoid: keepsNaN('Sigmoid'),
  Sin: sine(0),
  Cos: sine(0.5),
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

// A product over nothing is zero; on the device it takes the process down.
const matmul =
  (otherwise: Lowering<'matmul'>): Lowering<'matmul'> =>
  (input) => {
    const { graph, inputs, types, equation } = input;
    if (types.slice(0, 2).every(({ shape }) => sizeOf(shape) > 0)) return otherwise(input);
    const { type } = equation.outputs[0]!;
    const nothing = zeros(graph, type);
    return inputs.length === 2 ? nothing : graph.node('Add', [nothing, inputs[2]!]);
  };

// Of nothing, where the result is empty, too: the kernel fails.
const reduceMax =
  (otherwise: Lowering<'reduceMax'>): Lowering<'reduceMax'> =>
  (input) => {
    const { type } = input.equation.outputs[0]!;
    return sizeOf(type.shape) === 0 ? zeros(input.graph, type) : otherwise(input);
  };

/** Lowerings in place of some of the table's. */
export function webgpuLowerings(table: LoweringTable): Partial<LoweringTable> {
  return {
    argMax,
    // MaxUnpool has no kernel. ScatterElements adds atomically, in any order, so that sums of overlapping windows may differ in the
    // last bits from run to run.
    maxPool2dScatter: scatterElements,
    matmul: matmul(table.matmul),
    reduceMax: reduceMax(table.reduceMax),
  };
}
