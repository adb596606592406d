// What a program costs: floating-point operations and bytes moved, read off the program itself.

import type {
  Atom,
  ControlFlow,
  Equation,
  EquationOf,
  Primitive,
  PrimitiveParams,
  Program,
} from './program.js';
import { Constant } from './program.js';
import { usedAtoms } from './sub-programs.js';
import { BYTES_PER_ELEMENT, sizeOf, type TensorType } from './types.js';

export interface Cost {
  /** Operations, by the conventions of {@link programCost}. */
  readonly flops: number;
  /** Bytes of operands read and of results written. */
  readonly bytes: number;
}

/** What the equations of one primitive cost together. */
export interface PrimitiveCost extends Cost {
  /** Number of equations. */
  readonly count: number;
}

export interface LoopCost {
  readonly name: string;
  /** The condition and the body, each once. A loop of n iterations costs n of these, and the condition once more. */
  readonly perIteration: ProgramCost;
}

/** Tensors together: how many numbers, in how many bytes. */
export interface Size {
  readonly elements: number;
  readonly bytes: number;
}

/** The cost of running a program once, without the iterations of its loops. */
export interface ProgramCost extends Cost {
  readonly byPrimitive: { readonly [P in Primitive]?: PrimitiveCost };
  /** The loops, in the order of the program; inner loops are in the cost of an iteration. */
  readonly loops: readonly LoopCost[];
  readonly inputs: Size;
  readonly outputs: Size;
  /** Constants of the program itself, each once; a dataset bound into it, say. */
  readonly constants: Size;
}

/**
 * Counts what a program does. The conventions:
 *
 * - A product of m x k by k x n is 2 m n k operations: a multiplication and an addition a term.
 * - A convolution is 2 N F OH OW (C / groups) kh kw, and so is each of its adjoints; terms in the padding count.
 * - An elementwise operation is one an element of its result, whatever it is: `exp` and `tanh` count as `add` does, and
 *   comparisons, choices and conversions too, on integers as well.
 * - A reduction is one an element of its operand. Softmax and log-softmax are five: maximum, difference, exponential, sum,
 *   and quotient or difference. A maximum pooling is one a place of each window.
 * - What only moves elements has no operations; what adds them where they land has one an element.
 * - Bytes are those of distinct operands and of results. Slices and gathers read what they return; a reshape moves
 *   nothing. No cache is assumed: fused operations move less.
 * - A scan's body counts once for each of its iterations, whose number is known.
 * - Of two branches the one with more operations counts: nothing has run. {@link meter} counts what does.
 *
 * @example
 * const { flops, loops } = programCost(trace(step, ...types).program);
 */
export function programCost(program: Program): ProgramCost {
  const tally = new Tally();
  for (const equation of program.equations) tally.equation(equation);
  return tally.result(program.inputs, program.outputs, constantsOf(program));
}

class Tally {
  private readonly byPrimitive: { [P in Primitive]?: PrimitiveCost } = {};
  private readonly loops: LoopCost[] = [];

  equation(equation: Equation): void {
    this.add(equation.primitive, { count: 1, ...equationCost(equation) });
    if (equation.primitive === 'while') this.loops.push(loopCost(equation));
    if (equation.primitive === 'cond') this.program(dearer(equation));
    if (equation.primitive === 'scan')
      this.program(times(equation.params.length, programCost(equation.params.body)));
  }

  program({ byPrimitive, loops }: ProgramCost): void {
    for (const [primitive, cost] of Object.entries(byPrimitive)) this.add(primitive as Primitive, cost);
    this.loops.push(...loops);
  }

  result(inputs: readonly Atom[], outputs: readonly Atom[], constants: Iterable<Atom>): ProgramCost {
    const costs = Object.values(this.byPrimitive);
    return {
      flops: costs.reduce((total, { flops }) => total + flops, 0),
      bytes: costs.reduce((total, { bytes }) => total + bytes, 0),
      byPrimitive: this.byPrimitive,
      loops: this.loops,
      inputs: sizeOfAll(inputs),
      outputs: sizeOfAll(outputs),
      constants: sizeOfAll(constants),
    };
  }

  private add(primitive: Primitive, { count, flops, bytes }: PrimitiveCost): void {
    const so = this.byPrimitive[primitive] ?? { count: 0, flops: 0, bytes: 0 };
    this.byPrimitive[primitive] = {
      count: so.count + count,
      flops: so.flops + flops,
      bytes: so.bytes + bytes,
    };
  }
}

function loopCost({ params: { name, condition, body } }: EquationOf<'while'>): LoopCost {
  const tally = new Tally();
  tally.program(programCost(condition));
  tally.program(programCost(body));
  const constants = new Set([...constantsOf(condition), ...constantsOf(body)]);
  return { name, perIteration: tally.result(body.inputs, body.outputs, constants) };
}

/** What so many runs of a program cost; its loops are listed once. */
function times(runs: number, cost: ProgramCost): ProgramCost {
  const scaled = Object.entries(cost.byPrimitive).map(([primitive, { count, flops, bytes }]) => [
    primitive,
    { count: runs * count, flops: runs * flops, bytes: runs * bytes },
  ]);
  return { ...cost, byPrimitive: Object.fromEntries(scaled) };
}

