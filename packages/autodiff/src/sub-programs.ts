// Sub-programs: reaches and replaces the programs inside loops and branches, for every pass and engine.

import type {
  Atom,
  ControlFlow,
  Equation,
  EquationOf,
  Primitive,
  PrimitiveParams,
  Program,
} from './program.js';
import type { DType } from './types.js';

/** A program inside an equation, and its captures from the surrounding program. */
export interface SubProgram {
  readonly role: 'condition' | 'body' | 'then' | 'else';
  readonly program: Program;
  /** The operands bound to its leading inputs; a loop's carry, and the elements of a scan, are bound to the rest. */
  readonly captures: readonly Atom[];
}

interface ControlFlowRule<P extends ControlFlow> {
  readonly subPrograms: (equation: EquationOf<P>) => readonly SubProgram[];
  /** The parameters with other programs, in the order of `subPrograms`. */
  readonly replace: (params: PrimitiveParams[P], programs: readonly Program[]) => PrimitiveParams[P];
}

const RULES: { readonly [P in ControlFlow]: ControlFlowRule<P> } = {
  while: {
    subPrograms: ({ params, inputs }) => {
      const captures = loopOperands(params, inputs);
      return [
        { role: 'condition', program: params.condition, captures: captures.condition },
        { role: 'body', program: params.body, captures: captures.body },
      ];
    },
    replace: (params, [condition, body]) => ({ ...params, condition: condition!, body: body! }),
  },
  scan: {
    subPrograms: ({ params, inputs }) => [
      { role: 'body', program: params.body, captures: scanOperands(params, inputs).captures },
    ],
    replace: (params, [body]) => ({ ...params, body: body! }),
  },
  cond: {
    subPrograms: ({ params: { ifTrue, ifFalse }, inputs: [, ...captures] }) => [
      { role: 'then', program: ifTrue, captures },
      { role: 'else', program: ifFalse, captures },
    ],
    replace: (_, [ifTrue, ifFalse]) => ({ ifTrue: ifTrue!, ifFalse: ifFalse! }),
  },
};

/**
 * Whether a primitive has programs among its parameters: loops and branches.
 *
 * @example
 * isControlFlow('scan'); // = true
 */
export function isControlFlow(primitive: Primitive): primitive is ControlFlow {
  return Object.hasOwn(RULES, primitive);
}

const ruleOf = ({ primitive }: Equation): ControlFlowRule<ControlFlow> | undefined =>
  isControlFlow(primitive) ? (RULES[primitive] as ControlFlowRule<ControlFlow>) : undefined;

/**
 * The programs inside an equation, in printing order; none unless it is control flow.
 *
 * @example
 * const { program } = trace((x: Tensor) => whileLoop((k: Tensor) => less(k, 9), (k: Tensor) => add(k, k), x), tensorType('int32'));
 * subPrograms(program.equations[0]).map(({ role }) => role); // = ['condition', 'body']
 */
export function subPrograms(equation: Equation): readonly SubProgram[] {
  return ruleOf(equation)?.subPrograms(equation as EquationOf<ControlFlow>) ?? [];
}

/**
 * The equation with each inner program replaced. A replacement must have the same inputs, in number and type. Equations without inner
 * programs are returned unchanged.
 *
 * @example
 * const { program } = trace((x: Tensor) => whileLoop((k: Tensor) => less(k, 9), (k: Tensor) => add(k, k), x), tensorType('int32'));
 * mapSubPrograms(program.equations[0], ({ program }) => simplify(program)).primitive; // = 'while'
 */
export function mapSubPrograms(equation: Equation, map: (inner: SubProgram) => Program): Equation {
  const rule = ruleOf(equation);
  if (rule === undefined) return equation;
  const { params } = equation as EquationOf<ControlFlow>;
  return { ...equation, params: rule.replace(params, subPrograms(equation).map(map)) } as Equation;
}

/**
 * A program and all programs inside it, depth first. A program used in several places is visited once for each.
 *
 * @example
 * const { program } = trace((x: Tensor) => whileLoop((k: Tensor) => less(k, 9), (k: Tensor) => add(k, k), x), tensorType('int32'));
 * [...programsIn(program)].length; // = 3
 */
