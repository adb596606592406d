// Traces functions into programs, the form in which plugins and engines exchange them.

import { checkProgram } from './check.js';
import type { Program } from './program.js';
import { simplify } from './simplify.js';
import { Builder, type Tensor, withBuilder } from './trace.js';
import { leaves, type Structure, structureOf, type Tree, unflatten } from './tree.js';
import type { TensorType } from './types.js';

/** A function as a program, with the trees of its flat inputs and outputs. */
export interface Traced {
  readonly program: Program;
  /** One per argument. */
  readonly inputs: readonly Structure[];
  readonly output: Structure;
}

/**
 * Runs a function once on tensors without values, and returns what it does as a simplified program.
 *
 * @param fn a pure function of trees of tensors
 * @param types a tree of types for each argument
 * @example
 * const { program } = trace((x: Tensor) => add(mul(x, x), 1), { dtype: 'float64', shape: [3] });
 * program.equations.map(({ primitive }) => primitive); // = ['mul', 'add']
 */
export function trace(fn: (...args: never[]) => Tree<Tensor>, ...types: readonly Tree<TensorType>[]): Traced {
  const builder = new Builder(null, false);
  return withBuilder(builder, () => {
    const inputs = types.map((tree) => structureOf(tree, 'trace: the types of the arguments'));
    const args = types.map((tree, i) =>
      unflatten(
        inputs[i]!,
        leaves<TensorType>(tree, inputs[i]).map((type) => builder.input(type)),
      ),
    );
    const result = (fn as (...inputs: Tree<Tensor>[]) => Tree<Tensor>)(...args);
    const output = structureOf(result, 'trace: the result of the function');
    const program = simplify(builder.close(leaves(result, output)).program);
    checkProgram(program);
    return { program, inputs, output };
  });
}
