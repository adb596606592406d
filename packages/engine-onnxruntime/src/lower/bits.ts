// Lowers operations on the bits of int32 words. BitShift knows only unsigned words; their sums and products wrap around.

import { threefry as blocks, type WordArithmetic } from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';
import { ELEMENT_TYPE } from '../onnx/proto.js';
import type { Lowering } from './lowering.js';

const cast = (graph: Graph, x: string, to: 'int32' | 'uint32') =>
  graph.node('Cast', [x], { to: ELEMENT_TYPE[to] });

const shift = (graph: Graph, x: string, bits: number) =>
  graph.node('BitShift', [x, graph.uint32(bits)], { direction: 'RIGHT' });

export const shiftRight: Lowering<'shiftRight'> = ({ graph, inputs, params: { bits } }) =>
  bits === 0 ? inputs[0]! : cast(graph, shift(graph, cast(graph, inputs[0]!, 'uint32'), bits), 'int32');

export const xor: Lowering<'xor'> = ({ graph, inputs: [a, b] }) => graph.node('BitwiseXor', [a!, b!]);

/** On unsigned words. A product is the cheapest shift to the left, and a sum the cheapest union of bits: 0.4 ns against 3 and 1. */
const arithmetic = (graph: Graph): WordArithmetic<string> => {
  const add = (a: string, b: string) => graph.node('Add', [a, b]);
  return {
    word: (value) => graph.uint32(value),
    add,
    xor: (a, b) => graph.node('BitwiseXor', [a, b]),
    rotate: (a, bits) => add(graph.node('Mul', [a, graph.uint32(2 ** bits)]), shift(graph, a, 32 - bits)),
  };
};

export const threefry2x32: Lowering<'threefry2x32'> = ({ graph, inputs }) => {
  const [k0, k1, c0, c1] = inputs.map((input) => cast(graph, input, 'uint32')) as [
    string,
    string,
    string,
    string,
  ];
  return blocks(arithmetic(graph), [k0, k1], [c0, c1]).map((word) => cast(graph, word, 'int32'));
};
