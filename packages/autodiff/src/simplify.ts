// Simplification: constant folding, algebraic identities, common subexpressions, dead code; inside loops and branches too.

import { fingerprint } from './fingerprint.js';
import { identity } from './identities.js';
import {
  type Atom,
  Constant,
  type Equation,
  type EquationOf,
  type PrimitiveParams,
  type Program,
  Variable,
} from './program.js';
import { evaluateEquation } from './reference.js';
import { sizeOf } from './types.js';

/** Results larger than this are not folded into the program: computing them is cheaper than carrying them. */
const MAX_FOLDED_SIZE = 64;

export interface SimplifyOptions {
  /** Whether the program may be differentiated again: `stopGradient` stays in it then. Default false. */
  readonly differentiable?: boolean;
}

/** An equivalent program with the same inputs and outputs, in the same order. */
export function simplify(program: Program, options: SimplifyOptions = {}): Program {
  return eliminateDeadCode(new Simplifier(options).program(program));
}

class Simplifier {
  constructor(private readonly options: SimplifyOptions) {}

  /** What a variable of the original program became. */
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
    const equation = simplifyNested({ ...original, inputs } as Equation, this.options);
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
    // An identity may have made room for another.
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
    if (equation.primitive === 'while' || equation.primitive === 'cond') return undefined;
    const inputs = equation.inputs.filter((atom) => atom instanceof Constant);
    if (inputs.length < equation.inputs.length) return undefined;
    const small = [...inputs, ...equation.outputs].every(
      (atom) => sizeOf(atom.type.shape) <= MAX_FOLDED_SIZE,
    );
    // A broadcast constant stays a scalar: elementwise operations stretch it for nothing.
    if (!small || equation.primitive === 'broadcast') return undefined;
    return evaluateEquation(equation, inputs).map((value) => new Constant(value.type, value.data));
  }

  /** A branch on a constant is the branch taken. */
  private branch(equation: Equation): Atom[] | undefined {
    if (equation.primitive !== 'cond') return undefined;
    const [predicate, ...captures] = equation.inputs;
    if (!(predicate instanceof Constant)) return undefined;
    const taken = predicate.data[0] ? equation.params.ifTrue : equation.params.ifFalse;
    this.replace(taken.inputs, captures);
    for (const inner of taken.equations) {
      // The same branch may be inlined elsewhere too: its variables are renewed.
      const outputs = inner.outputs.map((output) => new Variable(output.type));
      this.replace(inner.outputs, outputs);
      this.equation({ ...inner, outputs } as Equation);
    }
    return taken.outputs.map(this.current);
  }
}

function simplifyNested(equation: Equation, options: SimplifyOptions): Equation {
  switch (equation.primitive) {
    case 'while':
      return simplifyWhile(equation, options);
    case 'cond':
      return simplifyCond(equation, options);
    default:
      return equation;
  }
}

function simplifyCond(equation: EquationOf<'cond'>, options: SimplifyOptions): EquationOf<'cond'> {
  const captures = equation.inputs.slice(1);
  const bind = (program: Program) => simplify(bindConstants(program, captures), options);
  const ifTrue = bind(equation.params.ifTrue);
  const ifFalse = bind(equation.params.ifFalse);
  return dropUnusedCaptures({ ...equation, params: { ifTrue, ifFalse } });
}

function dropUnusedCaptures(equation: EquationOf<'cond'>): EquationOf<'cond'> {
  const [predicate, ...captures] = equation.inputs;
  const { ifTrue, ifFalse } = equation.params;
  const inTrue = usedInputs(ifTrue);
  const inFalse = usedInputs(ifFalse);
  const kept = captures.flatMap((_, i) => (inTrue[i] || inFalse[i] ? [i] : []));
  return {
    ...equation,
    params: { ifTrue: selectInputs(ifTrue, kept), ifFalse: selectInputs(ifFalse, kept) },
    inputs: [predicate!, ...kept.map((i) => captures[i]!)],
  };
}

