// Lowerings of primitives that move elements: reshape, transpose, broadcast, concat, slice, pad.

import { type Shape, sameShape } from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';
import type { Lowering } from './lowering.js';

export function reshapeTo(graph: Graph, value: string, shape: Shape): string {
  // allowzero: a 0 is a size, not a placeholder for the operand's.
  return graph.node('Reshape', [value, graph.int64s(shape)], shape.includes(0) ? { allowzero: 1 } : {});
}

export const reshape: Lowering<'reshape'> = ({ graph, inputs, types: [type], params: { shape } }) =>
  sameShape(type!.shape, shape) ? inputs[0]! : reshapeTo(graph, inputs[0]!, shape);

export const transpose: Lowering<'transpose'> = ({
  graph,
  inputs,
  types: [type],
  params: { permutation },
}) => {
  if (permutation.every((axis, i) => axis === i)) return inputs[0]!;
  // Axes of size 1 may move anywhere: the elements stay in order if the others do.
  const moved = permutation.filter((axis) => type!.shape[axis] !== 1);
  const inOrder = moved.every((axis, i) => i === 0 || moved[i - 1]! < axis);
  if (!inOrder) return graph.node('Transpose', inputs, { perm: permutation });
  return reshapeTo(
    graph,
    inputs[0]!,
    permutation.map((axis) => type!.shape[axis]!),
  );
};

export const broadcast: Lowering<'broadcast'> = ({ graph, inputs, types: [type], params: { shape } }) =>
  sameShape(type!.shape, shape) ? inputs[0]! : graph.node('Expand', [inputs[0]!, graph.int64s(shape)]);

export const concat: Lowering<'concat'> = ({ graph, inputs, params: { axis } }) =>
  inputs.length === 1 ? inputs[0]! : graph.node('Concat', inputs, { axis });

export const slice: Lowering<'slice'> = ({ graph, inputs, types: [type], params: { starts, stops } }) => {
  const axes = type!.shape.flatMap((size, axis) =>
    starts[axis] === 0 && stops[axis] === size ? [] : [axis],
  );
  if (axes.length === 0) return inputs[0]!;
  const along = (values: readonly number[]) => graph.int64s(axes.map((axis) => values[axis]!));
  return graph.node('Slice', [inputs[0]!, along(starts), along(stops), graph.int64s(axes)]);
};

export const pad: Lowering<'pad'> = ({ graph, inputs, params: { before, after } }) => {
  if ([...before, ...after].every((count) => count === 0)) return inputs[0]!;
  return graph.node('Pad', [inputs[0]!, graph.int64s([...before, ...after])], { mode: 'constant' });
};
