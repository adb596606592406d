// Large constants as inputs: text is a poor place for a training set, and XLA would fold it at compile time.

import {
  type Atom,
  Constant,
  type Equation,
  loopOperands,
  type Program,
  scanOperands,
  sizeOf,
  Variable,
} from '@gaussmark/autodiff';

/** Constants up to this size stay. */
const MAX_ELEMENTS = 1024;

export interface Lifted {
  readonly program: Program;
  /** What the new inputs stand for, in order. */
  readonly constants: readonly Constant[];
}

/** The program with its large constants as inputs after all others, those of loops and branches included. */
export function liftConstants(program: Program): Lifted {
  return lift(program, program.inputs.length);
}

/** @param at where the new inputs go */
function lift(program: Program, at: number): Lifted {
  const lifted = new Map<Constant, Variable>();
  const read = (atom: Atom): Atom => {
    if (!(atom instanceof Constant) || sizeOf(atom.type.shape) <= MAX_ELEMENTS) return atom;
    const variable = lifted.get(atom) ?? new Variable(atom.type);
    lifted.set(atom, variable);
    return variable;
  };
  const equations = program.equations.map((equation) => {
    const outer = withInnerLifted(equation);
    return { ...outer, inputs: outer.inputs.map(read) } as Equation;
  });
  const outputs = program.outputs.map(read);
  const inputs = program.inputs.toSpliced(at, 0, ...lifted.values());
  return { program: { inputs, equations, outputs }, constants: [...lifted.keys()] };
}

/** The equation with the large constants of its programs as further captures. */
function withInnerLifted(equation: Equation): Equation {
  switch (equation.primitive) {
    case 'while': {
      const { params } = equation;
      const operands = loopOperands(params, equation.inputs);
      const condition = lift(params.condition, params.conditionCaptures);
      const body = lift(params.body, params.bodyCaptures);
      return {
        ...equation,
        params: {
          ...params,
          condition: condition.program,
          body: body.program,
          conditionCaptures: params.conditionCaptures + condition.constants.length,
          bodyCaptures: params.bodyCaptures + body.constants.length,
        },
        inputs: [
          ...operands.condition,
          ...condition.constants,
          ...operands.body,
          ...body.constants,
          ...operands.carry,
        ],
      };
    }
    case 'scan': {
      const { params } = equation;
      const { captures, carry, xs } = scanOperands(params, equation.inputs);
      const body = lift(params.body, params.captures);
      return {
        ...equation,
        params: { ...params, body: body.program, captures: params.captures + body.constants.length },
        inputs: [...captures, ...body.constants, ...carry, ...xs],
      };
    }
    case 'cond': {
      const { ifTrue, ifFalse } = equation.params;
      const [yes, no] = [lift(ifTrue, ifTrue.inputs.length), lift(ifFalse, ifFalse.inputs.length)];
      const unused = (constants: readonly Constant[]) => constants.map(({ type }) => new Variable(type));
      return {
        ...equation,
        params: {
          ifTrue: { ...yes.program, inputs: [...yes.program.inputs, ...unused(no.constants)] },
          ifFalse: {
            ...no.program,
            inputs: no.program.inputs.toSpliced(ifFalse.inputs.length, 0, ...unused(yes.constants)),
          },
        },
        inputs: [...equation.inputs, ...yes.constants, ...no.constants],
      };
    }
    default:
      return equation;
  }
}
