// Substitution: rewrites what a program reads, and applies programs to operands.

import { type Atom, type Equation, type Program, Variable } from './program.js';

/** A program's equations and results, without inputs. */
export type Instance = Pick<Program, 'equations' | 'outputs'>;

/**
 * Replaces atoms wherever a program reads them. Its inputs and the variables it defines stay.
 *
 * @internal
 */
export function substitute(program: Program, bindings: ReadonlyMap<Atom, Atom>): Program {
  const read = (atom: Atom) => bindings.get(atom) ?? atom;
  return {
    inputs: program.inputs,
    equations: program.equations.map(
      (equation) => ({ ...equation, inputs: equation.inputs.map(read) }) as Equation,
    ),
    outputs: program.outputs.map(read),
  };
}

/**
 * Applies a program to operands: its equations, with fresh variables, so it can be used any number of times. Inner programs are
 * closed, so instances share them.
 *
 * @param operands one for each input
 * @param results variables for the program's outputs, which must then be distinct results of equations; fresh ones by default
 * @example
 * const { program } = trace((x: Tensor) => neg(x), { dtype: 'int32', shape: [3] });
 * instantiate(program, [new Variable({ dtype: 'int32', shape: [3] })]).equations[0].primitive; // = 'neg'
 */
export function instantiate(
  program: Program,
  operands: readonly Atom[],
  results: readonly Variable[] = [],
): Instance {
  const values = new Map<Atom, Atom>(program.inputs.map((input, i) => [input, operands[i]!]));
  const read = (atom: Atom): Atom => values.get(atom) ?? atom;
  const named = new Map(results.map((result, i) => [program.outputs[i]!, result]));
  const equations = program.equations.map((equation) => {
    const inputs = equation.inputs.map(read);
    const outputs = equation.outputs.map((output) => named.get(output) ?? new Variable(output.type));
    for (const [i, output] of equation.outputs.entries()) values.set(output, outputs[i]!);
    return { ...equation, inputs, outputs } as Equation;
  });
  return { equations, outputs: program.outputs.map(read) };
}