export function* programsIn(program: Program): Generator<Program> {
  yield program;
  for (const equation of program.equations) {
    for (const inner of subPrograms(equation)) yield* programsIn(inner.program);
  }
}

/**
 * What a program reads: the operands of its equations, in order, then its results. Inner programs are left out.
 *
 * @example
 * const { program } = trace((x: Tensor) => add(neg(x), x), { dtype: 'int32', shape: [3] });
 * usedAtoms(program).length; // = 4
 */
export function usedAtoms({ equations, outputs }: Program): Atom[] {
  return [...equations.flatMap(({ inputs }) => inputs), ...outputs];
}

/**
 * The dtypes of all values in a program, including its loops and branches.
 *
 * @example
 * [...dtypesOf(trace((x: Tensor) => cast(x, 'float32'), { dtype: 'int32', shape: [3] }).program)]; // = ['int32', 'float32']
 */
export function dtypesOf(program: Program): ReadonlySet<DType> {
  const dtypes = new Set<DType>();
  for (const inner of programsIn(program)) {
    const defined = inner.equations.flatMap(({ outputs }) => outputs);
    for (const { type } of [...inner.inputs, ...usedAtoms(inner), ...defined]) dtypes.add(type.dtype);
  }
  return dtypes;
}

/**
 * The outermost loops of a program, in order.
 *
 * @example
 * const { program } = trace((x: Tensor) => whileLoop((k: Tensor) => less(k, 9), (k: Tensor) => add(k, k), x), tensorType('int32'));
 * loopsOf(program).map(({ params }) => params.name); // = ['while']
 */
export function loopsOf({ equations }: Program): EquationOf<'while'>[] {
  return equations.filter((equation) => equation.primitive === 'while');
}

/**
 * Splits a loop's operands, or a list parallel to them, into the condition's captures, the body's captures and the initial carry.
 *
 * @example
 * const { program } = trace((x: Tensor) => whileLoop((k: Tensor) => less(k, 9), (k: Tensor) => add(k, x), x), tensorType('int32'));
 * const [{ params, inputs }] = loopsOf(program);
 * loopOperands(params, inputs).body.length; // = 1
 */
export function loopOperands<T>(
  { conditionCaptures, bodyCaptures }: PrimitiveParams['while'],
  operands: readonly T[],
): { readonly condition: readonly T[]; readonly body: readonly T[]; readonly carry: readonly T[] } {
  const carryStart = conditionCaptures + bodyCaptures;
  return {
    condition: operands.slice(0, conditionCaptures),
    body: operands.slice(conditionCaptures, carryStart),
    carry: operands.slice(carryStart),
  };
}

/**
 * Splits a scan's operands, or a list parallel to them, into captures, initial carry and scanned inputs.
 *
 * @example
 * const step = (sum: Tensor, x: Tensor) => ({ carry: add(sum, x), y: sum });
 * const { program } = trace((xs: Tensor) => scan(step, scalar(0, 'int32'), xs).ys, { dtype: 'int32', shape: [3] });
 * const [{ params }] = program.equations;
 * scanOperands(params, ['start', 'elements']); // = { captures: [], carry: ['start'], xs: ['elements'] }
 */
export function scanOperands<T>(
  { captures, carries }: PrimitiveParams['scan'],
  operands: readonly T[],
): { readonly captures: readonly T[]; readonly carry: readonly T[]; readonly xs: readonly T[] } {
  return {
    captures: operands.slice(0, captures),
    carry: operands.slice(captures, captures + carries),
    xs: operands.slice(captures + carries),
  };
}

/**
 * Splits a scan's outputs, or a list parallel to them or to its body's outputs, into carry and stacked values.
 *
 * @example
 * const step = (sum: Tensor, x: Tensor) => ({ carry: add(sum, x), y: sum });
 * const { program } = trace((xs: Tensor) => scan(step, scalar(0, 'int32'), xs).ys, { dtype: 'int32', shape: [3] });
 * const [{ params }] = program.equations;
 * scanResults(params, ['total', 'totals']); // = { carry: ['total'], ys: ['totals'] }
 */
export function scanResults<T>(
  { carries }: PrimitiveParams['scan'],
  outputs: readonly T[],
): { readonly carry: readonly T[]; readonly ys: readonly T[] } {
  return { carry: outputs.slice(0, carries), ys: outputs.slice(carries) };
}
