// Structured control flow: loops and branches on values that are only known when the program runs.

import { type Program, Variable } from './program.js';
import { Builder, currentBuilder, emit, type Tensor, withBuilder } from './trace.js';
import { leaves, paths, type Structure, structureOf, type Tree, unflatten } from './tree.js';
import { formatType, sameType } from './types.js';

/** A sub-program traced at the point where it is used, with the outer tensors it uses. */
interface Closure {
  readonly program: Program;
  readonly captures: readonly Tensor[];
  readonly structure: Structure;
}

function traceClosure(
  fn: (...inputs: Tensor[]) => Tree<Tensor>,
  inputs: readonly Tensor[],
  hoists: boolean,
  expected?: Structure,
): Closure {
  const builder = new Builder(currentBuilder(), hoists);
  return withBuilder(builder, () => {
    const output = fn(...inputs.map((input) => builder.input(input.type)));
    const structure = expected ?? structureOf(output);
    return { ...builder.close(leaves(output, structure)), structure };
  });
}

export interface WhileOptions {
  /** Names the loop in telemetry: a hosted loop is timed under it. Default 'while'. */
  readonly name?: string;
}

/**
 * `carry = init; while (condition(carry)) carry = body(carry)`; returns the last carry.
 *
 * Outer tensors may be used in `condition` and `body`. What the body computes from them alone is moved out of the loop.
 * Forward-mode derivatives exist; a reverse-mode derivative through a loop does not.
 *
 * @throws TypeError if `body` returns another structure or other types than `init` has.
 */
export function whileLoop<C extends Tree<Tensor>>(
  condition: (carry: C) => Tensor,
  body: (carry: C) => C,
  init: C,
  options: WhileOptions = {},
): C {
  const structure = structureOf(init);
  const initial = leaves<Tensor>(init, structure);
  const untree = (flat: readonly Tensor[]) => unflatten(structure, flat) as C;
  const test = traceClosure((...flat) => condition(untree(flat)), initial, true);
  const step = traceClosure((...flat) => body(untree(flat)), initial, true, structure);
  demandStableCarry(step.program, initial, structure);
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

function demandStableCarry(body: Program, initial: readonly Tensor[], structure: Structure): void {
  for (const [i, output] of body.outputs.entries()) {
    const expected = initial[i]!.type;
    if (sameType(output.type, expected)) continue;
    const path = paths(structure)[i];
    throw new TypeError(
      `whileLoop: the body must return the types it is given${path ? `; '${path}'` : ''} came as ` +
        `${formatType(expected)} and went as ${formatType(output.type)}`,
    );
  }
}

/**
 * `predicate ? ifTrue() : ifFalse()`: only the chosen branch runs. Both see outer tensors and return the same types.
 *
 * @param predicate bool scalar
 */
export function cond<R extends Tree<Tensor>>(predicate: Tensor, ifTrue: () => R, ifFalse: () => R): R {
  const yes = traceClosure(ifTrue, [], false);
  const no = traceClosure(ifFalse, [], false, yes.structure);
  const captures = [...new Set([...yes.captures, ...no.captures])];
  const outputs = emit('cond', { ifTrue: overCaptures(yes, captures), ifFalse: overCaptures(no, captures) }, [
    predicate,
    ...captures,
  ]);
  return unflatten(yes.structure, outputs) as R;
}

/** The closure's program over a common list of captures, in their order. */
function overCaptures({ program, captures: own }: Closure, captures: readonly Tensor[]): Program {
  const inputs = captures.map((capture) => {
    const position = own.indexOf(capture);
    return position < 0 ? new Variable(capture.type) : program.inputs[position]!;
  });
  return { ...program, inputs };
}
