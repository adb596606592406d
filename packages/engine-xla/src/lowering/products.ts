// Lowers matrix products. Operands are transposed by the product itself, which names the axes that it contracts.

import type { Block, Value } from './block.js';
import { listText } from './literal.js';
import { signatureText } from './operations.js';
import type { Lowering, Precision } from './rule.js';

/** The product over one axis of each operand; their leading axes before the last two are a batch. */
export function contract(
  block: Block,
  a: Value,
  b: Value,
  axes: readonly [number, number],
  precision: Precision,
): Value {
  const rank = a.type.shape.length;
  const leading = Array.from({ length: rank - 2 }, (_, axis) => axis);
  const kept = ({ type }: Value, axis: number) => type.shape.filter((_, k) => k >= rank - 2 && k !== axis);
  const shape = [...a.type.shape.slice(0, rank - 2), ...kept(a, axes[0]), ...kept(b, axes[1])];
  const type = { dtype: a.type.dtype, shape };
  const word = precision.toUpperCase();
  const attributes = [
    ...(rank > 2 ? [`batching_dims = ${listText(leading)} x ${listText(leading)}`] : []),
    `contracting_dims = [${axes[0]}] x [${axes[1]}]`,
    `precision = [${word}, ${word}]`,
  ];
  return block.add(
    type,
    `stablehlo.dot_general ${a.name}, ${b.name}, ${attributes.join(', ')} : ${signatureText([a, b], type)}`,
  );
}

export const matmul: Lowering<'matmul'> = ({ block, inputs, params, precision }) => {
  const [a, b] = inputs as [Value, Value];
  const rank = a.type.shape.length;
  const axes = [params.transposeA ? rank - 2 : rank - 1, params.transposeB ? rank - 1 : rank - 2] as const;
  return contract(block, a, b, axes, precision);
};
