// The lowering of matrix products.

import type { Shape } from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';
import type { Lowering } from './lowering.js';

/** Exchanges the last two axes. */
function swapLast(shape: Shape): number[] {
  const axes = shape.map((_, axis) => axis);
  return [...axes.slice(0, -2), shape.length - 1, shape.length - 2];
}

/** Sizes of a result from which A'B is computed with a transposition apart. */
const WIDE = 64;

// Gemm reads its operands transposed in place, and adds a third one (see fuse.ts); it knows matrices only. For batches the
// native optimizer joins the transposition to the product.
export const matmul: Lowering<'matmul'> = ({ graph, inputs, types, params: { transposeA, transposeB } }) => {
  const [a, b, addend] = inputs as [string, string, string?];
  if (addend === undefined && !transposeA && !transposeB) return graph.node('MatMul', [a, b]);
  const [typeA, typeB] = types;
  if (typeA!.shape.length === 2) {
    if (addend === undefined && transposeA && !transposeB) {
      const [rows, columns] = [typeA!.shape[1]!, typeB!.shape[1]!];
      if (Math.max(rows, columns) >= WIDE) return transposedProduct(graph, a, b, rows >= 4 * columns);
    }
    return graph.node('Gemm', inputs, { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 });
  }
  const left = transposeA ? graph.node('Transpose', [a], { perm: swapLast(typeA!.shape) }) : a;
  const right = transposeB ? graph.node('Transpose', [b], { perm: swapLast(typeB!.shape) }) : b;
  return graph.node('MatMul', [left, right]);
};

// A'B, with a transposition by itself: A' times B, or where B is thin, the transpose of B' times A. Gemm's own way to read A
// transposed is slow: for a gradient of (784, 20) from a batch of 1000 it takes 1.4 times as long in float64 and twice in
// float32 (ONNX Runtime 1.30), for one of (1024, 1024) 1.1 to 1.4 times.
function transposedProduct(graph: Graph, a: string, b: string, isThin: boolean): string {
  const swapped = (value: string) => graph.node('Transpose', [value], { perm: [1, 0] });
  return isThin ? swapped(graph.node('Gemm', [swapped(b), a])) : graph.node('Gemm', [swapped(a), b]);
}
