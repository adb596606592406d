// The type of a lowering: a rule that turns one equation into operations of StableHLO.

import type { EquationOf, Primitive, PrimitiveParams } from '@gaussmark/autodiff';
import type { Block, Value } from './block.js';

/** Precision of float32 products: `highest` is float32 throughout; with `default`, a GPU may round operands to TF32. */
export type Precision = 'highest' | 'default';

/** What runs the module. A GPU's library has fast kernels for all convolutions. */
export type Target = 'cpu' | 'gpu';

export interface LoweringInput<P extends Primitive> {
  /** The block to add operations to. */
  readonly block: Block;
  /** The operands. */
  readonly inputs: readonly Value[];
  readonly params: PrimitiveParams[P];
  readonly equation: EquationOf<P>;
  readonly precision: Precision;
  readonly target: Target;
}

/**
 * Adds the operations of an equation; returns its output or outputs. An output may be an operand: then the equation costs
 * nothing.
 */
export type Lowering<P extends Primitive> = (input: LoweringInput<P>) => Value | readonly Value[];

export type LoweringTable = { readonly [P in Primitive]: Lowering<P> };
