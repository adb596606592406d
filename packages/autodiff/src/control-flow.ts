// Structured control flow: loops and branches on values that are only known when the program runs.

import { demandOptions } from './options.js';
import { type Program, Variable } from './program.js';
import { Builder, currentBuilder, demandTensor, emit, type Tensor, withBuilder } from './trace.js';
import { leaves, paths, type Structure, structureOf, type Tree, unflatten } from './tree.js';
import { formatType, sameType, type TensorType } from './types.js';

/** A sub-program traced at the point where it is used, with the outer tensors it uses. */
interface Closure {
  readonly program: Program;
  readonly captures: readonly Tensor[];
  readonly structure: Structure;
}

function traceClosure(
  what: string,
  fn: (...inputs: Tensor[]) => Tree<Tensor>,
  inputs: readonly Pick<Tensor, 'type'>[],
  hoists: boolean,
  expected?: Structure,
): Closure {
  const builder = new Builder(currentBuilder('control flow'), hoists);
  return withBuilder(builder, () => {
    const output = fn(...inputs.map((input) => builder.input(input.type)));
    const structure = expected ?? structureOf(output, what);
    return { ...builder.close(leaves(output, structure, what)), structure };
  });
}

export interface WhileOptions {
  /** Names the loop in telemetry: a hosted loop is timed under it. Default 'while'. */
  readonly name?: string;
}

/**
 * `carry = init; while (condition(carry)) carry = body(carry)`; returns the last carry.
 *
 * `condition` and `body` may use outer tensors. Computations in the body on outer tensors alone are hoisted out of the loop. There
 * are forward-mode derivatives, but no reverse-mode derivative through a loop.
 *
 * @throws TypeError if `body` returns a different structure or types than `init`, or `condition` not a bool scalar
 * @example
 * const init = scalar(1, 'int32');
 * whileLoop((k: Tensor) => less(k, 100), (k: Tensor) => mul(2, k), init); // = 128
 */
export function whileLoop<C extends Tree<Tensor>>(
  condition: (carry: C) => Tensor,
  body: (carry: C) => C,
  init: C,
  options: WhileOptions = {},
): C {
  demandOptions('whileLoop', options, ['name']);
  const structure = structureOf(init, 'whileLoop: the initial carry');
  const initial = leaves<Tensor>(init, structure);
  const untree = (flat: readonly Tensor[]) => unflatten(structure, flat) as C;
  const test = traceClosure(
    'whileLoop: the result of the condition',
    (...flat) => condition(untree(flat)),
    initial,
    true,
    TENSOR,
  );
  demandBoolScalar('whileLoop: the condition must return', test.program.outputs[0]!.type);
  const step = traceClosure(
    'whileLoop: the result of the body',
    (...flat) => body(untree(flat)),
    initial,
    true,
    structure,
  );
  demandTypes(
    'whileLoop: the body must return the types of the carry',
    step.program,
    initial.map((tensor) => tensor.type),
    structure,
  );
  const outputs = emit(
    'while',
    {
      name: options.name ?? 'while',
      conditionCaptures: test.captures.length,
      bodyCaptures: step.captures.length,
      condition: test.program,
      body: step.program,
    },
    [...test.captures, ...step.captures, ...initial],
  );
  return untree(outputs);
}

export interface ScanOptions {
  /** Names the loop in errors and profiles. Default 'scan'. */
  readonly name?: string;
  /** The number of iterations; only needed if `xs` contains no tensor. */
  readonly length?: number;
  /** Whether to go from the last element to the first. Default false. */
  readonly reverse?: boolean;
}

/**
 * A loop over the leading axis of `xs`: `{ carry, y } = step(carry, xs[i])` for i = 0, 1, .... Returns the last carry and the
 * stacked y, with `ys[i]` from `xs[i]`. In reverse, i counts down.
 *
 * `step` may use outer tensors; computations on those alone are hoisted out of the loop. Forward- and reverse-mode derivatives exist;
 * reverse mode stores residuals of every iteration, O(length) memory.
 *
 * @param xs every leaf [length, ...]
 * @example
 * const total = (sum: Tensor, x: Tensor) => ({ carry: add(sum, x), y: sum });
 * scan(total, scalar(0, 'int32'), iota(4)); // = { carry: 6, ys: [0, 0, 1, 3] }
 * // The states of a recurrent network: [steps, hidden].
 * const { ys } = scan((h: Tensor, x: Tensor) => { const next = cell(h, x); return { carry: next, y: next }; }, h0, inputs);
 * @throws TypeError if `step` returns a different carry than it is given, or a leaf of `xs` is a scalar
 * @throws RangeError if the lengths differ, are zero, or are unknown
 */
