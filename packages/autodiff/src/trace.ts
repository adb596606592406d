// Tracing: runs a function on tensors without values, and records what it does.

import { inferTypes } from './infer.js';
import { lock } from './lock.js';
import {
  type Atom,
  Constant,
  type Equation,
  type Primitive,
  type PrimitiveParams,
  type Program,
  Variable,
} from './program.js';
import {
  type DType,
  formatType,
  holds,
  type Shape,
  sizeOf,
  type TensorType,
  type TensorValue,
} from './types.js';

/**
 * A tensor inside a trace: a static type, and its place in the program. It has no value while the program is being built.
 *
 * @example
 * const x = reshape(iota(6), [2, 3]);
 * x.shape; // = [2, 3]
 * x.dtype; // = 'int32'
 */
export class Tensor {
  /** @internal */
  constructor(
    /** @internal */ readonly atom: Atom,
    /** @internal The builder whose program computes it; `null` for a constant. */
    readonly builder: Builder | null,
  ) {}

  get type(): TensorType {
    return this.atom.type;
  }

  get shape(): Shape {
    return this.atom.type.shape;
  }

  get dtype(): DType {
    return this.atom.type.dtype;
  }

  toString(): string {
    return `Tensor(${formatType(this.type)})`;
  }

  /**
   * A tensor has no value yet: `a < b` would always be false, and `a + b` a string.
   *
   * @throws TypeError if a number is expected
   */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new TypeError(
      `${this} has no value while the program is being built; use add(), mul(), less(), ... instead of operators, ` +
        'and cond() or select() to choose',
    );
  }
}
lock(Tensor);

/**
 * A program under construction. Builders nest: a loop's body has its own, whose parent is the builder of the surrounding program. A
 * tensor of an outer builder can be used inside; it becomes a capture.
 *
 * @internal
 */
export class Builder {
  readonly inputs: Variable[] = [];
  readonly equations: Equation[] = [];
  /** Outer tensors used here, by the variable that stands for them, in order of first use. */
  private readonly captured = new Map<Variable, { readonly outer: Tensor; readonly inner: Variable }>();

  /**
   * @param hoists whether to move operations on outer tensors alone out to the builder of those tensors. A loop's body hoists
   *   (loop-invariant code motion); a branch does not, or both branches would run.
   */
  constructor(
    readonly parent: Builder | null,
    readonly hoists: boolean,
  ) {}

  input(type: TensorType): Tensor {
    const variable = new Variable(type);
    this.inputs.push(variable);
    return new Tensor(variable, this);
  }

  /** Whether a tensor can be used here: constants, and tensors of this builder or an enclosing one. */
  sees(tensor: Tensor): boolean {
    if (tensor.builder === null) return true;
    for (let builder: Builder | null = this; builder !== null; builder = builder.parent) {
      if (builder === tensor.builder) return true;
    }
    return false;
  }

  /** The atom for a tensor in this builder's program. */
  resolve(tensor: Tensor): Atom {
    if (tensor.atom instanceof Constant || tensor.builder === this) return tensor.atom;
    if (this.parent === null || !this.sees(tensor)) {
      throw new TypeError(
        `a ${formatType(tensor.type)} tensor was used outside the function that was traced with it; ` +
          'return it from that function instead of keeping it in a variable',
      );
    }
    const known = this.captured.get(tensor.atom);
    if (known !== undefined) return known.inner;
    const inner = new Variable(tensor.type);
    this.captured.set(tensor.atom, { outer: tensor, inner });
    return inner;
  }

  /** Closes the program: captures come first among its inputs, and are returned as the tensors they stand for. */
  close(outputs: readonly Tensor[]): { readonly program: Program; readonly captures: readonly Tensor[] } {
    const atoms = outputs.map((output) => this.resolve(output));
    const captures = [...this.captured.values()];
    const inputs = [...captures.map((capture) => capture.inner), ...this.inputs];
    return {
      program: { inputs, equations: this.equations, outputs: atoms },
      captures: captures.map((capture) => capture.outer),
    };
  }
}
lock(Builder);

let current: Builder | null = null;

/**
 * The innermost builder.
 *
 * @internal
 * @param what the operation that needs it, for the error message
 */
export function currentBuilder(what: string): Builder {
  if (current === null) {
    throw new TypeError(
      `${what}: tensor operations build programs; call them inside a function passed to trace()`,
    );
  }
  return current;
}

