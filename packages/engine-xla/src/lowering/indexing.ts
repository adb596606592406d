// Lowers rows by index: gathered, and added into zeros.

import type { Value } from './block.js';
import { listText, typeText } from './literal.js';
import { elementwise, signatureText } from './operations.js';
import type { Lowering } from './rule.js';

const axesFrom = (first: number, count: number) => Array.from({ length: count }, (_, k) => first + k);

/** Indices out of range are moved into it by XLA; the primitive does not allow them. */
export const take: Lowering<'take'> = ({ block, inputs, equation }) => {
  const [x, indices] = inputs as [Value, Value];
  const { type } = equation.outputs[0]!;
  const rest = x.type.shape.slice(1);
  if (type.shape.includes(0)) return block.zeros(type);
  const numbers = [
    `offset_dims = ${listText(axesFrom(1, rest.length))}`,
    'collapsed_slice_dims = [0]',
    'start_index_map = [0]',
    'index_vector_dim = 1',
  ].join(', ');
  const attributes = [
    `dimension_numbers = #stablehlo.gather<${numbers}>`,
    'indices_are_sorted = false',
    `slice_sizes = array<i64: ${[1, ...rest].join(', ')}>`,
  ].join(', ');
  return block.add(
    type,
    `"stablehlo.gather"(${x.name}, ${indices.name}) <{${attributes}}> : ${signatureText([x, indices], type)}`,
  );
};

export const scatterAdd: Lowering<'scatterAdd'> = ({ block, inputs, equation }) => {
  const [rows, indices] = inputs as [Value, Value];
  const { type } = equation.outputs[0]!;
  const zeros = block.zeros(type);
  if (rows.type.shape.includes(0)) return zeros;
  const numbers = [
    `update_window_dims = ${listText(axesFrom(1, type.shape.length - 1))}`,
    'inserted_window_dims = [0]',
    'scatter_dims_to_operand_dims = [0]',
    'index_vector_dim = 1',
  ].join(', ');
  const attributes = [
    'indices_are_sorted = false',
    `scatter_dimension_numbers = #stablehlo.scatter<${numbers}>`,
    'unique_indices = false',
  ].join(', ');
  const scalar = { dtype: type.dtype, shape: [] } as const;
  const combine = block.nested();
  const [a, b] = [combine.argument(scalar), combine.argument(scalar)];
  combine.terminate('stablehlo.return', [elementwise(combine, 'add', a, b)]);
  const operands = [zeros, indices, rows];
  const head = `"stablehlo.scatter"(${operands.map(({ name }) => name).join(', ')}) <{${attributes}}>`;
  const region = `^bb0(${[a, b].map(({ name }) => `${name}: ${typeText(scalar)}`).join(', ')}):`;
  return block.add(
    type,
    `${head} ({\n${block.indent}  ${region}\n${combine}${block.indent}}) : ${signatureText(operands, type)}`,
  );
};
