// Lowers reductions, and primitives that normalize along an axis.

import type { Primitive } from '@gaussmark/autodiff';
import { ELEMENT_TYPE } from '../onnx/proto.js';
import type { Lowering } from './lowering.js';

type Reduction = Extract<Primitive, 'reduceSum' | 'reduceMax'>;

// To ONNX, an empty list of axes means all axes.
const reduction =
  (operator: 'ReduceSum' | 'ReduceSumSquare' | 'ReduceMax'): Lowering<Reduction> =>
  ({ graph, inputs, params: { axes, keepDims } }) =>
    axes.length === 0
      ? inputs[0]!
      : graph.node(operator, [inputs[0]!, graph.int64s(axes)], { keepdims: keepDims ? 1 : 0 });

export const reduceMax = reduction('ReduceMax');

/** With two equal operands, the sum of their product: see fuse.ts. */
export const reduceSum: Lowering<'reduceSum'> = (input) => {
  const { inputs, params } = input;
  if (inputs.length === 1) return reduction('ReduceSum')(input);
  return params.axes.length === 0 ? input.graph.node('Mul', inputs) : reduction('ReduceSumSquare')(input);
};

// ArgMax returns int64.
export const argMax: Lowering<'argMax'> = ({ graph, inputs, params: { axis } }) =>
  graph.node('Cast', [graph.node('ArgMax', inputs, { axis, keepdims: 0, select_last_index: 0 })], {
    to: ELEMENT_TYPE.int32,
  });

export const alongAxis =
  (operator: 'Softmax' | 'LogSoftmax'): Lowering<'softmax' | 'logSoftmax'> =>
  ({ graph, inputs, params: { axis } }) =>
    graph.node(operator, inputs, { axis });
