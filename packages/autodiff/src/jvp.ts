// Forward mode: a program's outputs together with their directional derivatives.

import { cond, scan, whileLoop } from './control-flow.js';
import * as ops from './ops.js';
import type {
  Atom,
  ControlFlow,
  Equation,
  EquationOf,
  Primitive,
  PrimitiveParams,
  Program,
  Variable,
} from './program.js';
import { loopOperands, scanOperands, scanResults } from './sub-programs.js';
import { Builder, currentBuilder, emit, emit1, inline, Scope, type Tensor, withBuilder } from './trace.js';
import { isFloat, type TensorType } from './types.js';

/** A derivative; `null` is zero and costs nothing. */
export type Tangent = Tensor | null;

export interface JvpResult {
  readonly primals: readonly Tensor[];
  readonly tangents: readonly Tangent[];
}

/**
 * How to compute the values and derivatives of control flow: `joint`, in one loop; or `separate`, with values independent of tangents,
 * as needed for partial evaluation.
 */
export type JvpMode = 'joint' | 'separate';

/** Appends a program and its directional derivative to the innermost program. */
export function jvpProgram(
  program: Program,
  primals: readonly Tensor[],
  tangents: readonly Tangent[],
  mode: JvpMode,
): JvpResult {
  const scope = new Scope(program, primals);
  const derivatives = new Map<Atom, Tangent>(program.inputs.map((input, i) => [input, tangents[i] ?? null]));
  for (const equation of program.equations) {
    const operands = equation.inputs.map(scope.read);
    const directions = equation.inputs.map((atom) => derivatives.get(atom) ?? null);
    const result = jvpEquation(equation, operands, directions, mode);
    scope.define(equation.outputs, result.primals);
    for (const [i, output] of equation.outputs.entries()) derivatives.set(output, result.tangents[i] ?? null);
  }
  return {
    primals: program.outputs.map(scope.read),
    tangents: program.outputs.map((atom) => derivatives.get(atom) ?? null),
  };
}

function jvpEquation(
  equation: Equation,
  operands: readonly Tensor[],
  directions: readonly Tangent[],
  mode: JvpMode,
): JvpResult {
  const { primitive, params } = equation;
  if (directions.every((direction) => direction === null)) {
    const primals = emit(primitive, params, operands);
    return { primals, tangents: primals.map(() => null) };
  }
  switch (primitive) {
    case 'while':
      return jvpWhile(equation, operands, directions, mode);
    case 'scan':
      return mode === 'separate'
        ? jvpScanSeparately(equation, operands, directions)
        : jvpScan(equation, operands, directions);
    case 'cond':
      return jvpCond(equation, operands, directions, mode);
    default: {
      const primals = emit(primitive, params, operands);
      const [output] = primals as [Tensor];
      const rule = RULES[primitive] as JvpRule<Primitive>;
      const tangent = rule({ operands, directions, output, outputs: primals, params });
      // Outputs after the first are positions and have no tangent.
      return { primals, tangents: [tangent && ops.broadcast(tangent, output.shape)] };
    }
  }
}

interface JvpRuleInput<P extends Primitive> {
  readonly operands: readonly Tensor[];
  /** The operands' tangents; at least one is not zero. */
  readonly directions: readonly Tangent[];
  /** The first output, which has the tangent. */
  readonly output: Tensor;
  readonly outputs: readonly Tensor[];
  readonly params: PrimitiveParams[P];
}

/** The output's tangent, possibly still to be broadcast to the output's shape. */
type JvpRule<P extends Primitive> = (input: JvpRuleInput<P>) => Tangent;

/** The sum of two tangents, either of which may be zero. */
export function addTangents(a: Tangent, b: Tangent): Tangent {
  if (a === null) return b;
  return b === null ? a : ops.add(a, b);
}

/** d f(x) = f'(x) dx, with f' from x and y = f(x). */
const elementwise =
  (derivative: (x: Tensor, y: Tensor) => Tensor): JvpRule<Primitive> =>
  ({ operands, directions, output }) =>
    ops.mul(directions[0]!, derivative(operands[0]!, output));

/** A linear map of its first operand: the tangent is mapped the same way. */
function linear<P extends Primitive>(primitive: P): JvpRule<P> {
  return ({ operands, directions, params }) => {
    const direction = directions[0];
    return direction ? emit1(primitive, params, [direction, ...operands.slice(1)]) : null;
  };
}

