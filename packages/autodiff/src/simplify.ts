// Simplification: constant folding, algebraic identities, common subexpressions, dead code; also inside loops and branches.

import { fingerprint } from './fingerprint.js';
import { identity } from './identities.js';
import { type Atom, Constant, type Equation, type EquationOf, type Program, Variable } from './program.js';
import { evaluateEquation } from './reference.js';
import { isControlFlow, loopOperands, mapSubPrograms, usedAtoms } from './sub-programs.js';
import { instantiate, substitute } from './substitution.js';
import { sizeOf } from './types.js';

/** Larger results are not folded into the program: computing them is cheaper than storing them. */
const MAX_FOLDED_SIZE = 64;

export interface SimplifyOptions {
  /** Whether the program may be differentiated again; `stopGradient` then stays. Default false. */
  readonly differentiable?: boolean;
}

/**
 * An equivalent program with the same inputs and outputs, in the same order.
 *
 * @example
 * const { program } = trace((x: Tensor) => mul(x, 1), { dtype: 'float64', shape: [3] }); // trace() simplifies
 * simplify(program).equations.length; // = 0
 */
export function simplify(program: Program, options: SimplifyOptions = {}): Program {
  return eliminateDeadCode(new Simplifier(options).program(program));
}

class Simplifier {
  constructor(private readonly options: SimplifyOptions) {}

  /** The replacement of each variable of the original program. */
  private readonly replaced = new Map<Variable, Atom>();
  /** The equation that computes a variable of the new program. */
  private readonly definitions = new Map<Variable, Equation>();
  private readonly seen = new Map<string, Equation>();
  private readonly equations: Equation[] = [];

  program(program: Program): Program {
    for (const equation of program.equations) this.equation(equation);
    return { inputs: program.inputs, equations: this.equations, outputs: program.outputs.map(this.current) };
  }

  private readonly current = (atom: Atom): Atom => {
    let now = atom;
    for (let next = now; next !== undefined; next = this.replaced.get(now as Variable)!) now = next;
    return now;
  };

  private readonly definition = (atom: Atom): Equation | undefined =>
    atom instanceof Variable ? this.definitions.get(atom) : undefined;

  private equation(original: Equation): void {
    const inputs = original.inputs.map(this.current);
    const equation = simplifyInside({ ...original, inputs } as Equation, this.options);
    if (equation.primitive === 'stopGradient' && this.options.differentiable !== true) {
      this.replace(original.outputs, inputs);
      return;
    }
    const result =
      this.constants(equation) ?? this.branch(equation) ?? identity(equation, this.definition) ?? equation;
    if (Array.isArray(result)) {
      this.replace(original.outputs, result);
      return;
    }
    const rewritten = result as Equation;
    // One identity may enable another.
    if (rewritten !== equation) {
      this.equation({ ...rewritten, outputs: original.outputs } as Equation);
      return;
    }
    const key = fingerprint(rewritten);
    const twin = key === undefined ? undefined : this.seen.get(key);
    if (twin !== undefined) {
      this.replace(original.outputs, twin.outputs);
      return;
    }
    if (key !== undefined) this.seen.set(key, rewritten);
    for (const output of rewritten.outputs) this.definitions.set(output, rewritten);
    this.equations.push(rewritten);
  }

  private replace(outputs: readonly Variable[], atoms: readonly Atom[]): void {
    for (const [i, output] of outputs.entries()) this.replaced.set(output, atoms[i]!);
  }

  private constants(equation: Equation): Atom[] | undefined {
    if (isControlFlow(equation.primitive)) return undefined;
    const inputs = equation.inputs.filter((atom) => atom instanceof Constant);
    if (inputs.length < equation.inputs.length) return undefined;
    const small = [...inputs, ...equation.outputs].every(
      (atom) => sizeOf(atom.type.shape) <= MAX_FOLDED_SIZE,
    );
    // A broadcast constant stays a scalar: elementwise operations broadcast it for free.
    if (!small || equation.primitive === 'broadcast') return undefined;
    return evaluateEquation(equation, inputs).map((value) => new Constant(value.type, value.data));
  }

