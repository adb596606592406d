// The cost of a program: floating-point operations and bytes moved, derived from the program itself.

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

/** The total cost of the equations with one primitive. */
export interface PrimitiveCost extends Cost {
  /** Number of equations. */
  readonly count: number;
}

export interface LoopCost {
  readonly name: string;
  /** The condition and the body, once each. A loop of n iterations costs n times this, plus one more condition. */
  readonly perIteration: ProgramCost;
}

/** The total number of elements and bytes of several tensors. */
export interface Size {
  readonly elements: number;
  readonly bytes: number;
}

/** The cost of running a program once, without the iterations of its loops. */
export interface ProgramCost extends Cost {
  readonly byPrimitive: { readonly [P in Primitive]?: PrimitiveCost };
  /** The loops, in program order; inner loops are part of the cost of an iteration. */
  readonly loops: readonly LoopCost[];
  readonly inputs: Size;
  readonly outputs: Size;
  /** Constants of the program itself, each once: a dataset bound into it, for example. */
  readonly constants: Size;
}

/**
 * Counts the operations and bytes of a program. The conventions:
 *
 * - A product of m x k by k x n is 2 m n k operations: a multiplication and an addition per term.
 * - A convolution is 2 N F OH OW (C / groups) kh kw, and so is each of its adjoints; terms in the padding count.
 * - An elementwise operation is one operation per element of its result: `exp` and `tanh` count like `add`, as do comparisons,
 *   selections, conversions and integer operations.
 * - A reduction is one operation per element of its operand. Softmax and log-softmax are five: maximum, difference, exponential, sum,
 *   and quotient or difference. Max pooling is one per position in each window.
 * - Moving elements has no operations; adding them at their destination has one per element.
 * - Bytes are those of distinct operands and results. Slices and gathers read what they return; a reshape moves nothing. No cache is
 *   assumed: fused operations move less.
 * - A scan's body counts once per iteration, since their number is known.
 * - Of two branches, the one with more operations counts, since nothing has run. {@link meter} counts what runs.
 *
 * @example
 * const { flops, bytes } = programCost(trace((x: Tensor) => mul(x, x), { dtype: 'float64', shape: [3] }).program);
 * [flops, bytes]; // = [3, 48]
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

/** The cost of running a program this many times; its loops are listed once. */
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

/** Operations, and bytes if they differ from those of all operands and results. */
type CostRule<P extends Primitive> = (input: CostRuleInput<P>) => {
  readonly flops: number;
  readonly bytes?: number;
};

/**
 * The cost of one equation, without the programs inside it.
 *
 * @internal
 */
export function equationCost(equation: Equation): Cost {
  switch (equation.primitive) {
    // Nested programs are counted separately.
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

/** This many operations per element of the first operand. */
const perOperandElement =
  (flops: number): CostRule<Primitive> =>
  ({ operands: [x] }) => ({ flops: flops * elementsOf(x!) });

const movement: CostRule<Primitive> = () => ({ flops: 0 });

/** The same elements with another type. */
const nothing: CostRule<Primitive> = () => ({ flops: 0, bytes: 0 });

/** Reads the elements that it returns, and any indices. */
const gather: CostRule<Primitive> = ({ operands: [, indices], output }) => ({
  flops: 0,
  bytes: 2 * bytesOf(output) + (indices === undefined ? 0 : bytesOf(indices)),
});

/** The terms of <conv2d(x, filter), y>: each output has one per element of a filter [C / groups, kh, kw]. */
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
  xor: elementwise,
  shiftRight: elementwise,
  // 20 rounds of add, xor and rotate (3); 2 xors, 2 + 10 sums and 5 increments for the key.
  threefry2x32: ({ output }) => ({ flops: 119 * elementsOf(output) }),
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
