// The intermediate representation: typed SSA programs over a closed set of primitives.

import type { DType, Shape, TensorData, TensorType } from './types.js';

/** No parameters. */
export type None = Readonly<Record<never, never>>;

/**
 * The primitives and their static parameters, at about the level of ONNX operators. Rule tables are mapped types over
 * this interface, so a primitive without a rule does not compile.
 *
 * Elementwise primitives broadcast by numpy's rule; dtypes never mix.
 */
export interface PrimitiveParams {
  // Elementwise, one operand; float unless said otherwise.
  neg: None; // int32 too
  abs: None; // int32 too
  sign: None;
  exp: None;
  log: None;
  sqrt: None;
  sin: None;
  cos: None;
  tanh: None;
  sigmoid: None;
  relu: None;
  isFinite: None; // -> bool
  not: None; // bool
  cast: { readonly dtype: DType };
  /** The identity, but a constant to differentiation. */
  stopGradient: None;

  // Elementwise, two operands of one dtype (float or int32).
  add: None;
  sub: None;
  mul: None;
  div: None;
  /** Base above zero, or a constant exponent. Float only. */
  pow: None;
  maximum: None;
  minimum: None;
  // -> bool
  equal: None;
  less: None;
  lessEqual: None;
  // bool, bool -> bool
  and: None;
  or: None;

  /** (predicate: bool, ifTrue, ifFalse): elementwise choice. */
  select: None;

  // Reductions. `axes` ascend; an empty list reduces nothing.
  reduceSum: { readonly axes: readonly number[]; readonly keepDims: boolean };
  reduceMax: { readonly axes: readonly number[]; readonly keepDims: boolean };
  /** Index of the first largest element along `axis`, which is dropped. -> int32 */
  argMax: { readonly axis: number };
  softmax: { readonly axis: number };
  logSoftmax: { readonly axis: number };

  /** Batched matrix product over the last two axes, either operand transposed first; leading axes are equal. */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };

  // Layout.
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  /** Stretches to `shape` by numpy's rule. */
  broadcast: { readonly shape: Shape };
  concat: { readonly axis: number };
  /** The elements `start <= i < stop` of every axis. */
  slice: { readonly starts: readonly number[]; readonly stops: readonly number[] };
  /** Zeros before and after every axis. */
  pad: { readonly before: readonly number[]; readonly after: readonly number[] };

  /** (x: [N, ...rest], indices: int32 [M]) -> [M, ...rest]: the rows of `x` at `indices`. */
  take: None;
  /** (rows: [M, ...rest], indices: int32 [M]) -> [size, ...rest]: rows added into zeros; the transpose of `take`. */
  scatterAdd: { readonly size: number };

  /**
   * `carry = init; while (condition(carry)) carry = body(carry)`.
   * Inputs: the condition's captures, the body's captures, then the carry. Outputs: the carry.
   */
  while: {
    /** Names the loop in telemetry; hosted loops are timed under it. */
    readonly name: string;
    readonly conditionCaptures: number;
    readonly bodyCaptures: number;
    /** (condition captures..., carry...) -> bool scalar */
    readonly condition: Program;
    /** (body captures..., carry...) -> carry */
    readonly body: Program;
  };
  /** (predicate: bool scalar, captures...): one of two programs over the same captures. */
  cond: { readonly ifTrue: Program; readonly ifFalse: Program };
}

export type Primitive = keyof PrimitiveParams;

/** A value computed in a program. Identity is the object: two variables never share one. */
export class Variable {
  constructor(readonly type: TensorType) {}
}

/** A value known when the program is built. Large constants are legal: a dataset bound into a program, say. */
export class Constant {
  constructor(
    readonly type: TensorType,
    readonly data: TensorData,
  ) {}
}

export type Atom = Variable | Constant;

/** One primitive applied; discriminated by `primitive`. */
export type Equation = { readonly [P in Primitive]: EquationOf<P> }[Primitive];

export interface EquationOf<P extends Primitive> {
  readonly primitive: P;
  readonly params: PrimitiveParams[P];
  readonly inputs: readonly Atom[];
  readonly outputs: readonly Variable[];
}

/** A closed program: every variable it uses is an input or the output of an earlier equation of its own. */
export interface Program {
  readonly inputs: readonly Variable[];
  readonly equations: readonly Equation[];
  readonly outputs: readonly Atom[];
}
