// Lowers matrix products. Operands are transposed by the product itself, which names the axes that it contracts.

import type { Value } from './block.js';
import { listText } from './literal.js';
import { signatureText } from './operations.js';
import type { Lowering } from './rule.js';

export const matmul: Lowering<'matmul'> = ({ block, inputs, params, equation, precision }) => {
  const [a, b] = inputs as [Value, Value];
  const { type } = equation.outputs[0]!;
  const rank = type.shape.length;
  const contracted = [params.transposeA ? rank - 2 : rank - 1, params.transposeB ? rank - 1 : rank - 2];
  const batch = listText(Array.from({ length: rank - 2 }, (_, axis) => axis));
  const word = precision.toUpperCase();
  const attributes = [
    ...(rank > 2 ? [`batching_dims = ${batch} x ${batch}`] : []),
    `contracting_dims = [${contracted[0]}] x [${contracted[1]}]`,
    `precision = [${word}, ${word}]`,
  ];
  return block.add(
    type,
    `stablehlo.dot_general ${a.name}, ${b.name}, ${attributes.join(', ')} : ${signatureText([a, b], type)}`,
  );
};
