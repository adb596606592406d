// The intermediate representation: typed SSA programs over a closed set of primitives.

import { lock } from './lock.js';
import type { DType, Shape, TensorData, TensorType } from './types.js';

/** Two sizes or steps, of the height and the width of an image. */
export type Pair = readonly [number, number];

/** Padding before and after the height, and before and after the width; not negative. */
export type Padding2d = readonly [Pair, Pair];

/** A two-dimensional convolution as in neural networks: a cross-correlation. */
export interface Conv2dParams {
  readonly strides: Pair;
  readonly padding: Padding2d;
  readonly dilations: Pair;
  /** Channels and filters are split into this many groups; a filter sees only the channels of its group. */
  readonly groups: number;
}

/** The windows of a pooling. Padding is narrower than the window, so each window contains an element of the image. */
export interface Pool2dParams {
  readonly window: Pair;
  readonly strides: Pair;
  readonly padding: Padding2d;
}

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

  // Bits of int32 words.
  xor: None;
  /** Zeros enter from the left: the sign bit is a bit like the others. */
  shiftRight: { readonly bits: number };
  /** (key, key, counter, counter: int32) -> two int32 words, by Threefry-2x32 with 20 rounds; all broadcast. */
  threefry2x32: None;

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

  /**
   * Images are batch x channels x height x width, filters are filters x channels of a group x height x width.
   * (x [N, C, H, W], filter [F, C/groups, kh, kw]) -> [N, F, OH, OW], float:
   * y[n, f, i, j] = sum_{c, a, b} filter[f, c, a, b] x[n, c, i sh + a dh - top, j sw + b dw - left], zero outside.
   *
   * With its two adjoints it makes the partial derivatives of one trilinear form, <conv2d(x, filter), y>.
   */
  conv2d: Conv2dParams;
  /** (y [N, F, OH, OW], filter) -> [N, C, H, W]: the transpose of conv2d in its image. */
  conv2dInputAdjoint: Conv2dParams & { readonly inputSize: Pair };
  /** (x, y) -> [F, C/groups, kh, kw]: the transpose of conv2d in its filter. */
  conv2dFilterAdjoint: Conv2dParams & { readonly kernelSize: Pair };

  /**
   * x [N, C, H, W] -> (the maximum of each window [N, C, OH, OW], int32: its position among the H W elements of the plane). Among equal
   * elements, the first in row-major order is the maximum; NaN is the largest.
   */
  maxPool2d: Pool2dParams;
  /** (x [N, C, H, W], positions [N, C, OH, OW]) -> [N, C, OH, OW]: the elements there; linear in `x`. */
  maxPool2dTake: Pool2dParams;
  /** (y [N, C, OH, OW], positions) -> [N, C, H, W]: elements added into zeros; the transpose of maxPool2dTake. */
  maxPool2dScatter: Pool2dParams & { readonly inputSize: Pair };

  // Layout.
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  /** Broadcasts to `shape` by numpy's rule. */
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
  /**
   * `for each x of xs: (carry, y) = body(carry, x)`, a known number of times; the y are stacked.
   * Inputs: the body's captures, the carry, then the xs [length, ...]. Outputs: the last carry, then the ys [length, ...].
   */
  scan: {
    /** Names the loop in errors and profiles. */
    readonly name: string;
    /** At least 1. */
    readonly length: number;
    /** Whether to scan from the last element to the first; each y is stacked at the position of its x. */
    readonly reverse: boolean;
    readonly captures: number;
    readonly carries: number;
    /** (captures..., carry..., x...) -> (carry..., y...) */
    readonly body: Program;
  };
  /** (predicate: bool scalar, captures...): one of two programs over the same captures. */
  cond: { readonly ifTrue: Program; readonly ifFalse: Program };
}

export type Primitive = keyof PrimitiveParams;

/** The primitives that have programs among their parameters. */
export type ControlFlow = {
  [P in Primitive]: Program extends PrimitiveParams[P][keyof PrimitiveParams[P]] ? P : never;
}[Primitive];

/**
 * A value computed in a program. Identity is the object: two variables never share one.
 *
 * @example
 * trace((x: Tensor) => neg(x), { dtype: 'int32', shape: [3] }).program.outputs[0] instanceof Variable; // = true
 */
export class Variable {
  constructor(readonly type: TensorType) {}
}
lock(Variable);

/**
 * A value known when the program is built. Large constants are legal: a dataset bound into a program, say.
 *
 * @example
 * new Constant({ dtype: 'int32', shape: [] }, Int32Array.of(5)).data; // = [5]
 */
export class Constant {
  constructor(
    readonly type: TensorType,
    readonly data: TensorData,
  ) {}
}
lock(Constant);

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
