// Type checks programs: every variable is defined once, before its uses, and every equation has the types of its rule.

import { inferTypes } from './infer.js';
import { type Atom, Constant, type Program, Variable } from './program.js';
import { subPrograms } from './sub-programs.js';
import { formatType, holds, sameType } from './types.js';

/**
 * Checks a whole program, including its loops and branches.
 *
 * @throws Error if the program is malformed, because of a bug in the pass that made it
 * @example
 * checkProgram(trace((x: Tensor) => neg(x), { dtype: 'int32', shape: [3] }).program); // = undefined
 */
export function checkProgram(program: Program): void {
  const defined = new Set<Atom>();
  const define = (variable: Variable) => {
    if (defined.has(variable)) throw new Error('internal: a variable is defined twice');
    defined.add(variable);
  };
  const demandDefined = (atom: Atom, where: string) => {
    if (atom instanceof Variable && !defined.has(atom)) {
      throw new Error(
        `internal: ${where} uses a ${formatType(atom.type)} variable that is not defined before it`,
      );
    }
    if (atom instanceof Constant && !holds(atom.type, atom.data)) {
      throw new Error(
        `internal: ${where} uses a ${formatType(atom.type)} constant whose data is a ` +
          `${atom.data.constructor.name} of ${atom.data.length}`,
      );
    }
  };
  for (const input of program.inputs) define(input);
  for (const [i, equation] of program.equations.entries()) {
    const where = `equation ${i} (${equation.primitive})`;
    for (const input of equation.inputs) demandDefined(input, where);
    const types = inferTypes(
      equation.primitive,
      equation.params,
      equation.inputs.map((input) => input.type),
    );
    const fits =
      types.length === equation.outputs.length &&
      types.every((t, j) => sameType(t, equation.outputs[j]!.type));
    if (!fits)
      throw new Error(
        `internal: ${where} has outputs of other types than (${types.map(formatType).join(', ')})`,
      );
    for (const output of equation.outputs) define(output);
    for (const inner of subPrograms(equation)) checkProgram(inner.program);
  }
  for (const output of program.outputs) demandDefined(output, 'the result');
}
