// The operations of a traced function. Numbers can stand for scalars; elementwise operations broadcast by numpy's rule.

import { demandOptions } from './options.js';
import { Constant, type Primitive } from './program.js';
import { constant, demandTensor, emit, emit1, type Tensor } from './trace.js';
import {
  broadcastShapes,
  type DType,
  formatType,
  type Shape,
  sameShape,
  sizeOf,
  tensorValue,
  toData,
} from './types.js';

/** A tensor, or a number that takes the dtype of the other operand. */
export type Operand = Tensor | number;

const INT32_MAX = 2 ** 31 - 1;

/**
 * A scalar constant.
 *
 * @throws TypeError if `value` is not a number, or not representable in an integer or bool dtype
 */
export function scalar(value: number, dtype: DType): Tensor {
  if (typeof value !== 'number')
    throw new TypeError(`scalar: expected a number, got ${value === null ? 'null' : typeof value}`);
  const fits =
    dtype === 'int32'
      ? Number.isInteger(value) && -INT32_MAX - 1 <= value && value <= INT32_MAX
      : dtype !== 'bool' || value === 0 || value === 1;
  if (!fits)
    throw new TypeError(`scalar: ${value} does not fit ${dtype}; cast() the other tensor to a float dtype`);
  return constant(tensorValue(dtype, [], [value]));
}

/** A tensor filled with one value. */
export function full(shape: Shape, value: number, dtype: DType): Tensor {
  const one = scalar(value, dtype);
  return shape.length === 0 ? one : broadcast(one, shape);
}

export function zeros(shape: Shape, dtype: DType): Tensor {
  return full(shape, 0, dtype);
}

/** 0, 1, ..., size - 1. */
export function iota(size: number, dtype: DType = 'int32'): Tensor {
  return constant({
    type: { dtype, shape: [size] },
    data: toData(
      dtype,
      Array.from({ length: size }, (_, i) => i),
    ),
  });
}

/** Both operands as tensors: a number gets the dtype of the other. */
function pair(primitive: Primitive, a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a === 'number' && typeof b === 'number') {
    throw new TypeError(
      `${primitive}: one of two operands must be a tensor, got the numbers ${a} and ${b}; scalar() converts a number`,
    );
  }
  return [like(primitive, a, b), like(primitive, b, a)];
}

function like(primitive: Primitive, operand: Operand, other: Operand): Tensor {
  if (typeof operand !== 'number' || typeof other === 'number') return operand as Tensor;
  demandTensor(primitive, other);
  const { type } = other;
  try {
    return scalar(operand, type.dtype);
  } catch (cause) {
    throw new TypeError(
      `${primitive}: the number ${operand} does not fit ${type.dtype}, the dtype of the other operand ` +
        `(${formatType(type)}); cast() that operand to a float dtype`,
      { cause },
    );
  }
}

type UnaryPrimitive =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'relu'
  | 'isFinite'
  | 'not'
  | 'stopGradient';

const unary = (primitive: UnaryPrimitive) => (x: Tensor) => emit1(primitive, {}, [x]);

export const neg = unary('neg');
export const abs = unary('abs');
/** -1, 0 or 1. */
export const sign = unary('sign');
export const exp = unary('exp');
export const log = unary('log');
export const sqrt = unary('sqrt');
export const sin = unary('sin');
export const cos = unary('cos');
export const tanh = unary('tanh');
/** 1 / (1 + exp(-x)) */
export const sigmoid = unary('sigmoid');
/** max(x, 0); its derivative at 0 is 0. */
export const relu = unary('relu');
/** Whether a value is neither infinite nor NaN. */
export const finite = unary('isFinite');
export const not = unary('not');
/** x, with derivative zero. */
export const stopGradient = unary('stopGradient');

/** x * x */
export function square(x: Tensor): Tensor {
  return mul(x, x);
}