  /** A branch on a constant becomes the branch taken. */
  private branch(equation: Equation): Atom[] | undefined {
    if (equation.primitive !== 'cond') return undefined;
    const [predicate, ...captures] = equation.inputs;
    if (!(predicate instanceof Constant)) return undefined;
    const taken = predicate.data[0] ? equation.params.ifTrue : equation.params.ifFalse;
    const { equations, outputs } = instantiate(taken, captures);
    for (const inner of equations) this.equation(inner);
    return outputs.map(this.current);
  }
}

function simplifyInside(equation: Equation, options: SimplifyOptions): Equation {
  const simplified = mapSubPrograms(equation, ({ program, captures }) =>
    simplify(bindConstants(program, captures), options),
  );
  return dropUnusedCaptures(simplified);
}

function dropUnusedCaptures(equation: Equation): Equation {
  switch (equation.primitive) {
    case 'while': {
      const { params } = equation;
      const { condition: forCondition, body: forBody, carry } = loopOperands(params, equation.inputs);
      const [inCondition, inBody] = [usedInputs(params.condition), usedInputs(params.body)];
      const conditionCaptures = forCondition.filter((_, i) => inCondition[i]);
      const bodyCaptures = forBody.filter((_, i) => inBody[i]);
      return {
        ...equation,
        params: {
          name: params.name,
          conditionCaptures: conditionCaptures.length,
          bodyCaptures: bodyCaptures.length,
          condition: keepInputs(params.condition, (i) => inCondition[i]! || i >= forCondition.length),
          body: keepInputs(params.body, (i) => inBody[i]! || i >= forBody.length),
        },
        inputs: [...conditionCaptures, ...bodyCaptures, ...carry],
      };
    }
    case 'scan': {
      const { params } = equation;
      const used = usedInputs(params.body);
      const carryEnd = params.captures + params.carries;
      const isKept = (i: number) => used[i]! || (i >= params.captures && i < carryEnd);
      return {
        ...equation,
        params: {
          ...params,
          captures: used.slice(0, params.captures).filter(Boolean).length,
          body: keepInputs(params.body, isKept),
        },
        inputs: equation.inputs.filter((_, i) => isKept(i)),
      };
    }
    case 'cond': {
      const { ifTrue, ifFalse } = equation.params;
      const [inTrue, inFalse] = [usedInputs(ifTrue), usedInputs(ifFalse)];
      const isUsed = (i: number) => inTrue[i]! || inFalse[i]!;
      return {
        ...equation,
        params: { ifTrue: keepInputs(ifTrue, isUsed), ifFalse: keepInputs(ifFalse, isUsed) },
        inputs: equation.inputs.filter((_, i) => i === 0 || isUsed(i - 1)),
      };
    }
    default:
      return equation;
  }
}

/** Replaces leading inputs that are constant by constants, and equal inputs by one. */
function bindConstants(program: Program, captures: readonly Atom[]): Program {
  const bound = new Map<Atom, Atom>();
  const first = new Map<Atom, Variable>();
  for (const [i, capture] of captures.entries()) {
    const input = program.inputs[i]!;
    const earlier = first.get(capture);
    if (capture instanceof Constant) bound.set(input, capture);
    else if (earlier !== undefined) bound.set(input, earlier);
    else first.set(capture, input);
  }
  return bound.size === 0 ? program : substitute(program, bound);
}

function usedInputs(program: Program): boolean[] {
  const used = new Set(usedAtoms(program));
  return program.inputs.map((input) => used.has(input));
}

const keepInputs = (program: Program, keeps: (position: number) => boolean): Program => ({
  ...program,
  inputs: program.inputs.filter((_, i) => keeps(i)),
});

/**
 * Drops equations whose outputs are not used, carried values that nothing outside their loop depends on, and unused results of
 * branches.
 */
