// The lowering of matrix products.

import type { Shape } from '@gaussmark/autodiff';
import type { Lowering } from './lowering.js';

/** Exchanges the last two axes. */
function swapLast(shape: Shape): number[] {
  const axes = shape.map((_, axis) => axis);
  return [...axes.slice(0, -2), shape.length - 1, shape.length - 2];
}

// Gemm reads its operands transposed in place; it knows matrices only. For batches the native optimizer joins the
// transposition to the product.
export const matmul: Lowering<'matmul'> = ({ graph, inputs, types, params: { transposeA, transposeB } }) => {
  const [a, b] = inputs as [string, string];
  if (!transposeA && !transposeB) return graph.node('MatMul', [a, b]);
  const [typeA, typeB] = types;
  if (typeA!.shape.length === 2) {
    return graph.node('Gemm', [a, b], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 });
  }
  const left = transposeA ? graph.node('Transpose', [a], { perm: swapLast(typeA!.shape) }) : a;
  const right = transposeB ? graph.node('Transpose', [b], { perm: swapLast(typeB!.shape) }) : b;
  return graph.node('MatMul', [left, right]);
};
