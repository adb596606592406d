// Transposition: runs a linear program backwards, from cotangents of its outputs to cotangents of its inputs.

import { cond, scan } from './control-flow.js';
import * as ops from './ops.js';
import type {
  ControlFlow,
  Equation,
  EquationOf,
  Primitive,
  PrimitiveParams,
  Program,
  Variable,
} from './program.js';
import { scanOperands, scanResults } from './sub-programs.js';
import { emit, emit1, Scope, Tensor } from './trace.js';
import type { TensorType } from './types.js';
import { sizeOfImage } from './windows.js';

/** A cotangent; `null` is zero. */
export type Cotangent = Tensor | null;

/** Marks an input in which the program is linear; it has no value. */
export class LinearInput {
  constructor(readonly type: TensorType) {}
}

/** An operand of a linear equation: known, or linear. */
type Operand = Tensor | LinearInput;

/**
 * Appends the transpose of a program, linear in some of its inputs, to the innermost program.
 *
 * @param args a value for each input in which the program is not linear, and a {@link LinearInput} for the others
 * @param cotangents one per output
 * @returns a cotangent per input; `null` also for those that are not linear
 * @throws TypeError if the program contains a loop that depends on a linear input
 */
export function transposeProgram(
  program: Program,
  args: readonly Operand[],
  cotangents: readonly Cotangent[],
): Cotangent[] {
  const linear = new Set<Variable>(program.inputs.filter((_, i) => args[i] instanceof LinearInput));
  const placeholder = (type: TensorType) => ops.zeros([], type.dtype);
  const scope = new Scope(
    program,
    args.map((arg) => (arg instanceof LinearInput ? placeholder(arg.type) : arg)),
  );
  const read = (atom: Equation['inputs'][number]): Operand =>
    linear.has(atom as Variable) ? new LinearInput(atom.type) : scope.read(atom);

  // Forward over everything independent of linear inputs; the rest is kept for the way back.
  const pending: Equation[] = [];
  for (const equation of program.equations) {
    if (equation.inputs.some((atom) => linear.has(atom as Variable))) {
      for (const output of equation.outputs) linear.add(output);
      pending.push(equation);
    } else {
      scope.define(
        equation.outputs,
        emit(equation.primitive, equation.params, equation.inputs.map(scope.read)),
      );
    }
  }

  const accumulated = new Map<Variable, Tensor>();
  const accumulate = (atom: Equation['inputs'][number], cotangent: Cotangent) => {
    if (cotangent === null || !linear.has(atom as Variable)) return;
    const sum = accumulated.get(atom as Variable);
    accumulated.set(atom as Variable, sum === undefined ? cotangent : ops.add(sum, cotangent));
  };
  for (const [i, output] of program.outputs.entries()) accumulate(output, cotangents[i] ?? null);
  for (const equation of pending.reverse()) {
    const incoming = equation.outputs.map((output) => accumulated.get(output) ?? null);
    if (incoming.every((cotangent) => cotangent === null)) continue;
    const outgoing = transposeEquation(equation, equation.inputs.map(read), incoming);
    for (const [i, atom] of equation.inputs.entries()) accumulate(atom, outgoing[i] ?? null);
  }
  return program.inputs.map((input) => accumulated.get(input) ?? null);
}

function transposeEquation(
  equation: Equation,
  operands: readonly Operand[],
  cotangents: readonly Cotangent[],
): readonly Cotangent[] {
  switch (equation.primitive) {
    case 'cond':
      return transposeCond(equation, operands, cotangents);
    case 'scan':
      return transposeScan(equation, operands, cotangents);
    case 'while':
      throw new TypeError(
        `a reverse-mode derivative through the loop '${equation.params.name}' does not exist: its number of ` +
          'iterations is unknown; use jvp(), or stopGradient() on the result of the loop',
      );
    default: {
      const rule = RULES[equation.primitive] as TransposeRule<Primitive>;
      return rule({ cotangent: cotangents[0]!, operands, params: equation.params });
    }
  }
}

interface TransposeRuleInput<P extends Primitive> {
  readonly cotangent: Tensor;
  readonly operands: readonly Operand[];
  readonly params: PrimitiveParams[P];
}

type TransposeRule<P extends Primitive> = (input: TransposeRuleInput<P>) => readonly Cotangent[];

/** A nonlinear primitive never has a linear operand: its jvp rule replaced it by linear ones. */
const nonlinear: TransposeRule<Primitive> = () => {
  throw new Error('internal: transposing a primitive that is not linear');
};

function known(operand: Operand | undefined): Tensor {
  if (operand instanceof Tensor) return operand;
  throw new Error('internal: a product of two linear operands is not linear');
}

const isLinear = (operand: Operand | undefined): operand is LinearInput => operand instanceof LinearInput;

/** The cotangent of an operand that elementwise broadcasting may have expanded. */
const unstretched = (operand: Operand | undefined, cotangent: () => Tensor): Cotangent =>
  isLinear(operand) ? ops.sumTo(cotangent(), operand.type.shape) : null;