function eliminateDeadCode(program: Program): Program {
  const live = new Set<Atom>(program.outputs);
  const kept: Equation[] = [];
  for (const equation of program.equations.toReversed()) {
    if (!equation.outputs.some((output) => live.has(output))) continue;
    const pruned = prune(equation, live);
    for (const input of pruned.inputs) live.add(input);
    kept.push(pruned);
  }
  return { ...program, equations: kept.reverse() };
}

function prune(equation: Equation, live: ReadonlySet<Atom>): Equation {
  switch (equation.primitive) {
    case 'while':
      return dropDeadCarry(equation, live);
    case 'scan':
      return dropDeadScan(equation, live);
    case 'cond':
      return dropDeadResults(equation, live);
    default:
      return equation;
  }
}

function dropDeadResults(equation: EquationOf<'cond'>, live: ReadonlySet<Atom>): Equation {
  const only = <T>(values: readonly T[]) => values.filter((_, i) => live.has(equation.outputs[i]!));
  const outputs = only(equation.outputs);
  if (outputs.length === equation.outputs.length) return equation;
  const pruned = mapSubPrograms(equation, ({ program }) =>
    eliminateDeadCode({ ...program, outputs: only(program.outputs) }),
  );
  return dropUnusedCaptures({ ...pruned, outputs } as Equation);
}

// A carried value is needed if its result is used, or if a stacked value or the next value of a needed one reads it.
function dropDeadScan(equation: EquationOf<'scan'>, live: ReadonlySet<Atom>): Equation {
  const { captures, carries, body } = equation.params;
  const isLive = equation.outputs.map((output) => live.has(output));
  let kept = isLive;
  for (;;) {
    const results = body.outputs.filter((_, i) => kept[i]);
    const reads = usedInputs(eliminateDeadCode({ ...body, outputs: results })).slice(
      captures,
      captures + carries,
    );
    const next = kept.map((keep, i) => keep || (i < carries && reads[i]!));
    if (next.every((keep, i) => keep === kept[i])) break;
    kept = next;
  }
  if (kept.every(Boolean)) return equation;
  const isInput = (i: number) => i < captures || i >= captures + carries || kept[i - captures]!;
  return dropUnusedCaptures({
    ...equation,
    params: {
      ...equation.params,
      carries: kept.slice(0, carries).filter(Boolean).length,
      body: eliminateDeadCode({
        ...body,
        inputs: body.inputs.filter((_, i) => isInput(i)),
        outputs: body.outputs.filter((_, i) => kept[i]),
      }),
    },
    inputs: equation.inputs.filter((_, i) => isInput(i)),
    outputs: equation.outputs.filter((_, i) => kept[i]),
  });
}

// A carried value is needed if its result is used, if the condition reads it, or if the next value of a needed one does.
function dropDeadCarry(equation: EquationOf<'while'>, live: ReadonlySet<Atom>): Equation {
  const { conditionCaptures, bodyCaptures, condition, body } = equation.params;
  const inCondition = usedInputs(condition).slice(conditionCaptures);
  let needed = equation.outputs.map((output, i) => live.has(output) || inCondition[i]!);
  for (;;) {
    const results = body.outputs.filter((_, i) => needed[i]);
    const reads = usedInputs(eliminateDeadCode({ ...body, outputs: results })).slice(bodyCaptures);
    const next = needed.map((need, i) => need || reads[i]!);
    if (next.every((need, i) => need === needed[i])) break;
    needed = next;
  }
  if (needed.every(Boolean)) return equation;
  /** The needed part of a list that ends with the carry. */
  const only = <T>(values: readonly T[], carryStart = 0) =>
    values.filter((_, i) => i < carryStart || needed[i - carryStart]);
  return dropUnusedCaptures({
    ...equation,
    params: {
      ...equation.params,
      condition: { ...condition, inputs: only(condition.inputs, conditionCaptures) },
      body: eliminateDeadCode({
        ...body,
        inputs: only(body.inputs, bodyCaptures),
        outputs: only(body.outputs),
      }),
    },
    inputs: only(equation.inputs, conditionCaptures + bodyCaptures),
    outputs: only(equation.outputs),
  });
}
