// A text that is equal for two equations exactly if they compute the same values.

import { type Atom, Constant, type Equation, type Variable } from './program.js';
import { isControlFlow } from './sub-programs.js';
import { formatType, sizeOf } from './types.js';

/** Constants up to this size are compared by value, larger ones by identity. */
const MAX_COMPARED_SIZE = 16;

const identities = new WeakMap<Variable | Constant, number>();
let nextIdentity = 0;

function identityOf(atom: Variable | Constant): number {
  let id = identities.get(atom);
  if (id === undefined) {
    id = nextIdentity++;
    identities.set(atom, id);
  }
  return id;
}

function atomKey(atom: Atom): string {
  if (atom instanceof Constant && sizeOf(atom.type.shape) <= MAX_COMPARED_SIZE) {
    // Array.from distinguishes -0 from 0 by Object.is; so does the text.
    const values = Array.from(atom.data, (value) => (Object.is(value, -0) ? '-0' : String(value)));
    return `${formatType(atom.type)}{${values.join(',')}}`;
  }
  return `#${identityOf(atom)}`;
}

const COMMUTATIVE: ReadonlySet<string> = new Set(['add', 'mul', 'maximum', 'minimum', 'equal', 'and', 'or']);

/** `undefined` for control flow, whose programs are not compared. */
export function fingerprint(equation: Equation): string | undefined {
  if (isControlFlow(equation.primitive)) return undefined;
  const operands = equation.inputs.map(atomKey);
  if (COMMUTATIVE.has(equation.primitive)) operands.sort();
  return `${equation.primitive} ${JSON.stringify(equation.params)} ${operands.join(' ')}`;
}
