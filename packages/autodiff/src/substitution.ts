// Substitution: a program on other operands.

import { type Atom, type Equation, type Program, Variable } from './program.js';

/** Equations, and the atoms that hold the results. */
export type Instance = Pick<Program, 'equations' | 'outputs'>;

/**
 * The same program with other atoms in the places where it reads some. What it defines stays, its inputs too.
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
 * A program's equations on given operands, with new variables: a program may be used in any number of places. Programs inside
 * loops and branches are closed, and shared.
 *
 * @param operands one for each input
 * @param results variables to compute the program's outputs, which are distinct results of equations; new ones by default
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
