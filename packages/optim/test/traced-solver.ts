// Shared by the tests of conjugate gradients: a matrix as an operator, and the results of a traced solve.

import {
  matmul,
  reshape,
  type Tensor,
  type TensorType,
  type TensorValue,
  type Tree,
  trace,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';

/** The product with a matrix of `size` rows and columns. */
export const product = (matrix: Tensor, v: Tensor, size: number): Tensor =>
  reshape(matmul(matrix, reshape(v, [size, 1])), [size]);

/** Traces a solve once; returns a function on values. Solution and residual are vectors. */
export function tracedSolver(solve: (...inputs: Tensor[]) => Tree<Tensor>, types: readonly TensorType[]) {
  const { program, output } = trace(solve, ...types);
  return (inputs: readonly TensorValue[]) => {
    const values = tree.unflatten(output, evaluate(program, inputs)) as Readonly<Record<string, TensorValue>>;
    const numbers = (name: string) => [...values[name]!.data];
    return {
      solution: numbers('solution'),
      residual: numbers('residual'),
      norm: numbers('residualNorm')[0]!,
      iterations: numbers('iterations')[0]!,
      history: numbers('residualHistory'),
      stopReason: numbers('stopReason')[0]!,
    };
  };
}