export function scan<C extends Tree<Tensor>, X extends Tree<Tensor>, Y extends Tree<Tensor>>(
  step: (carry: C, x: X) => { readonly carry: C; readonly y: Y },
  init: C,
  xs: X,
  options: ScanOptions = {},
): { readonly carry: C; readonly ys: Y } {
  demandOptions('scan', options, ['name', 'length', 'reverse']);
  const { name = 'scan', reverse = false } = options;
  const [carryStructure, xStructure] = [
    structureOf(init, 'scan: the initial carry'),
    structureOf(xs, 'scan: xs'),
  ];
  const [initial, stacked] = [leaves<Tensor>(init, carryStructure), leaves<Tensor>(xs, xStructure)];
  const length = scanLength(stacked, options.length);
  const elements = stacked.map(({ dtype, shape }): TensorType => ({ dtype, shape: shape.slice(1) }));
  let yStructure: Structure | undefined;
  const body = traceClosure(
    'scan: the result of the step',
    (...flat) => {
      const result = step(
        unflatten(carryStructure, flat.slice(0, initial.length)) as C,
        unflatten(xStructure, flat.slice(initial.length)) as X,
      );
      yStructure = structureOf(result.y, 'scan: y');
      const carry = leaves<Tensor>(result.carry, carryStructure, 'scan: the carry returned by the step');
      return [...carry, ...leaves<Tensor>(result.y, yStructure)];
    },
    [...initial, ...elements.map((type) => ({ type }))],
    true,
  );
  demandTypes(
    'scan: the step must return the types of the carry',
    { ...body.program, outputs: body.program.outputs.slice(0, initial.length) },
    initial.map((tensor) => tensor.type),
    carryStructure,
  );
  const { program, captures } = body;
  const outputs = emit(
    'scan',
    { name, length, reverse, captures: captures.length, carries: initial.length, body: program },
    [...captures, ...initial, ...stacked],
  );
  return {
    carry: unflatten(carryStructure, outputs.slice(0, initial.length)) as C,
    ys: unflatten(yStructure!, outputs.slice(initial.length)) as Y,
  };
}

function scanLength(stacked: readonly Tensor[], given: number | undefined): number {
  const lengths = stacked.map((tensor) => {
    demandTensor('scan', tensor);
    if (tensor.shape.length === 0)
      throw new TypeError(`scan: expected a leading axis, got the scalar ${formatType(tensor.type)} in xs`);
    return tensor.shape[0]!;
  });
  const all = [...new Set(given === undefined ? lengths : [given, ...lengths])];
  const [length] = all;
  if (length === undefined) throw new RangeError('scan: xs contains no tensor; set the length');
  if (all.length > 1) throw new RangeError(`scan: the lengths differ: ${all.join(', ')}`);
  if (!Number.isInteger(length) || length < 1)
    throw new RangeError(`scan: expected a length of at least 1, got ${length}`);
  return length;
}

/** A lone tensor. */
const TENSOR: Structure = { kind: 'leaf' };

function demandBoolScalar(what: string, type: TensorType): void {
  if (type.dtype === 'bool' && type.shape.length === 0) return;
  const remedy = type.dtype === 'bool' ? '' : '; compare with less(), equal(), ...';
  throw new TypeError(`${what} a bool[], got ${formatType(type)}${remedy}`);
}

function demandTypes(
  what: string,
  { outputs }: Program,
  expected: readonly TensorType[],
  structure: Structure,
): void {
  for (const [i, output] of outputs.entries()) {
    if (sameType(output.type, expected[i]!)) continue;
    const path = paths(structure)[i];
    const where = path ? ` at '${path}'` : '';
    throw new TypeError(
      `${what}: expected ${formatType(expected[i]!)}${where}, got ${formatType(output.type)}; cast() or broadcast() it`,
    );
  }
}

/**
 * `predicate ? ifTrue() : ifFalse()`: only the chosen branch runs. Both may use outer tensors, and return the same types.
 *
 * @param predicate bool scalar
 * @throws TypeError if the branches return different structures or types
 * @example
 * cond(less(scalar(1, 'int32'), 2), () => iota(3), () => zeros([3], 'int32')); // = [0, 1, 2]
 */
export function cond<R extends Tree<Tensor>>(predicate: Tensor, ifTrue: () => R, ifFalse: () => R): R {
  demandTensor('cond', predicate);
  demandBoolScalar('cond: the predicate must be', predicate.type);
  const yes = traceClosure('cond: the result of the true branch', ifTrue, [], false);
  const no = traceClosure('cond: the result of the false branch', ifFalse, [], false, yes.structure);
  demandTypes(
    'cond: both branches must return the same types',
    no.program,
    yes.program.outputs.map((output) => output.type),
    yes.structure,
  );
  const captures = [...new Set([...yes.captures, ...no.captures])];
  const outputs = emit('cond', { ifTrue: overCaptures(yes, captures), ifFalse: overCaptures(no, captures) }, [
    predicate,
    ...captures,
  ]);
  return unflatten(yes.structure, outputs) as R;
}

/** The closure's program with a common list of captures, in that order. */
function overCaptures({ program, captures: own }: Closure, captures: readonly Tensor[]): Program {
  const inputs = captures.map((capture) => {
    const position = own.indexOf(capture);
    return position < 0 ? new Variable(capture.type) : program.inputs[position]!;
  });
  return { ...program, inputs };
}
