// Printing: a program as stable, readable text.

import { type Atom, Constant, type Equation, type Program, type Variable } from './program.js';
import { subPrograms } from './sub-programs.js';
import { formatType, sizeOf, type TensorType } from './types.js';

/** Constants up to this size are printed with their values. */
const MAX_PRINTED_SIZE = 8;

/**
 * ```text
 * program(a: float32[2,3], b: float32[3]) {
 *   c: float32[2,3] = add a b
 *   return c
 * }
 * ```
 *
 * Variables are named in order of definition, so equal programs print the same.
 *
 * @param inputs names for the program's inputs, such as `params.weight`; named inputs are printed one per line
 * @example
 * const { program } = trace((x: Tensor) => neg(x), { dtype: 'int32', shape: [3] });
 * printProgram(program).split('\n')[1]; // = '  b: int32[3] = neg a'
 */
export function printProgram(program: Program, inputs: readonly string[] = []): string {
  return new Printer(program, inputs).program('program', program, '').join('\n');
}

class Printer {
  private readonly names = new Map<Variable, string>();
  private readonly given: ReadonlyMap<Variable, string>;
  private count = 0;

  constructor({ inputs }: Program, names: readonly string[]) {
    this.given = new Map(names.map((name, i) => [inputs[i]!, name]));
  }

  program(head: string, program: Program, indent: string): string[] {
    const inputs = program.inputs.map((input) => `${this.define(input)}: ${formatType(input.type)}`);
    const inner = `${indent}  `;
    const named = program.inputs.some((input) => this.given.has(input));
    return [
      ...(named
        ? [`${indent}${head}(`, ...inputs.map((input) => `${inner}${input}`), `${indent}) {`]
        : [`${indent}${head}(${inputs.join(', ')}) {`]),
      ...program.equations.flatMap((equation) => this.equation(equation, inner)),
      `${inner}return ${program.outputs.map((output) => this.atom(output)).join(', ')}`,
      `${indent}}`,
    ];
  }

  private equation(equation: Equation, indent: string): string[] {
    const operands = equation.inputs.map((input) => this.atom(input)).join(' ');
    const nested = subPrograms(equation).flatMap(({ role, program }) =>
      this.program(role, program, `${indent}  `),
    );
    const outputs = equation.outputs.map((output) => `${this.define(output)}: ${formatType(output.type)}`);
    const line = [equation.primitive, parameters(equation), operands].filter((part) => part !== '').join(' ');
    return [`${indent}${outputs.join(', ')} = ${line}`, ...nested];
  }

  private define(variable: Variable): string {
    const name = this.given.get(variable) ?? letters(this.count++);
    this.names.set(variable, name);
    return name;
  }

  private atom(atom: Atom): string {
    if (atom instanceof Constant) return printConstant(atom);
    return this.names.get(atom) ?? '?';
  }
}

function parameters(equation: Equation): string {
  switch (equation.primitive) {
    case 'while': {
      const { name, conditionCaptures, bodyCaptures } = equation.params;
      return `[name=${name} captures=${conditionCaptures}+${bodyCaptures}]`;
    }
    case 'scan': {
      const { name, length, reverse, captures, carries } = equation.params;
      return `[name=${name} length=${length}${reverse ? ' reverse' : ''} captures=${captures} carries=${carries}]`;
    }
    case 'cond':
      return '';
    default: {
      const entries = Object.entries(equation.params).map(([name, value]) => `${name}=${printValue(value)}`);
      return entries.length === 0 ? '' : `[${entries.join(' ')}]`;
    }
  }
}

function printValue(value: unknown): string {
  return Array.isArray(value) ? `(${value.map(printValue).join(',')})` : String(value);
}

function printConstant({
  type,
  data,
}: {
  readonly type: TensorType;
  readonly data: ArrayLike<number>;
}): string {
  if (type.shape.length === 0) return `${printNumber(data[0]!)}:${type.dtype}`;
  if (sizeOf(type.shape) > MAX_PRINTED_SIZE) return `{...}:${formatType(type)}`;
  return `{${Array.from(data, printNumber).join(',')}}:${formatType(type)}`;
}

function printNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** a, b, ..., z, aa, ab, ... */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
