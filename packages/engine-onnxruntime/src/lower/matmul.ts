// The lowering of matrix products.

import type { EquationOf, PrimitiveParams, Shape, TensorType } from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';
import type { Lowering } from './lowering.js';

/** A matrix product as fuse.ts leaves it: with a third operand C, scale op(A) op(B) + C. */
export type FusedProduct = PrimitiveParams['matmul'] & { readonly scale?: number };

/** Exchanges the last two axes. */
function swapLast(shape: Shape): number[] {
  const axes = shape.map((_, axis) => axis);
  return [...axes.slice(0, -2), shape.length - 1, shape.length - 2];
}

/** Sizes of a result from which A'B is computed with a transposition apart. */
const WIDE = 64;
/** So many times as many rows as columns make a result thin. Below, turning it round costs what it saves. */
const THIN = 3;

// A'B with a transposition by itself: A' times B, or where B is thin, the transpose of B' times A. Gemm's own way to read A
// transposed is slower: for a gradient of (784, 20) from a batch of 1000, 1.1 times as long in float64 and 1.6 times in
// float32 (ONNX Runtime 1.30); for one of (1024, 1024), 1.2 and 1.04 times. docs/performance.md has more sizes.
type Form = 'as it stands' | 'transpose A' | 'transpose B and the result';

function formOf([a, b]: readonly TensorType[], { transposeA, transposeB }: PrimitiveParams['matmul']): Form {
  if (!transposeA || transposeB || a!.shape.length > 2) return 'as it stands';
  const [rows, columns] = [a!.shape[1]!, b!.shape[1]!];
  if (Math.max(rows, columns) < WIDE) return 'as it stands';
  return rows < THIN * columns ? 'transpose A' : 'transpose B and the result';
}

/** Whether the product takes a third operand. */
export function takesAddend({ inputs, params }: EquationOf<'matmul'>): boolean {
  const types = inputs.map(({ type }) => type);
  return types[0]!.shape.length === 2 && formOf(types, params) !== 'transpose B and the result';
}

// Gemm reads its operands transposed in place; it knows matrices only. For batches the native optimizer joins the
// transposition to the product.
export const matmul: Lowering<'matmul'> = ({ graph, inputs, types, params }) => {
  const { transposeA, transposeB, scale = 1 }: FusedProduct = params;
  const [a, b, ...addend] = inputs as [string, string, ...string[]];
  if (addend.length === 0 && !transposeA && !transposeB) return graph.node('MatMul', [a, b]);
  const [typeA, typeB] = types;
  const scaled = scale === 1 ? {} : { alpha: { float: scale } };
  if (typeA!.shape.length === 2) {
    switch (formOf(types, params)) {
      case 'transpose A':
        return graph.node('Gemm', [swapped(graph, a), b, ...addend], scaled);
      case 'transpose B and the result':
        return swapped(graph, graph.node('Gemm', [swapped(graph, b), a]));
      case 'as it stands': {
        const transposed = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
        return graph.node('Gemm', [a, b, ...addend], { ...transposed, ...scaled });
      }
    }
  }
  const left = transposeA ? graph.node('Transpose', [a], { perm: swapLast(typeA!.shape) }) : a;
  const right = transposeB ? graph.node('Transpose', [b], { perm: swapLast(typeB!.shape) }) : b;
  return graph.node('MatMul', [left, right]);
};

function swapped(graph: Graph, value: string): string {
  return graph.node('Transpose', [value], { perm: [1, 0] });
}