const RULES: { readonly [P in Exclude<Primitive, ControlFlow>]: TransposeRule<P> } = {
  neg: ({ cotangent }) => [ops.neg(cotangent)],
  cast: ({ cotangent, operands: [x] }) => [ops.cast(cotangent, x!.type.dtype)],
  add: ({ cotangent, operands }) => operands.map((operand) => unstretched(operand, () => cotangent)),
  sub: ({ cotangent, operands: [a, b] }) => [
    unstretched(a, () => cotangent),
    unstretched(b, () => ops.neg(cotangent)),
  ],
  mul: ({ cotangent, operands: [a, b] }) => [
    unstretched(a, () => ops.mul(cotangent, known(b))),
    unstretched(b, () => ops.mul(cotangent, known(a))),
  ],
  div: ({ cotangent, operands: [a, b] }) => [unstretched(a, () => ops.div(cotangent, known(b))), null],
  select: ({ cotangent, operands: [predicate, a, b] }) => [
    null,
    unstretched(a, () => ops.select(known(predicate), cotangent, 0)),
    unstretched(b, () => ops.select(known(predicate), 0, cotangent)),
  ],
  reduceSum: ({ cotangent, operands: [x], params: { axes } }) => {
    const { shape } = x!.type;
    const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    return [ops.broadcast(ops.reshape(cotangent, kept), shape)];
  },
  // C = op(A) op(B):  dA = dC op(B)' and dB = op(A)' dC, each transposed once more if the operand was.
  matmul: ({ cotangent: c, operands: [a, b], params: { transposeA, transposeB } }) => [
    isLinear(a)
      ? transposeA
        ? ops.matmul(known(b), c, { transposeA: transposeB, transposeB: true })
        : ops.matmul(c, known(b), { transposeB: !transposeB })
      : null,
    isLinear(b)
      ? transposeB
        ? ops.matmul(c, known(a), { transposeA: true, transposeB: transposeA })
        : ops.matmul(known(a), c, { transposeA: !transposeA })
      : null,
  ],
  // Three partial derivatives of <conv2d(x, filter), y>: the transpose of one in an operand is another, with the cotangent in place of
  // its result.
  conv2d: ({ cotangent: y, operands: [x, filter], params }) => [
    isLinear(x)
      ? emit1('conv2dInputAdjoint', { ...params, inputSize: sizeOfImage(x.type.shape) }, [y, known(filter)])
      : null,
    isLinear(filter)
      ? emit1('conv2dFilterAdjoint', { ...params, kernelSize: sizeOfImage(filter.type.shape) }, [known(x), y])
      : null,
  ],
  conv2dInputAdjoint: ({ cotangent: x, operands: [y, filter], params: { inputSize: _, ...params } }) => [
    isLinear(y) ? emit1('conv2d', params, [x, known(filter)]) : null,
    isLinear(filter)
      ? emit1('conv2dFilterAdjoint', { ...params, kernelSize: sizeOfImage(filter.type.shape) }, [x, known(y)])
      : null,
  ],
  conv2dFilterAdjoint: ({ cotangent: filter, operands: [x, y], params: { kernelSize: _, ...params } }) => [
    isLinear(x)
      ? emit1('conv2dInputAdjoint', { ...params, inputSize: sizeOfImage(x.type.shape) }, [known(y), filter])
      : null,
    isLinear(y) ? emit1('conv2d', params, [known(x), filter]) : null,
  ],
  maxPool2dTake: ({ cotangent, operands: [x, positions], params }) => [
    emit1('maxPool2dScatter', { ...params, inputSize: sizeOfImage(x!.type.shape) }, [
      cotangent,
      known(positions),
    ]),
    null,
  ],
  maxPool2dScatter: ({ cotangent, operands: [, positions], params: { inputSize: _, ...params } }) => [
    emit1('maxPool2dTake', params, [cotangent, known(positions)]),
    null,
  ],
  reshape: ({ cotangent, operands: [x] }) => [ops.reshape(cotangent, x!.type.shape)],
  transpose: ({ cotangent, params: { permutation } }) => [
    ops.transpose(
      cotangent,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  broadcast: ({ cotangent, operands: [x] }) => [ops.sumTo(cotangent, x!.type.shape)],
  concat: ({ cotangent, operands, params: { axis } }) => {
    let offset = 0;
    return operands.map((operand) => {
      const start = offset;
      offset += operand.type.shape[axis]!;
      if (!isLinear(operand)) return null;
      const starts = cotangent.shape.map((_, i) => (i === axis ? start : 0));
      return ops.slice(
        cotangent,
        starts,
        operand.type.shape.map((size, i) => starts[i]! + size),
      );
    });
  },
  slice: ({ cotangent, operands: [x], params: { starts, stops } }) => [
    ops.pad(
      cotangent,
      starts,
      x!.type.shape.map((size, i) => size - stops[i]!),
    ),
  ],
  pad: ({ cotangent, operands: [x], params: { before } }) => [
    ops.slice(
      cotangent,
      before,
      x!.type.shape.map((size, i) => before[i]! + size),
    ),
  ],
  take: ({ cotangent, operands: [x, indices] }) => [
    emit1('scatterAdd', { size: x!.type.shape[0]! }, [cotangent, known(indices)]),
    null,
  ],
  scatterAdd: ({ cotangent, operands: [, indices] }) => [ops.take(cotangent, known(indices)), null],

  abs: nonlinear,
  sign: nonlinear,
  exp: nonlinear,
  log: nonlinear,
  sqrt: nonlinear,
  sin: nonlinear,
  cos: nonlinear,
  tanh: nonlinear,
  sigmoid: nonlinear,
  relu: nonlinear,
  isFinite: nonlinear,
  not: nonlinear,
  stopGradient: nonlinear,
  pow: nonlinear,
  maximum: nonlinear,
  minimum: nonlinear,
  equal: nonlinear,
  less: nonlinear,
  lessEqual: nonlinear,
  and: nonlinear,
  or: nonlinear,
  xor: nonlinear,
  shiftRight: nonlinear,
  threefry2x32: nonlinear,
  reduceMax: nonlinear,
  argMax: nonlinear,
  softmax: nonlinear,
  logSoftmax: nonlinear,
  maxPool2d: nonlinear,
};

// Transposes the branch that was taken. Computations on known captures alone are repeated here.
function transposeCond(
  { params: { ifTrue, ifFalse } }: EquationOf<'cond'>,
  [predicate, ...captures]: readonly Operand[],
  cotangents: readonly Cotangent[],
): readonly Cotangent[] {
  const branch = (program: Program) => () =>
    transposeProgram(program, captures, cotangents).flatMap((cotangent, i) => {
      const capture = captures[i];
      if (!isLinear(capture)) return [];
      return [cotangent ?? ops.zeros(capture.type.shape, capture.type.dtype)];
    });
  const results = cond<readonly Tensor[]>(known(predicate), branch(ifTrue), branch(ifFalse));
  let next = 0;
  return [null, ...captures.map((capture) => (isLinear(capture) ? results[next++]! : null))];
}

// The transpose of (c, y) = A c + B x + C w, iteration by iteration, is a scan in the opposite direction: the cotangent of the carry is
// carried back, that of a capture is accumulated, and that of each x is stacked.
function transposeScan(
  { params, inputs }: EquationOf<'scan'>,
  operands: readonly Operand[],
  cotangents: readonly Cotangent[],
): readonly Cotangent[] {
  const { body } = params;
  const { captures, xs } = scanOperands(params, operands);
  const formal = scanOperands(params, body.inputs);
  const carryTypes = scanOperands(params, inputs).carry.map(({ type }) => type);
  const incoming = scanResults(params, cotangents);
  const knownXs = xs.filter((x) => !isLinear(x)) as readonly Tensor[];
  const linearCaptures = captures.filter(isLinear);
  const incomingYs = incoming.ys.filter((y) => y !== null);

  const { carry, ys } = scan(
    ({ carry, sums }, { x, y }) => {
      const [nextX, nextY] = [x.values(), y.values()];
      const result = transposeProgram(
        body,
        [
          ...captures,
          ...carryTypes.map((type) => new LinearInput(type)),
          ...xs.map((each, i) =>
            isLinear(each) ? new LinearInput(formal.xs[i]!.type) : nextX.next().value!,
          ),
        ],
        [...carry, ...incoming.ys.map((each) => (each === null ? null : nextY.next().value!))],
      );
      const outgoing = scanOperands(params, result);
      const added = outgoing.captures.filter((_, i) => isLinear(captures[i]));
      return {
        carry: {
          carry: outgoing.carry.map((each, i) => each ?? ops.zerosLike(carry[i]!)),
          sums: sums.map((sum, i) => (added[i] ? ops.add(sum, added[i]!) : sum)),
        },
        y: outgoing.xs.flatMap((each, i) =>
          isLinear(xs[i]) ? [each ?? ops.zeros(formal.xs[i]!.type.shape, formal.xs[i]!.type.dtype)] : [],
        ),
      };
    },
    {
      carry: carryTypes.map(({ shape, dtype }, i) => incoming.carry[i] ?? ops.zeros(shape, dtype)),
      sums: linearCaptures.map(({ type: { shape, dtype } }) => ops.zeros(shape, dtype)),
    },
    { x: knownXs, y: incomingYs },
    { name: params.name, length: params.length, reverse: !params.reverse },
  );
  const [nextSum, nextX] = [carry.sums.values(), ys.values()];
  return [
    ...captures.map((each) => (isLinear(each) ? nextSum.next().value! : null)),
    ...carry.carry,
    ...xs.map((each) => (isLinear(each) ? nextX.next().value! : null)),
  ];
}