/** Piecewise constant: the derivative is zero wherever it exists. */
const flat: JvpRule<Primitive> = () => null;

/** d f(a, b) = f_a da + f_b db, each term computed only if its direction is not zero. */
const bilinear =
  (
    inA: (direction: Tensor, a: Tensor, b: Tensor, output: Tensor) => Tensor,
    inB: (direction: Tensor, a: Tensor, b: Tensor, output: Tensor) => Tensor,
  ): JvpRule<Primitive> =>
  ({ operands: [a, b], directions: [da, db], output }) =>
    addTangents(da ? inA(da, a!, b!, output) : null, db ? inB(db, a!, b!, output) : null);

/** d f(a, b) = f(da, b) + f(a, db): the primitive itself, in each operand. */
function product<P extends Primitive>(primitive: P): JvpRule<P> {
  return ({ operands: [a, b], directions: [da, db], params }) =>
    addTangents(
      da ? emit1(primitive, params, [da, b!]) : null,
      db ? emit1(primitive, params, [a!, db]) : null,
    );
}

/** 1 where `a` is chosen over `b`, else 0. */
const chosen = (isA: Tensor, like: Tensor) => ops.cast(isA, like.dtype);

const extremum = (isA: (a: Tensor, b: Tensor) => Tensor): JvpRule<Primitive> =>
  bilinear(
    (da, a, b, y) => ops.mul(da, chosen(isA(a, b), y)),
    (db, a, b, y) => ops.mul(db, ops.sub(1, chosen(isA(a, b), y))),
  );

const RULES: { readonly [P in Exclude<Primitive, ControlFlow>]: JvpRule<P> } = {
  neg: linear('neg'),
  // |x|' = sign x
  abs: elementwise((x) => ops.sign(x)),
  sign: flat,
  exp: elementwise((_, y) => y),
  log: ({ operands, directions }) => ops.div(directions[0]!, operands[0]!),
  // (sqrt x)' = 1 / (2 sqrt x)
  sqrt: elementwise((_, y) => ops.div(0.5, y)),
  sin: elementwise((x) => ops.cos(x)),
  cos: elementwise((x) => ops.neg(ops.sin(x))),
  // tanh' = 1 - tanh^2
  tanh: elementwise((_, y) => ops.sub(1, ops.square(y))),
  // s' = s (1 - s)
  sigmoid: elementwise((_, y) => ops.mul(y, ops.sub(1, y))),
  relu: elementwise((x) => ops.cast(ops.less(0, x), x.dtype)),
  isFinite: flat,
  not: flat,
  cast: (input) => (isFloat(input.params.dtype) ? linear('cast')(input) : null),
  stopGradient: flat,

  add: bilinear(
    (da) => da,
    (db) => db,
  ),
  sub: bilinear(
    (da) => da,
    (db) => ops.neg(db),
  ),
  mul: bilinear(
    (da, _a, b) => ops.mul(da, b),
    (db, a) => ops.mul(db, a),
  ),
  // d(a/b) = da/b - (a/b) db/b
  div: bilinear(
    (da, _a, b) => ops.div(da, b),
    (db, _a, b, y) => ops.mul(db, ops.neg(ops.div(y, b))),
  ),
  // d(a^b) = b a^(b-1) da + a^b log(a) db
  pow: bilinear(
    (da, a, b) => ops.mul(da, ops.mul(b, ops.pow(a, ops.sub(b, 1)))),
    (db, a, _b, y) => ops.mul(db, ops.mul(y, ops.log(a))),
  ),
  // At a tie, the first operand counts as chosen.
  maximum: extremum((a, b) => ops.lessEqual(b, a)),
  minimum: extremum((a, b) => ops.lessEqual(a, b)),
  equal: flat,
  less: flat,
  lessEqual: flat,
  and: flat,
  or: flat,
  xor: flat,
  shiftRight: flat,
  threefry2x32: flat,

  select: ({ operands: [predicate], directions: [, da, db] }) =>
    da || db ? ops.select(predicate!, da ?? 0, db ?? 0) : null,

  reduceSum: linear('reduceSum'),
  // The mean of the tangents at all positions where the maximum is attained.
  reduceMax: ({ operands: [x], directions: [dx], params }) => {
    const peak = ops.max(x!, { axes: params.axes, keepDims: true });
    const attained = ops.cast(ops.equal(x!, peak), x!.dtype);
    const count = ops.sum(attained, { axes: params.axes, keepDims: true });
    return emit1('reduceSum', params, [ops.mul(dx!, ops.div(attained, count))]);
  },
  argMax: flat,
  // ds = s (dx - sum(s dx))
  softmax: ({ directions: [dx], output: s, params: { axis } }) =>
    ops.mul(s, ops.sub(dx!, ops.sum(ops.mul(dx!, s), { axes: [axis], keepDims: true }))),
  // d log s = dx - sum(s dx)
  logSoftmax: ({ directions: [dx], output, params: { axis } }) =>
    ops.sub(dx!, ops.sum(ops.mul(dx!, ops.exp(output)), { axes: [axis], keepDims: true })),

  matmul: product('matmul'),

  conv2d: product('conv2d'),
  conv2dInputAdjoint: product('conv2dInputAdjoint'),
  conv2dFilterAdjoint: product('conv2dFilterAdjoint'),
  // The tangent of the element that is the maximum.
  maxPool2d: ({ directions: [dx], outputs: [, positions], params }) =>
    emit1('maxPool2dTake', params, [dx!, positions!]),
  maxPool2dTake: linear('maxPool2dTake'),
  maxPool2dScatter: linear('maxPool2dScatter'),

  reshape: linear('reshape'),
  transpose: linear('transpose'),
  broadcast: linear('broadcast'),
  concat: ({ operands, directions, params }) =>
    emit1(
      'concat',
      params,
      operands.map((operand, i) => directions[i] ?? ops.zerosLike(operand)),
    ),
  slice: linear('slice'),
  pad: linear('pad'),
  take: linear('take'),
  scatterAdd: linear('scatterAdd'),
};

