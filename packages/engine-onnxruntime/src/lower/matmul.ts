// Lowers matrix products.

import type { EquationOf, PrimitiveParams, Shape, TensorType } from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';
import type { Lowering } from './lowering.js';

/** A matrix product fused by fuse.ts with a third operand C: scale op(A) op(B) + C. */
export type FusedProduct = PrimitiveParams['matmul'] & { readonly scale?: number };

/** Swaps the last two axes. */
function swapLast(shape: Shape): number[] {
  const axes = shape.map((_, axis) => axis);
  return [...axes.slice(0, -2), shape.length - 1, shape.length - 2];
}

/** From this size on, A'B is computed with a separate transposition. */
const WIDE = 64;
/** A result is thin if it has this many times as many rows as columns. Below, transposing it costs what it saves. */
const THIN = 3;

// A'B with a separate transposition: A' times B, or if B is thin, the transpose of B' times A. Gemm itself reads a transposed A
// more slowly: for a gradient of (784, 20) from a batch of 1000, 1.1 times as long in float64 and 1.6 times in float32
// (ONNX Runtime 1.30); for (1024, 1024), 1.2 and 1.04 times. docs/performance.md has more sizes.
type Form = 'direct' | 'transpose A' | 'transpose B and the result';

function formOf([a, b]: readonly TensorType[], { transposeA, transposeB }: PrimitiveParams['matmul']): Form {
  if (!transposeA || transposeB || a!.shape.length > 2) return 'direct';
  const [rows, columns] = [a!.shape[1]!, b!.shape[1]!];
  if (Math.max(rows, columns) < WIDE) return 'direct';
  return rows < THIN * columns ? 'transpose A' : 'transpose B and the result';
}

/** Whether the product can take a third operand. */
export function takesAddend({ inputs, params }: EquationOf<'matmul'>): boolean {
  const types = inputs.map(({ type }) => type);
  return types[0]!.shape.length === 2 && formOf(types, params) !== 'transpose B and the result';
}

// Gemm reads transposed operands in place, but only matrices. For batches the native optimizer merges the transposition into the
// product.
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
      case 'direct': {
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