function dearer({ params: { ifTrue, ifFalse } }: EquationOf<'cond'>): ProgramCost {
  const [yes, no] = [programCost(ifTrue), programCost(ifFalse)];
  return withOneIteration(no) > withOneIteration(yes) ? no : yes;
}

function withOneIteration({ flops, loops }: ProgramCost): number {
  return loops.reduce((total, { perIteration }) => total + withOneIteration(perIteration), flops);
}

const constantsOf = (program: Program): Set<Constant> =>
  new Set(usedAtoms(program).filter((atom) => atom instanceof Constant));

const elementsOf = ({ shape }: TensorType) => sizeOf(shape);
const bytesOf = (type: TensorType) => elementsOf(type) * BYTES_PER_ELEMENT[type.dtype];

function sizeOfAll(atoms: Iterable<Atom>): Size {
  let [elements, bytes] = [0, 0];
  for (const { type } of atoms) {
    elements += elementsOf(type);
    bytes += bytesOf(type);
  }
  return { elements, bytes };
}

interface CostRuleInput<P extends Primitive> {
  readonly operands: readonly TensorType[];
  readonly output: TensorType;
  readonly params: PrimitiveParams[P];
}

/** Operations, and bytes if they are not those of all operands and results. */
type CostRule<P extends Primitive> = (input: CostRuleInput<P>) => {
  readonly flops: number;
  readonly bytes?: number;
};

/** @internal */
export function equationCost(equation: Equation): Cost {
  switch (equation.primitive) {
    // Their programs are counted apart.
    case 'while':
    case 'scan':
    case 'cond':
      return { flops: 0, bytes: 0 };
    default: {
      const rule = RULES[equation.primitive] as CostRule<Primitive>;
      const operands = equation.inputs.map(({ type }) => type);
      const { flops, bytes } = rule({ operands, output: equation.outputs[0]!.type, params: equation.params });
      return { flops, bytes: bytes ?? sizeOfAll(new Set([...equation.inputs, ...equation.outputs])).bytes };
    }
  }
}

const elementwise: CostRule<Primitive> = ({ output }) => ({ flops: elementsOf(output) });

/** So many operations for each element of the first operand. */
const perOperandElement =
  (flops: number): CostRule<Primitive> =>
  ({ operands: [x] }) => ({ flops: flops * elementsOf(x!) });

const movement: CostRule<Primitive> = () => ({ flops: 0 });

/** The same elements under another name. */
const nothing: CostRule<Primitive> = () => ({ flops: 0, bytes: 0 });

/** Reads the elements that it returns, and the indices where they are. */
const gather: CostRule<Primitive> = ({ operands: [, indices], output }) => ({
  flops: 0,
  bytes: 2 * bytesOf(output) + (indices === undefined ? 0 : bytesOf(indices)),
});

/** The terms of <conv2d(x, filter), y>: each output has one for each element of a filter [C / groups, kh, kw]. */
const convolution = (y: TensorType, filter: TensorType) => ({
  flops: 2 * elementsOf(y) * sizeOf(filter.shape.slice(1)),
});

const RULES: { readonly [P in Exclude<Primitive, ControlFlow>]: CostRule<P> } = {
  neg: elementwise,
  abs: elementwise,
  sign: elementwise,
  exp: elementwise,
  log: elementwise,
  sqrt: elementwise,
  sin: elementwise,
  cos: elementwise,
  tanh: elementwise,
  sigmoid: elementwise,
  relu: elementwise,
  isFinite: elementwise,
  not: elementwise,
  cast: elementwise,
  stopGradient: nothing,

  add: elementwise,
  sub: elementwise,
  mul: elementwise,
  div: elementwise,
  pow: elementwise,
  maximum: elementwise,
  minimum: elementwise,
  equal: elementwise,
  less: elementwise,
  lessEqual: elementwise,
  and: elementwise,
  or: elementwise,
  select: elementwise,

  reduceSum: perOperandElement(1),
  reduceMax: perOperandElement(1),
  argMax: perOperandElement(1),
  softmax: perOperandElement(5),
  logSoftmax: perOperandElement(5),

  matmul: ({ operands: [a], output, params: { transposeA } }) => ({
    flops: 2 * elementsOf(output) * a!.shape.at(transposeA ? -2 : -1)!,
  }),

  conv2d: ({ operands: [, filter], output: y }) => convolution(y, filter!),
  conv2dInputAdjoint: ({ operands: [y, filter] }) => convolution(y!, filter!),
  conv2dFilterAdjoint: ({ operands: [, y], output: filter }) => convolution(y!, filter),
  maxPool2d: ({ output, params: { window } }) => ({ flops: elementsOf(output) * window[0] * window[1] }),
  maxPool2dTake: gather,
  maxPool2dScatter: perOperandElement(1),

  reshape: nothing,
  transpose: movement,
  broadcast: movement,
  concat: movement,
  slice: gather,
  pad: movement,
  take: gather,
  scatterAdd: perOperandElement(1),
};