// A branch's derivative is the branch of the derivative.
function jvpCond(
  { params: { ifTrue, ifFalse } }: EquationOf<'cond'>,
  [predicate, ...captures]: readonly Tensor[],
  [, ...directions]: readonly Tangent[],
  mode: JvpMode,
): JvpResult {
  const separate = mode === 'separate' ? emit('cond', { ifTrue, ifFalse }, [predicate!, ...captures]) : null;
  const branch = (program: Program) => () => {
    // The mode is inherited: in a branch, too, values must not depend on tangents if it is to be transposed.
    const { primals, tangents } = jvpProgram(program, captures, directions, mode);
    // Both branches return a tangent for every float output, so that their types agree.
    const floats = primals.flatMap((primal, i) =>
      isFloat(primal.dtype) ? [tangents[i] ?? ops.zerosLike(primal)] : [],
    );
    return { primals: separate === null ? primals : [], tangents: floats };
  };
  const joint = cond(predicate!, branch(ifTrue), branch(ifFalse));
  const primals = separate ?? joint.primals;
  let next = 0;
  const tangents = primals.map((primal) => (isFloat(primal.dtype) ? joint.tangents[next++]! : null));
  return { primals, tangents };
}

// The tangents of the carry join the carry. Which of them are nonzero is a fixed point: a direction that enters the body may reach a
// carried value without a tangent.
function jvpWhile(
  equation: EquationOf<'while'>,
  operands: readonly Tensor[],
  directions: readonly Tangent[],
  mode: JvpMode,
): JvpResult {
  const { name, condition, body } = equation.params;
  const { condition: conditionArgs, body: bodyArgs, carry: init } = loopOperands(equation.params, operands);
  const { body: bodyDirections, carry: initDirections } = loopOperands(equation.params, directions);

  const step = (carry: readonly Tensor[], tangents: readonly Tangent[]) =>
    jvpProgram(body, [...bodyArgs, ...carry], [...bodyDirections, ...tangents], 'joint');
  const moving = perturbedCarry(init, initDirections, step);

  const separate = mode === 'separate' ? emit('while', equation.params, operands) : null;
  const joint = whileLoop(
    ({ carry }) => inline(condition, [...conditionArgs, ...carry])[0]!,
    ({ carry, tangents }) => {
      const result = step(carry, spread(moving, tangents));
      return {
        carry: result.primals,
        tangents: pick(moving, result.tangents).map((t, i) => t ?? ops.zerosLike(tangents[i]!)),
      };
    },
    {
      carry: init as readonly Tensor[],
      tangents: startOf(moving, init, initDirections),
    },
    { name },
  );
  return { primals: separate ?? joint.carry, tangents: spread(moving, joint.tangents) };
}

