// Algebraic identities: replace an equation by one of its operands, or by a cheaper equation.

import { type Atom, Constant, type Equation, type EquationOf, type Primitive } from './program.js';
import { broadcastShapes, type Shape, sameShape, sameType, sizeOf } from './types.js';

/** The equation that computes an atom, if any. */
type DefinitionOf = (atom: Atom) => Equation | undefined;

/** Atoms that equal the equation's outputs, a cheaper equation, or nothing. */
type Rewritten = Atom[] | Equation | undefined;

type IdentityRule<P extends Primitive> = (equation: EquationOf<P>, definition: DefinitionOf) => Rewritten;

/**
 * Simplifies one equation. Identities that would turn a NaN or an infinity into a number, or back, are left out (0 x = 0;
 * x^0.5 = sqrt x, for x = -Infinity). The sign of a zero may change (x + 0 = x, for x = -0).
 *
 * @param definition finds the equation that computes an operand
 */
export function identity(equation: Equation, definition: DefinitionOf): Rewritten {
  const rule = RULES[equation.primitive] as IdentityRule<Primitive> | undefined;
  return rule?.(equation as EquationOf<Primitive>, definition) ?? unstretch(equation, definition);
}

const isSplat = (atom: Atom, value: number): boolean =>
  atom instanceof Constant && atom.data.length > 0 && atom.data.every((element) => element === value);

/** The operand itself, if it has the type of the result. */
function operand(equation: Equation, position: number): Atom[] | undefined {
  const atom = equation.inputs[position]!;
  return sameType(atom.type, equation.outputs[0]!.type) ? [atom] : undefined;
}

function definedBy<P extends Primitive>(
  atom: Atom,
  primitive: P,
  definition: DefinitionOf,
): EquationOf<P> | undefined {
  const found = definition(atom);
  return found?.primitive === primitive ? (found as unknown as EquationOf<P>) : undefined;
}

function equationLike<P extends Primitive>(
  like: Equation,
  primitive: P,
  params: EquationOf<P>['params'],
  inputs: readonly Atom[],
): Equation {
  return { primitive, params, inputs, outputs: like.outputs } as unknown as Equation;
}

const isIdentityPermutation = (permutation: readonly number[]) => permutation.every((axis, i) => axis === i);

/** Whether a permutation swaps only the last two axes. */
function swapsLastTwo(permutation: readonly number[]): boolean {
  const rank = permutation.length;
  return (
    rank >= 2 &&
    permutation[rank - 1] === rank - 2 &&
    permutation[rank - 2] === rank - 1 &&
    isIdentityPermutation(permutation.slice(0, -2))
  );
}

