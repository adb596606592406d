// Splitting: a program cut at its loops into straight programs and loop steps, for a host that drives the loops.

import {
  type Atom,
  Constant,
  type Equation,
  type EquationOf,
  type Program,
  Variable,
} from '@gaussmark/autodiff';

/**
 * The program runs as block 0, loop 0, block 1, loop 1, ..., the last block. Values that pass between them are named by
 * the program's own variables; where a part has an input that is a constant, it is that constant.
 */
export interface SplitProgram {
  readonly blocks: readonly Block[];
  /** One fewer than blocks. */
  readonly loops: readonly HostedLoop[];
}

/** The equations between two loops. */
export interface Block {
  readonly program: Program;
  /** Where the inputs of `program` come from. */
  readonly inputs: readonly Variable[];
  /** What its outputs are; in the last block, the outputs of the whole program. */
  readonly outputs: readonly Atom[];
  /** The last output of a block before a loop tells whether to enter the loop; it is not among `outputs`. */
  readonly entersLoop: boolean;
}

export interface HostedLoop {
  readonly name: string;
  /** (captures..., carry...) -> (carry..., whether to go on): the body, and the condition on what it returns. */
  readonly step: Program;
  readonly captures: readonly Variable[];
  readonly init: readonly Atom[];
  /** The loop's outputs, the last carry. */
  readonly outputs: readonly Variable[];
}

type Loop = EquationOf<'while'>;

/** Whether there is a loop that {@link splitProgram} cuts at. */
export function hasLoops(program: Program): boolean {
  return program.equations.some(({ primitive }) => primitive === 'while');
}

/** Cuts a program at its outermost loops. Loops inside loops and branches stay where they are. */
export function splitProgram(program: Program): SplitProgram {
  const runs: Equation[][] = [[]];
  const loops: Loop[] = [];
  for (const equation of program.equations) {
    if (equation.primitive === 'while') {
      loops.push(equation);
      runs.push([]);
    } else {
      runs.at(-1)!.push(equation);
    }
  }
  const blocks: Block[] = [];
  // From the end, so that what later parts need is known.
  const needed = new Set<Atom>();
  for (let i = runs.length - 1; i >= 0; i--) {
    const loop = loops[i];
    if (loop !== undefined) for (const input of loop.inputs) needed.add(input);
    const block =
      loop === undefined ? lastBlock(runs[i]!, program.outputs) : blockBefore(loop, runs[i]!, needed);
    for (const input of block.inputs) needed.add(input);
    blocks.unshift(block);
  }
  return { blocks, loops: loops.map(hostedLoop) };
}

function lastBlock(equations: readonly Equation[], outputs: readonly Atom[]): Block {
  const inputs = freeVariables(equations, outputs);
  return { program: { inputs, equations, outputs }, inputs, outputs, entersLoop: false };
}

function blockBefore(loop: Loop, equations: readonly Equation[], needed: ReadonlySet<Atom>): Block {
  const { conditionCaptures, bodyCaptures, condition } = loop.params;
  const captures = loop.inputs.slice(0, conditionCaptures);
  const test = inline(condition, [...captures, ...loop.inputs.slice(conditionCaptures + bodyCaptures)]);
  const outputs = equations.flatMap((equation) => equation.outputs.filter((output) => needed.has(output)));
  const all = [...equations, ...test.equations];
  const results = [...outputs, ...test.outputs];
  const inputs = freeVariables(all, results);
  return { program: { inputs, equations: all, outputs: results }, inputs, outputs, entersLoop: true };
}

function hostedLoop(loop: Loop): HostedLoop {
  const { name, conditionCaptures, bodyCaptures, condition, body } = loop.params;
  const carryStart = conditionCaptures + bodyCaptures;
  // One input for each variable, however often it is captured; constants stay constants.
  const formals = new Map<Variable, Variable>();
  const captured = loop.inputs.slice(0, carryStart).map((atom): Atom => {
    if (atom instanceof Constant) return atom;
    const formal = formals.get(atom) ?? new Variable(atom.type);
    formals.set(atom, formal);
    return formal;
  });
  const init = loop.inputs.slice(carryStart);
  const carry = init.map((atom) => new Variable(atom.type));
  const step = inline(body, [...captured.slice(conditionCaptures), ...carry]);
  const test = inline(condition, [...captured.slice(0, conditionCaptures), ...step.outputs]);
  return {
    name,
    step: {
      inputs: [...formals.values(), ...carry],
      equations: [...step.equations, ...test.equations],
      outputs: [...step.outputs, ...test.outputs],
    },
    captures: [...formals.keys()],
    init,
    outputs: loop.outputs,
  };
}

/** A program's equations with its inputs replaced, and variables of their own. */
function inline(
  program: Program,
  operands: readonly Atom[],
): { readonly equations: readonly Equation[]; readonly outputs: readonly Atom[] } {
  const values = new Map<Atom, Atom>(program.inputs.map((input, i) => [input, operands[i]!]));
  const current = (atom: Atom): Atom => values.get(atom) ?? atom;
  const equations = program.equations.map((equation) => {
    const inputs = equation.inputs.map(current);
    const outputs = equation.outputs.map((output) => new Variable(output.type));
    for (const [i, output] of equation.outputs.entries()) values.set(output, outputs[i]!);
    return { ...equation, inputs, outputs } as Equation;
  });
  return { equations, outputs: program.outputs.map(current) };
}

/** The variables that equations and outputs use and do not define, in the order of their first use. */
function freeVariables(equations: readonly Equation[], outputs: readonly Atom[]): Variable[] {
  const defined = new Set<Atom>();
  const free = new Set<Variable>();
  const use = (atom: Atom) => {
    if (atom instanceof Variable && !defined.has(atom)) free.add(atom);
  };
  for (const equation of equations) {
    equation.inputs.forEach(use);
    for (const output of equation.outputs) defined.add(output);
  }
  outputs.forEach(use);
  return [...free];
}