/** The type of one element of a scanned input. */
const elementType = ({ dtype, shape }: Tensor): TensorType => ({ dtype, shape: shape.slice(1) });

/** Which carried values of a scan have a tangent in some iteration. */
function perturbedInScan(
  { params }: EquationOf<'scan'>,
  operands: readonly Tensor[],
  directions: readonly Tangent[],
): readonly boolean[] {
  const { captures, carry: init, xs } = scanOperands(params, operands);
  const along = scanOperands(params, directions);
  return perturbedCarry(init, along.carry, (carry, tangents) => {
    const input = (x: Tensor) => currentBuilder('jvp').input(elementType(x));
    const elements = xs.map(input);
    const moved = xs.map((x, i) => (along.xs[i] ? input(x) : null));
    const result = jvpProgram(
      params.body,
      [...captures, ...carry, ...elements],
      [...along.captures, ...tangents, ...moved],
      'joint',
    );
    return { primals: result.primals, tangents: scanResults(params, result.tangents).carry };
  });
}

// As for `while`, with the tangents of the xs next to them.
function jvpScan(
  equation: EquationOf<'scan'>,
  operands: readonly Tensor[],
  directions: readonly Tangent[],
): JvpResult {
  const { params } = equation;
  const { captures, carry: init, xs } = scanOperands(params, operands);
  const along = scanOperands(params, directions);
  const moving = perturbedInScan(equation, operands, directions);
  const movingXs = along.xs.map((direction) => direction !== null);
  let movingYs: readonly boolean[] = [];
  const { carry, ys } = scan(
    ({ carry, tangents }, { x, dx }) => {
      const result = jvpProgram(
        params.body,
        [...captures, ...carry, ...x],
        [...along.captures, ...spread(moving, tangents), ...spread(movingXs, dx)],
        'joint',
      );
      const primals = scanResults(params, result.primals);
      const derivatives = scanResults(params, result.tangents);
      movingYs = derivatives.ys.map((tangent) => tangent !== null);
      return {
        carry: {
          carry: primals.carry,
          tangents: pick(moving, derivatives.carry).map((t, i) => t ?? ops.zerosLike(tangents[i]!)),
        },
        y: { y: primals.ys, dy: pick(movingYs, derivatives.ys) as readonly Tensor[] },
      };
    },
    { carry: init, tangents: startOf(moving, init, along.carry) },
    { x: xs, dx: pick(movingXs, along.xs) as readonly Tensor[] },
    { name: params.name, length: params.length, reverse: params.reverse },
  );
  return {
    primals: [...carry.carry, ...ys.y],
    tangents: [...spread(moving, carry.tangents), ...spread(movingYs, ys.dy)],
  };
}

/** The initial tangents of the carried values that have one. */
function startOf(
  moving: readonly boolean[],
  init: readonly Tensor[],
  directions: readonly Tangent[],
): readonly Tensor[] {
  const primals = pick(moving, init);
  return pick(moving, directions).map((direction, i) => direction ?? ops.zerosLike(primals[i]!));
}