const RULES: { readonly [P in Primitive]?: IdentityRule<P> } = {
  add: (e) => {
    const [a, b] = e.inputs as [Atom, Atom];
    if (isSplat(b, 0)) return operand(e, 0);
    return isSplat(a, 0) ? operand(e, 1) : undefined;
  },
  sub: (e, definition) => {
    const [a, b] = e.inputs as [Atom, Atom];
    if (isSplat(b, 0)) return operand(e, 0);
    const negated = definedBy(b, 'neg', definition);
    return negated ? equationLike(e, 'add', {}, [a, negated.inputs[0]!]) : undefined;
  },
  mul: (e, definition) => {
    const [a, b] = e.inputs as [Atom, Atom];
    if (isSplat(b, 1)) return operand(e, 0);
    if (isSplat(a, 1)) return operand(e, 1);
    const [na, nb] = [definedBy(a, 'neg', definition), definedBy(b, 'neg', definition)];
    return na && nb ? equationLike(e, 'mul', {}, [na.inputs[0]!, nb.inputs[0]!]) : undefined;
  },
  div: (e) => (isSplat(e.inputs[1]!, 1) ? operand(e, 0) : undefined),
  pow: (e) => {
    const [x, exponent] = e.inputs as [Atom, Atom];
    if (isSplat(exponent, 1)) return operand(e, 0);
    if (isSplat(exponent, 2) && sameType(x.type, e.outputs[0]!.type))
      return equationLike(e, 'mul', {}, [x, x]);
    return undefined;
  },
  neg: (e, definition) => {
    const inner = definedBy(e.inputs[0]!, 'neg', definition);
    return inner ? [inner.inputs[0]!] : undefined;
  },
  not: (e, definition) => {
    const inner = definedBy(e.inputs[0]!, 'not', definition);
    return inner ? [inner.inputs[0]!] : undefined;
  },
  cast: (e) => operand(e, 0),
  select: (e) => {
    const [predicate, a, b] = e.inputs as [Atom, Atom, Atom];
    if (isSplat(predicate, 1)) return operand(e, 1);
    if (isSplat(predicate, 0)) return operand(e, 2);
    return a === b ? operand(e, 1) : undefined;
  },
  reduceSum: (e) => {
    const { axes } = e.params;
    const shape = e.inputs[0]!.type.shape;
    // A sum over axes of size 1 only moves the elements.
    if (!axes.every((axis) => shape[axis] === 1)) return undefined;
    return equationLike(e, 'reshape', { shape: e.outputs[0]!.type.shape }, e.inputs);
  },
  matmul: (e, definition) => {
    const [a, b] = e.inputs as [Atom, Atom];
    const ta = definedBy(a, 'transpose', definition);
    const tb = definedBy(b, 'transpose', definition);
    const foldA = ta !== undefined && swapsLastTwo(ta.params.permutation);
    const foldB = tb !== undefined && swapsLastTwo(tb.params.permutation);
    if (!foldA && !foldB) return undefined;
    const { transposeA, transposeB } = e.params;
    return equationLike(e, 'matmul', { transposeA: transposeA !== foldA, transposeB: transposeB !== foldB }, [
      foldA ? ta.inputs[0]! : a,
      foldB ? tb.inputs[0]! : b,
    ]);
  },
  reshape: (e, definition) => {
    const same = operand(e, 0);
    if (same !== undefined) return same;
    const inner = definedBy(e.inputs[0]!, 'reshape', definition);
    return inner ? equationLike(e, 'reshape', e.params, inner.inputs) : undefined;
  },
  transpose: (e, definition) => {
    const { permutation } = e.params;
    if (isIdentityPermutation(permutation)) return operand(e, 0);
    const inner = definedBy(e.inputs[0]!, 'transpose', definition);
    if (inner === undefined) return undefined;
    const composed = permutation.map((axis) => inner.params.permutation[axis]!);
    return equationLike(e, 'transpose', { permutation: composed }, inner.inputs);
  },
  broadcast: (e, definition) => {
    const same = operand(e, 0);
    if (same !== undefined) return same;
    const inner = definedBy(e.inputs[0]!, 'broadcast', definition);
    return inner ? equationLike(e, 'broadcast', e.params, inner.inputs) : undefined;
  },
  concat: (e) => (e.inputs.length === 1 ? operand(e, 0) : undefined),
  slice: (e) => operand(e, 0),
  pad: (e) => operand(e, 0),
};

const ELEMENTWISE_BROADCASTING: ReadonlySet<Primitive> = new Set<Primitive>([
  'add',
  'sub',
  'mul',
  'div',
  'pow',
  'maximum',
  'minimum',
  'equal',
  'less',
  'lessEqual',
  'and',
  'or',
  'select',
]);

// x + broadcast(b) = x + b, if the result keeps its shape: the broadcast copy is never made.
function unstretch(equation: Equation, definition: DefinitionOf): Equation | undefined {
  if (!ELEMENTWISE_BROADCASTING.has(equation.primitive)) return undefined;
  const result = equation.outputs[0]!.type.shape;
  const inputs = [...equation.inputs];
  let changed = false;
  // The smallest sources first: if one operand must stay broadcast, it should not be a scalar.
  const stretched = inputs.flatMap((atom, i) => {
    const source = definedBy(atom, 'broadcast', definition)?.inputs[0];
    return source === undefined || sizeOf(source.type.shape) === sizeOf(atom.type.shape)
      ? []
      : [{ i, source }];
  });
  stretched.sort((a, b) => sizeOf(a.source.type.shape) - sizeOf(b.source.type.shape));
  for (const { i, source } of stretched) {
    const shapes = inputs.map((other, j): Shape => (i === j ? source : other).type.shape);
    const shape = broadcastShapes(...shapes);
    if (shape === undefined || !sameShape(shape, result)) continue;
    inputs[i] = source;
    changed = true;
  }
  return changed ? ({ ...equation, inputs } as Equation) : undefined;
}
