// Lowers gather and scatter.

import { sizeOf } from '@gaussmark/autodiff';
import { reshapeTo, zeros } from './layout.js';
import type { Lowering } from './lowering.js';

export const take: Lowering<'take'> = ({ graph, inputs }) => graph.node('Gather', inputs, { axis: 0 });

// ScatterND with reduction 'add' would move whole rows, 50 times as fast, but on two threads it loses additions if indices
// repeat (in ONNX Runtime 1.30, some rows were missing from the sums, different ones in each run). ScatterElements adds in
// order; it needs an index for each element.
export const scatterAdd: Lowering<'scatterAdd'> = ({ graph, inputs, types, params: { size } }) => {
  const [rows, indices] = inputs as [string, string];
  const { dtype, shape } = types[0]!;
  const start = zeros(graph, { dtype, shape: [size, ...shape.slice(1)] });
  let index = indices;
  if (shape.length > 1) {
    const column = reshapeTo(graph, indices, [shape[0]!, ...shape.slice(1).map(() => 1)]);
    index = sizeOf(shape.slice(1)) === 1 ? column : graph.node('Expand', [column, graph.int64s(shape)]);
  }
  return graph.node('ScatterElements', [start, index, rows], { axis: 0, reduction: 'add' });
};