/** @internal Runs `fn` with `builder` as the innermost. */
export function withBuilder<R>(builder: Builder, fn: () => R): R {
  const previous = current;
  current = builder;
  try {
    return fn();
  } finally {
    current = previous;
  }
}

/**
 * A constant tensor.
 *
 * @throws TypeError if the data does not match the type
 * @example
 * constant(tensorValue('float64', [3], [1, 2, 4])); // = [1, 2, 4]
 */
export function constant(value: TensorValue): Tensor {
  if (!holds(value.type, value.data)) {
    throw new TypeError(
      `constant: a ${formatType(value.type)} holds ${sizeOf(value.type.shape)} values of its dtype, got a ` +
        `${value.data.constructor.name} of ${value.data.length}; tensorValue() creates the right one`,
    );
  }
  return new Tensor(new Constant(value.type, value.data), null);
}

/**
 * Applies a primitive to tensors: type-checks it and appends the equation to the innermost program that needs it.
 *
 * @internal Users call the functions of ops/.
 */
export function emit<P extends Primitive>(
  primitive: P,
  params: PrimitiveParams[P],
  operands: readonly Tensor[],
): Tensor[] {
  let builder = currentBuilder(primitive);
  for (const operand of operands) demandTensor(primitive, operand);
  const types = inferTypes(
    primitive,
    params,
    operands.map((operand) => operand.type),
  );
  while (builder.hoists && builder.parent !== null) {
    const home = builder;
    if (operands.some((operand) => operand.builder === home)) break;
    builder = builder.parent;
  }
  const target = builder;
  const inputs = operands.map((operand) => target.resolve(operand));
  const outputs = types.map((type) => new Variable(type));
  target.equations.push({ primitive, params, inputs, outputs } as Equation);
  return outputs.map((output) => new Tensor(output, target));
}

/** @internal */
export function demandTensor(what: string, operand: unknown): asserts operand is Tensor {
  if (operand instanceof Tensor) return;
  const isNumber = typeof operand === 'number' || typeof operand === 'boolean';
  const isValue = typeof operand === 'object' && operand !== null && 'data' in operand;
  const got = isNumber ? `the ${typeof operand} ${operand}` : isValue ? 'a value' : typeof operand;
  const remedy = isNumber ? '; scalar() converts it' : isValue ? '; constant() converts it' : '';
  throw new TypeError(`${what}: expected a tensor, got ${got}${remedy}`);
}

/** @internal Applies a primitive with one output. */
export function emit1<P extends Primitive>(
  primitive: P,
  params: PrimitiveParams[P],
  operands: readonly Tensor[],
): Tensor {
  return emit(primitive, params, operands)[0]!;
}

/**
 * Inlines a program into a trace: its equations applied to the arguments, one tensor per input. Returns its outputs.
 *
 * @throws RangeError if the number of arguments differs from that of the inputs
 * @example
 * const { program } = trace((x: Tensor) => mul(x, x), { dtype: 'int32', shape: [3] });
 * inline(program, [iota(3)]); // = [[0, 1, 4]]
 */
export function inline(program: Program, args: readonly Tensor[]): Tensor[] {
  const scope = new Scope(program, args);
  for (const equation of program.equations) {
    scope.define(
      equation.outputs,
      emit(equation.primitive, equation.params, equation.inputs.map(scope.read)),
    );
  }
  return program.outputs.map(scope.read);
}

/**
 * The values of a program's variables while a pass walks over it.
 *
 * @internal
 */
export class Scope {
  private readonly tensors = new Map<Variable, Tensor>();

  constructor(program: Program, args: readonly Tensor[]) {
    if (args.length !== program.inputs.length) {
      throw new RangeError(`a program of ${program.inputs.length} inputs was given ${args.length} arguments`);
    }
    this.define(program.inputs, args);
  }

  readonly read = (atom: Atom): Tensor => {
    if (atom instanceof Constant) return new Tensor(atom, null);
    const tensor = this.tensors.get(atom);
    if (tensor === undefined) throw new Error('internal: a variable is used before it is defined');
    return tensor;
  };

  define(variables: readonly Variable[], tensors: readonly Tensor[]): void {
    for (const [i, variable] of variables.entries()) this.tensors.set(variable, tensors[i]!);
  }
}
lock(Scope);