function simplifyWhile(equation: EquationOf<'while'>, options: SimplifyOptions): Equation {
  const { conditionCaptures, bodyCaptures } = equation.params;
  const carryStart = conditionCaptures + bodyCaptures;
  const conditionInputs = equation.inputs.slice(0, conditionCaptures);
  const bodyInputs = equation.inputs.slice(conditionCaptures, carryStart);
  const condition = simplify(bindConstants(equation.params.condition, conditionInputs), options);
  const body = simplify(bindConstants(equation.params.body, bodyInputs), options);
  const inCondition = usedInputs(condition);
  const inBody = usedInputs(body);
  const keptCondition = conditionInputs.flatMap((_, i) => (inCondition[i] ? [i] : []));
  const keptBody = bodyInputs.flatMap((_, i) => (inBody[i] ? [i] : []));
  const carry = equation.inputs.slice(carryStart);
  const carried = (count: number) => carry.map((_, i) => count + i);
  const params: PrimitiveParams['while'] = {
    name: equation.params.name,
    conditionCaptures: keptCondition.length,
    bodyCaptures: keptBody.length,
    condition: selectInputs(condition, [...keptCondition, ...carried(conditionCaptures)]),
    body: selectInputs(body, [...keptBody, ...carried(bodyCaptures)]),
  };
  const inputs = [
    ...keptCondition.map((i) => conditionInputs[i]!),
    ...keptBody.map((i) => bodyInputs[i]!),
    ...carry,
  ];
  return { ...equation, params, inputs };
}

/** Puts constants in the place of leading inputs that are constant, and one input in the place of equal ones. */
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
  if (bound.size === 0) return program;
  const substitute = (atom: Atom) => bound.get(atom) ?? atom;
  return {
    inputs: program.inputs,
    equations: program.equations.map(
      (equation) => ({ ...equation, inputs: equation.inputs.map(substitute) }) as Equation,
    ),
    outputs: program.outputs.map(substitute),
  };
}

function usedInputs(program: Program): boolean[] {
  const used = new Set<Atom>(program.outputs);
  for (const equation of program.equations) for (const input of equation.inputs) used.add(input);
  return program.inputs.map((input) => used.has(input));
}

function selectInputs(program: Program, kept: readonly number[]): Program {
  return { ...program, inputs: kept.map((i) => program.inputs[i]!) };
}

/**
 * Drops equations whose outputs are not used, carried values that nothing outside their loop depends on, and results of
 * branches that nothing uses.
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
    case 'cond':
      return dropDeadResults(equation, live);
    default:
      return equation;
  }
}

function dropDeadResults(equation: EquationOf<'cond'>, live: ReadonlySet<Atom>): EquationOf<'cond'> {
  const kept = equation.outputs.flatMap((output, i) => (live.has(output) ? [i] : []));
  if (kept.length === equation.outputs.length) return equation;
  const only = (branch: Program) =>
    eliminateDeadCode({ ...branch, outputs: kept.map((i) => branch.outputs[i]!) });
  const params = { ifTrue: only(equation.params.ifTrue), ifFalse: only(equation.params.ifFalse) };
  return dropUnusedCaptures({ ...equation, params, outputs: kept.map((i) => equation.outputs[i]!) });
}

// A carried value is needed if its result is used, if the condition reads it, or if the next value of a needed one does.
function dropDeadCarry(equation: EquationOf<'while'>, live: ReadonlySet<Atom>): EquationOf<'while'> {
  const { conditionCaptures, bodyCaptures, condition, body } = equation.params;
  const count = equation.outputs.length;
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
  const keptCarry = Array.from({ length: count }, (_, i) => i).filter((i) => needed[i]);
  const prunedBody = eliminateDeadCode({ ...body, outputs: keptCarry.map((i) => body.outputs[i]!) });
  const inBody = usedInputs(prunedBody);
  const keptBody = Array.from({ length: bodyCaptures }, (_, i) => i).filter((i) => inBody[i]);
  const carryStart = conditionCaptures + bodyCaptures;
  const leading = Array.from({ length: conditionCaptures }, (_, i) => i);
  return {
    ...equation,
    params: {
      ...equation.params,
      bodyCaptures: keptBody.length,
      condition: selectInputs(condition, [...leading, ...keptCarry.map((i) => conditionCaptures + i)]),
      body: selectInputs(prunedBody, [...keptBody, ...keptCarry.map((i) => bodyCaptures + i)]),
    },
    inputs: [
      ...equation.inputs.slice(0, conditionCaptures),
      ...keptBody.map((i) => equation.inputs[conditionCaptures + i]!),
      ...keptCarry.map((i) => equation.inputs[carryStart + i]!),
    ],
    outputs: keptCarry.map((i) => equation.outputs[i]!),
  };
}
