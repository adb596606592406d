// Lowerings for WebGPU: operators for which its provider has no kernel, expressed in others, and replacements for inaccurate
// kernels. A node without a kernel would run on the CPU, moving its operands and results back and forth.

import { sizeOf } from '@gaussmark/autodiff';
import type { Graph, OperatorForm } from '../onnx/graph.js';
import { ELEMENT_TYPE } from '../onnx/proto.js';
import { zeros } from './layout.js';
import type { Lowering, LoweringTable } from './lowering.js';
import { scatterElements } from './pooling.js';

/** Uses the provider's own kernel inside a replacement. */
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

/** `value`, except where x is NaN. */
function unlessNaN(graph: Graph, x: string, value: string): string {
  const infinity = number(graph, Number.POSITIVE_INFINITY);
  const isNumber = graph.node('LessOrEqual', [graph.node('Abs', [x]), infinity]);
  return graph.node('Where', [isNumber, value, x]);
}

// Shading languages may ignore NaN: here exp maps it to infinity, and sigmoid to 0. A diverged run would go unnoticed.
const keepsNaN =
  (operator: string): OperatorForm =>
  (graph, [x]) =>
    unlessNaN(graph, x!, kernel(graph, operator, [x!]));

// max(x, 0) is 0 for NaN; this form is NaN.
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

/** pi in three parts; all but the last have few enough bits for exact products with a small integer. */
const PI = [3.140625, 9.670257568359375e-4, 6.27832957e-7] as const;

/** Coefficients of sin r = r + r^3 (c0 + c1 r^2 + ...) for |r| <= pi / 2, by Taylor; the first omitted term is below 6e-8. */
const SINE = [-1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800] as const;

/*
 * WGSL allows the built-in sine an error of 2^-11; here it is 5e-5. So x is first reduced by a multiple of pi:
 *
 *     sin x = (-1)^k sin r,  r = x - k pi,  k the integer next to x / pi;
 *     cos x = -(-1)^k sin r,  r = x - (k + 1/2) pi,  k the integer below x / pi.
 *
 * If |x| exceeds some thousands, r loses digits, as in the built-in.
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

/** Replaces nodes with these operators. */
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

// ArgMax returns int64, which nothing on the device converts to int32. The first position of the largest element is the smallest
// of those that no element exceeds.
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

// An empty product is zero; on the device, it crashes the process.
const matmul =
  (otherwise: Lowering<'matmul'>): Lowering<'matmul'> =>
  (input) => {
    const { graph, inputs, types, equation } = input;
    if (types.slice(0, 2).every(({ shape }) => sizeOf(shape) > 0)) return otherwise(input);
    const { type } = equation.outputs[0]!;
    const nothing = zeros(graph, type);
    return inputs.length === 2 ? nothing : graph.node('Add', [nothing, inputs[2]!]);
  };

// For empty operands the result is empty; the kernel fails.
const reduceMax =
  (otherwise: Lowering<'reduceMax'>): Lowering<'reduceMax'> =>
  (input) => {
    const { type } = input.equation.outputs[0]!;
    return sizeOf(type.shape) === 0 ? zeros(input.graph, type) : otherwise(input);
  };

/** Lowerings that replace some of the table's. */
export function webgpuLowerings(table: LoweringTable): Partial<LoweringTable> {
  return {
    argMax,
    // MaxUnpool has no kernel. ScatterElements adds atomically, in any order: sums over overlapping windows may differ in the last
    // bits between runs.
    maxPool2dScatter: scatterElements,
    matmul: matmul(table.matmul),
    reduceMax: reduceMax(table.reduceMax),
  };
}
