// Splits a program at its loops into straight-line blocks and loop steps, for a host that drives the loops.

import {
  type Atom,
  Constant,
  type Equation,
  type EquationOf,
  instantiate,
  loopOperands,
  loopsOf,
  type Program,
  Variable,
} from '@gaussmark/autodiff';

/**
 * The program runs as block 0, loop 0, block 1, loop 1, ..., the last block. The program's own variables name the values
 * passed between the parts; a part's input may also be a constant.
 */
export interface SplitProgram {
  readonly blocks: readonly Block[];
  /** One fewer than blocks. */
  readonly loops: readonly HostedLoop[];
}

/** The equations between two loops. */
export interface Block {
  readonly program: Program;
  /** Sources of the inputs of `program`. */
  readonly inputs: readonly Variable[];
  /** Values of its outputs; in the last block, the outputs of the whole program. */
  readonly outputs: readonly Atom[];
  /** Whether a loop follows; the block's last output, not in `outputs`, then tells whether to enter it. */
  readonly entersLoop: boolean;
}

export interface HostedLoop {
  readonly name: string;
  /** (captures..., carry...) -> (carry..., whether to continue): the body, and the condition on its results. */
  readonly step: Program;
  readonly captures: readonly Variable[];
  readonly init: readonly Atom[];
  /** The loop's outputs: the last carry. */
  readonly outputs: readonly Variable[];
}

type Loop = EquationOf<'while'>;

/** Splits a program at its outermost loops; loops nested in loops and branches stay. */
export function splitProgram(program: Program): SplitProgram {
  const runs: Equation[][] = [[]];
  for (const equation of program.equations) {
    if (equation.primitive === 'while') runs.push([]);
    else runs.at(-1)!.push(equation);
  }
  const loops = loopsOf(program);
  const blocks: Block[] = [];
  // Backwards, so that the values needed by later parts are known.
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
  const { condition: captures, carry } = loopOperands(loop.params, loop.inputs);
  const test = instantiate(loop.params.condition, [...captures, ...carry]);
  const outputs = equations.flatMap((equation) => equation.outputs.filter((output) => needed.has(output)));
  const all = [...equations, ...test.equations];
  const results = [...outputs, ...test.outputs];
  const inputs = freeVariables(all, results);
  return { program: { inputs, equations: all, outputs: results }, inputs, outputs, entersLoop: true };
}

function hostedLoop(loop: Loop): HostedLoop {
  const { name, condition, body } = loop.params;
  // One input per variable, however often it is captured; constants stay constants.
  const formals = new Map<Variable, Variable>();
  const formalOf = (atom: Atom): Atom => {
    if (atom instanceof Constant) return atom;
    const formal = formals.get(atom) ?? new Variable(atom.type);
    formals.set(atom, formal);
    return formal;
  };
  const { carry: init, ...captures } = loopOperands(loop.params, loop.inputs);
  const conditionFormals = captures.condition.map(formalOf);
  const carry = init.map((atom) => new Variable(atom.type));
  const step = instantiate(body, [...captures.body.map(formalOf), ...carry]);
  const test = instantiate(condition, [...conditionFormals, ...step.outputs]);
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

/** The variables that equations and outputs use but do not define, in order of first use. */
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