/** Converts to another dtype; floats are truncated towards zero on the way to int32. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : emit1('cast', { dtype }, [x]);
}

type BinaryPrimitive = Extract<
  Primitive,
  'add' | 'sub' | 'mul' | 'div' | 'pow' | 'maximum' | 'minimum' | 'equal' | 'less' | 'lessEqual'
>;

const binary = (primitive: BinaryPrimitive) => (a: Operand, b: Operand) =>
  emit1(primitive, {}, pair(primitive, a, b));

export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
/** a ^ b, for a > 0 or constant b. */
export const pow = binary('pow');
export const maximum = binary('maximum');
export const minimum = binary('minimum');
export const equal = binary('equal');
export const less = binary('less');
export const lessEqual = binary('lessEqual');

export function greater(a: Operand, b: Operand): Tensor {
  return less(b, a);
}

export function greaterEqual(a: Operand, b: Operand): Tensor {
  return lessEqual(b, a);
}

export function and(a: Tensor, b: Tensor): Tensor {
  return emit1('and', {}, [a, b]);
}

export function or(a: Tensor, b: Tensor): Tensor {
  return emit1('or', {}, [a, b]);
}

/** Bitwise exclusive or of int32 words. */
export const xor = (a: Operand, b: Operand): Tensor => emit1('xor', {}, pair('xor', a, b));

/** int32 words moved to the right by 0 to 31 bits; zeros enter from the left, so only a shift by 0 can be negative. */
export const shiftRight = (x: Tensor, bits: number): Tensor => emit1('shiftRight', { bits }, [x]);

/**
 * Two int32 words for each counter (two words) under a key (two words), by Threefry-2x32; all broadcast. A bijection of counters:
 * different counters have different results. `threefryBlock` is the same on numbers.
 */
export function threefry2x32(key: readonly [Tensor, Tensor], counter: readonly [Tensor, Tensor]) {
  return emit('threefry2x32', {}, [...key, ...counter]) as [Tensor, Tensor];
}

/** Elementwise `predicate ? ifTrue : ifFalse`. */
export function select(predicate: Tensor, ifTrue: Operand, ifFalse: Operand): Tensor {
  return emit1('select', {}, [predicate, ...pair('select', ifTrue, ifFalse)]);
}

export interface Reduction {
  /** Axes to reduce, negative ones counted from the end; all by default. */
  readonly axes?: readonly number[];
  /** Whether to keep reduced axes, with size 1. */
  readonly keepDims?: boolean;
}

function normalizeAxis(axis: number, rank: number): number {
  const normalized = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normalized < 0 || normalized >= rank) {
    throw new RangeError(`axis ${axis} of a tensor with ${rank} axes; expected ${-rank} to ${rank - 1}`);
  }
  return normalized;
}

function reductionParams(what: string, x: Tensor, reduction: Reduction) {
  demandOptions(what, reduction, ['axes', 'keepDims']);
  const { axes, keepDims = false } = reduction;
  const rank = x.shape.length;
  const all = axes ?? x.shape.map((_, axis) => axis);
  return { axes: all.map((axis) => normalizeAxis(axis, rank)).sort((a, b) => a - b), keepDims };
}

export function sum(x: Tensor, reduction: Reduction = {}): Tensor {
  return emit1('reduceSum', reductionParams('sum', x, reduction), [x]);
}

export function mean(x: Tensor, reduction: Reduction = {}): Tensor {
  const { axes } = reductionParams('mean', x, reduction);
  return div(sum(x, reduction), sizeOf(axes.map((axis) => x.shape[axis]!)));
}

export function max(x: Tensor, reduction: Reduction = {}): Tensor {
  return emit1('reduceMax', reductionParams('max', x, reduction), [x]);
}

/** Index of the first largest element along an axis. int32, without that axis. */
export function argMax(x: Tensor, axis = -1): Tensor {
  return emit1('argMax', { axis: normalizeAxis(axis, x.shape.length) }, [x]);
}