// Partial evaluation of a scan splits its body into a part that depends only on primals and one that is linear in tangents. The
// first becomes a scan that also stacks the residuals of each iteration; the second scans over them.
function jvpScanSeparately(
  equation: EquationOf<'scan'>,
  operands: readonly Tensor[],
  directions: readonly Tangent[],
): JvpResult {
  const { params } = equation;
  const { body, length, reverse } = params;
  const { captures, carry: init, xs } = scanOperands(params, operands);
  const along = scanOperands(params, directions);
  const moving = perturbedInScan(equation, operands, directions);

  const known = new Builder(currentBuilder('jvp'), true);
  const carryIn = init.map(({ type }) => known.input(type));
  const xsIn = xs.map((x) => known.input(elementType(x)));
  // Tangents of captures become inputs too: otherwise, together with a residual, they would count as known.
  const linear = new Builder(known, true);
  const tangentOf = (like: Tensor, moves: boolean) => (moves ? linear.input(like.type) : null);
  const entering = {
    captures: captures.map((tensor, i) => tangentOf(tensor, along.captures[i] !== null)),
    carry: carryIn.map((tensor, i) => tangentOf(tensor, moving[i]!)),
    xs: xsIn.map((tensor, i) => tangentOf(tensor, along.xs[i] !== null)),
  };
  const step = withBuilder(linear, () => {
    const result = jvpProgram(
      body,
      [...captures, ...carryIn, ...xsIn],
      [...entering.captures, ...entering.carry, ...entering.xs],
      'separate',
    );
    const tangents = scanResults(params, result.tangents);
    const next = pick(moving, tangents.carry).map((t, i) => t ?? ops.zerosLike(pick(moving, carryIn)[i]!));
    const movingYs = tangents.ys.map((tangent) => tangent !== null);
    const outputs = [...next, ...(pick(movingYs, tangents.ys) as Tensor[])];
    return { primals: result.primals, movingYs, ...linear.close(outputs) };
  });

  // Inputs of the linear part: constant over iterations, an element of the xs, or computed in the iteration.
  const uses = step.captures.map((tensor, i) => ({ tensor, variable: step.program.inputs[i]! }));
  const fixed = uses.filter(({ tensor }) => tensor.builder !== known);
  const elements = uses.flatMap(({ tensor, variable }) => {
    const i = xsIn.indexOf(tensor);
    return i < 0 ? [] : [{ tensor: xs[i]!, variable }];
  });
  const computed = uses.filter(({ tensor }) => tensor.builder === known && !xsIn.includes(tensor));

  const primal = known.close([...step.primals, ...computed.map(({ tensor }) => tensor)]);
  const results = emit('scan', { ...params, captures: primal.captures.length, body: primal.program }, [
    ...primal.captures,
    ...init,
    ...xs,
  ]);
  const primals = results.slice(0, equation.outputs.length);
  const stacked = [
    ...elements,
    ...computed.map(({ variable }, i) => ({ tensor: results[equation.outputs.length + i]!, variable })),
  ];

  const variables = (tensors: readonly Tangent[]) =>
    tensors.flatMap((tensor) => (tensor ? [tensor.atom as Variable] : []));
  const present = (tensors: readonly Tangent[]) => tensors.filter((tensor) => tensor !== null);
  const start = startOf(moving, init, along.carry);
  const tangents = emit(
    'scan',
    {
      name: params.name,
      length,
      reverse,
      captures: fixed.length + present(along.captures).length,
      carries: start.length,
      body: {
        ...step.program,
        inputs: [
          ...fixed.map(({ variable }) => variable),
          ...variables(entering.captures),
          ...variables(entering.carry),
          ...stacked.map(({ variable }) => variable),
          ...variables(entering.xs),
        ],
      },
    },
    [
      ...fixed.map(({ tensor }) => tensor),
      ...present(along.captures),
      ...start,
      ...stacked.map(({ tensor }) => tensor),
      ...present(along.xs),
    ],
  );
  return {
    primals,
    tangents: [
      ...spread(moving, tangents.slice(0, start.length)),
      ...spread(step.movingYs, tangents.slice(start.length)),
    ],
  };
}

/** Which carried values have a tangent in some iteration. */
function perturbedCarry(
  init: readonly Tensor[],
  initDirections: readonly Tangent[],
  step: (carry: readonly Tensor[], tangents: readonly Tangent[]) => JvpResult,
): readonly boolean[] {
  let moving = initDirections.map((direction) => direction !== null);
  for (;;) {
    const probe = new Builder(currentBuilder('jvp'), false);
    const result = withBuilder(probe, () => {
      const carry = init.map((tensor) => probe.input(tensor.type));
      const tangents = init.map((tensor, i) => (moving[i] ? probe.input(tensor.type) : null));
      return step(carry, tangents);
    });
    const next = moving.map((was, i) => was || result.tangents[i] !== null);
    if (next.every((now, i) => now === moving[i])) return moving;
    moving = next;
  }
}

function pick<T>(mask: readonly boolean[], all: readonly T[]): T[] {
  return all.filter((_, i) => mask[i]);
}

function spread(mask: readonly boolean[], some: readonly Tangent[]): Tangent[] {
  let next = 0;
  return mask.map((present) => (present ? (some[next++] ?? null) : null));
}
