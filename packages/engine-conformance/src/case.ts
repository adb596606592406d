// A conformance case: a program, its inputs, and how close to the reference its results must be.

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
  /** The subject, a row of the table: a primitive, or `sgn on mnist`. */
  readonly subject: string;
  /** What distinguishes the case: `[3,1] with [1,5]`. */
  readonly name: string;
  /** The dtype under test. */
  readonly dtype: DType;
  readonly program: Program;
  readonly inputs: readonly TensorValue[];
  readonly tolerance: Tolerance;
  /** How loops run; irrelevant without loops. Default `fused`. */
  readonly loops?: 'fused' | 'hosted';
  /** Expected calls of `onIteration` under `hosted`, by the name of an outermost loop. */
  readonly iterations?: Readonly<Record<string, number>>;
  /**
   * For each output, the input that it updates, or null: parameters of a step. Their error is measured relative to the change,
   * which may be a thousand times smaller than the value.
   */
  readonly updates?: readonly (number | null)[];
}

/** A primitive applied to given operands; primitives with the same parameters can share examples. */
export type Example<P extends Primitive> = ExampleWith<PrimitiveParams[P]>;

export interface ExampleWith<Params> {
  readonly name: string;
  readonly dtype: DType;
  readonly params: Params;
  /** Constants stay constants; values become inputs. */
  readonly operands: readonly (TensorValue | Constant)[];
}

/**
 * A program with this single equation. It is not simplified, so the engine really gets the primitive.
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
  // TypeScript cannot see that a primitive and its own parameters form a member of the union.
  const equation = { primitive, params, inputs: atoms, outputs } as unknown as Equation;
  return {
    program: { inputs: atoms.filter((atom) => atom instanceof Variable), equations: [equation], outputs },
    inputs: operands.filter((operand) => !(operand instanceof Constant)),
  };
}