export function softmax(x: Tensor, axis = -1): Tensor {
  return emit1('softmax', { axis: normalizeAxis(axis, x.shape.length) }, [x]);
}

/** log(softmax(x)), without overflow. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return emit1('logSoftmax', { axis: normalizeAxis(axis, x.shape.length) }, [x]);
}

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/**
 * The matrix product over the last two axes. Leading axes form a batch, and broadcast by numpy's rule.
 *
 * A batch times one matrix, `[..., m, k]` by `[k, n]`, is computed as one product of all rows, without copies.
 *
 * @throws TypeError if the sizes do not fit
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  demandOptions('matmul', options, ['transposeA', 'transposeB']);
  const { transposeA = false, transposeB = false } = options;
  demandTensor('matmul', a);
  demandTensor('matmul', b);
  const product = (x: Tensor, y: Tensor) => emit1('matmul', { transposeA, transposeB }, [x, y]);
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcastShapes(batchA, batchB);
  const matrices = a.shape.length >= 2 && b.shape.length >= 2;
  // The type rule reports mismatches.
  if (!matrices || batch === undefined || sameShape(batchA, batchB)) return product(a, b);
  if (b.shape.length === 2 && !transposeA) {
    const result = product(reshape(a, [-1, a.shape.at(-1)!]), b);
    return reshape(result, [...a.shape.slice(0, -1), result.shape[1]!]);
  }
  return product(
    broadcast(a, [...batch, ...a.shape.slice(-2)]),
    broadcast(b, [...batch, ...b.shape.slice(-2)]),
  );
}

/** The same elements in row-major order; one size can be -1, to be inferred. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const open = shape.indexOf(-1);
  const known = sizeOf(shape.filter((size) => size !== -1));
  const full = open < 0 ? shape : shape.map((size, i) => (i === open ? sizeOf(x.shape) / known : size));
  return sameShape(x.shape, full) ? x : emit1('reshape', { shape: full }, [x]);
}

/** Reorders the axes; reverses them by default. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const order = permutation ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
  return emit1('transpose', { permutation: order }, [x]);
}

/** Repeats along axes of size 1 and new leading axes until the tensor has this shape. */
export function broadcast(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : emit1('broadcast', { shape }, [x]);
}

/** Sums over the axes along which `shape` was broadcast to the shape of `x`: the transpose of {@link broadcast}. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const stretched = broadcastShapes(shape, x.shape);
  if (stretched === undefined || !sameShape(stretched, x.shape)) {
    throw new TypeError(`[${x.shape.join(',')}] is not a broadcast of [${shape.join(',')}]`);
  }
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, axis) =>
    axis < lead || (shape[axis - lead] === 1 && size !== 1) ? [axis] : [],
  );
  return reshape(sum(x, { axes }), shape);
}

export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const rank = tensors[0]?.shape.length ?? 0;
  return emit1('concat', { axis: normalizeAxis(axis, rank) }, tensors);
}

/** The elements `start <= i < stop` of every axis. */
export function slice(x: Tensor, starts: readonly number[], stops: readonly number[]): Tensor {
  return emit1('slice', { starts, stops }, [x]);
}

/** Adds zeros before and after every axis. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  return emit1('pad', { before, after }, [x]);
}

/** The rows of `x` (N, ...) at int32 `indices` (M): (M, ...). */
export function take(x: Tensor, indices: Tensor): Tensor {
  return emit1('take', {}, [x, indices]);
}

/** Adds the rows (M, ...) into `size` rows of zeros at int32 `indices` (M): (size, ...). */
export function scatterAdd(rows: Tensor, indices: Tensor, size: number): Tensor {
  return emit1('scatterAdd', { size }, [rows, indices]);
}

export function zerosLike(x: Tensor): Tensor {
  return zeros(x.shape, x.dtype);
}

export function isConstant(x: Tensor): boolean {
  return x.atom instanceof Constant;
}
