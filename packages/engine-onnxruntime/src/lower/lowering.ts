// The type of a lowering: a rule that turns one equation into ONNX nodes.

import type { EquationOf, Primitive, PrimitiveParams, TensorType } from '@gaussmark/autodiff';
import type { Graph } from '../onnx/graph.js';

export interface LoweringInput<P extends Primitive> {
  /** The graph to add nodes to. */
  readonly graph: Graph;
  /** Names of the operands. */
  readonly inputs: readonly string[];
  /** Types of the operands. */
  readonly types: readonly TensorType[];
  readonly params: PrimitiveParams[P];
  readonly equation: EquationOf<P>;
}

/**
 * Adds the nodes of an equation; returns the name or names of its outputs. An output may be an operand's name: then the equation
 * costs nothing.
 */
export type Lowering<P extends Primitive> = (input: LoweringInput<P>) => string | readonly string[];

export type LoweringTable = { readonly [P in Primitive]: Lowering<P> };
