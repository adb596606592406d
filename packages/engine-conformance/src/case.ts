// A conformance case: a program, the values it runs on, and how near to the reference its results must come.

import {
  type Atom,
  Constant,
  type DType,
  type Equation,
  inferTypes,
  type Primitive,
  type PrimitiveParams,
  type Program,
  type TensorValue,
  Variable,
} from '@gaussmark/autodiff';
import type { Tolerance } from './tolerance.js';

export interface ConformanceCase {
  /** What is checked, a row of the table: a primitive, or `sgn on mnist`. */
  readonly subject: string;
  /** What is particular about it: `[3,1] with [1,5]`. */
  readonly name: string;
  /** The dtype it is about. */
  readonly dtype: DType;
  readonly program: Program;
  readonly inputs: readonly TensorValue[];
  readonly tolerance: Tolerance;
  /** How loops run; without loops it makes no difference. Default `fused`. */
  readonly loops?: 'fused' | 'hosted';
  /** How often `onIteration` is called under `hosted`, by the name of an outermost loop. */
  readonly iterations?: Readonly<Record<string, number>>;
  /**
   * For each output, the input that it is the next value of, or null: parameters of a step. Their error is measured on
   * the scale of the change, which may be a thousand times smaller than the value.
   */
  readonly updates?: readonly (number | null)[];
}

/** One primitive on given operands; primitives with the same parameters can share them. */
export type Example<P extends Primitive> = ExampleWith<PrimitiveParams[P]>;

export interface ExampleWith<Params> {
  readonly name: string;
  readonly dtype: DType;
  readonly params: Params;
  /** Constants stay constants; values become inputs. */
  readonly operands: readonly (TensorValue | Constant)[];
}

/**
 * A program of this one equation. It is not simplified: an engine sees the primitive whatever it is applied to.
 *
 * @throws TypeError if the operands do not fit the primitive
 */
export function equationProgram<P extends Primitive>(
  primitive: P,
  { params, operands }: Pick<Example<P>, 'params' | 'operands'>,
): { readonly program: Program; readonly inputs: readonly TensorValue[] } {
  const atoms = operands.map(
    (operand): Atom => (operand instanceof Constant ? operand : new Variable(operand.type)),
  );
  const types = inferTypes(
    primitive,
    params,
    operands.map(({ type }) => type),
  );
  const outputs = types.map((type) => new Variable(type));
  // The compiler cannot see that a primitive and its own parameters make one of the union.
  const equation = { primitive, params, inputs: atoms, outputs } as unknown as Equation;
  return {
    program: { inputs: atoms.filter((atom) => atom instanceof Variable), equations: [equation], outputs },
    inputs: operands.filter((operand) => !(operand instanceof Constant)),
  };
}
