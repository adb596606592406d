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
 * @example
 * scalar(0.5, 'float64'); // = 0.5
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

/**
 * A tensor filled with one value.
 *
 * @throws TypeError if the dtype cannot represent the value
 * @example
 * full([2, 2], 7, 'int32'); // = [[7, 7], [7, 7]]
 */
export function full(shape: Shape, value: number, dtype: DType): Tensor {
  const one = scalar(value, dtype);
  return shape.length === 0 ? one : broadcast(one, shape);
}

/**
 * A tensor of zeros.
 *
 * @example
 * zeros([2, 3], 'float32'); // = [[0, 0, 0], [0, 0, 0]]
 */
export function zeros(shape: Shape, dtype: DType): Tensor {
  return full(shape, 0, dtype);
}

/**
 * 0, 1, ..., size - 1.
 *
 * @example
 * iota(3); // = [0, 1, 2]
 */
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

/**
 * -x. Float or int32.
 *
 * @throws TypeError for other dtypes
 * @example
 * neg(iota(3)); // = [0, -1, -2]
 */
export const neg = unary('neg');
/**
 * |x|. Float or int32; its derivative at 0 is 0.
 *
 * @throws TypeError for other dtypes
 * @example
 * abs(sub(iota(3), 1)); // = [1, 0, 1]
 */
export const abs = unary('abs');
/**
 * -1, 0 or 1, with derivative zero. Float.
 *
 * @throws TypeError for other dtypes
 * @example
 * sign(sub(iota(3, 'float64'), 1)); // = [-1, 0, 1]
 */
export const sign = unary('sign');
/**
 * e^x. Float.
 *
 * @throws TypeError for other dtypes
 * @example
 * exp(iota(3, 'float64')); // = [1, 2.71828, 7.38906]
 */
export const exp = unary('exp');
/**
 * The natural logarithm. Float; NaN below 0, -infinity at 0.
 *
 * @throws TypeError for other dtypes
 * @example
 * log(scalar(2, 'float64')); // = 0.693147
 */
export const log = unary('log');
/**
 * The square root. Float; NaN below 0.
 *
 * @throws TypeError for other dtypes
 * @example
 * sqrt(scalar(2, 'float64')); // = 1.41421
 */
export const sqrt = unary('sqrt');
/**
 * The sine, in radians. Float.
 *
 * @throws TypeError for other dtypes
 * @example
 * sin(scalar(1, 'float64')); // = 0.841471
 */
export const sin = unary('sin');
/**
 * The cosine, in radians. Float.
 *
 * @throws TypeError for other dtypes
 * @example
 * cos(scalar(1, 'float64')); // = 0.540302
 */
export const cos = unary('cos');
/**
 * The hyperbolic tangent. Float.
 *
 * @throws TypeError for other dtypes
 * @example
 * tanh(scalar(1, 'float64')); // = 0.761594
 */
export const tanh = unary('tanh');
/**
 * 1 / (1 + exp(-x)). Float.
 *
 * @throws TypeError for other dtypes
 * @example
 * sigmoid(scalar(1, 'float64')); // = 0.731059
 */
export const sigmoid = unary('sigmoid');
/**
 * max(x, 0); its derivative at 0 is 0. Float.
 *
 * @throws TypeError for other dtypes
 * @example
 * relu(sub(iota(3, 'float64'), 1)); // = [0, 0, 1]
 */
export const relu = unary('relu');
/**
 * Whether a value is neither infinite nor NaN. Float to bool.
 *
 * @throws TypeError for other dtypes
 * @example
 * finite(div(1, iota(2, 'float64'))); // = [false, true]
 */
export const finite = unary('isFinite');
/**
 * Logical negation. bool.
 *
 * @throws TypeError for other dtypes
 * @example
 * not(less(iota(3), 1)); // = [false, true, true]
 */
export const not = unary('not');
/**
 * x, with derivative zero. Any dtype.
 *
 * @example
 * grad((x: Tensor) => mul(x, stopGradient(x)))(scalar(3, 'float64')); // = 3
 */
export const stopGradient = unary('stopGradient');

/**
 * x * x
 *
 * @example
 * square(iota(3)); // = [0, 1, 4]
 */
export function square(x: Tensor): Tensor {
  return mul(x, x);
}

/**
 * Converts to another dtype; floats are truncated towards zero on the way to int32.
 *
 * @example
 * cast(scalar(-1.5, 'float64'), 'int32'); // = -1
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : emit1('cast', { dtype }, [x]);
}

type BinaryPrimitive = Extract<
  Primitive,
  'add' | 'sub' | 'mul' | 'div' | 'pow' | 'maximum' | 'minimum' | 'equal' | 'less' | 'lessEqual'
>;

const binary = (primitive: BinaryPrimitive) => (a: Operand, b: Operand) =>
  emit1(primitive, {}, pair(primitive, a, b));

/**
 * a + b. Float or int32, of one dtype; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * add(iota(3), 10); // = [10, 11, 12]
 */
export const add = binary('add');
/**
 * a - b. Float or int32, of one dtype; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * sub(1, iota(3)); // = [1, 0, -1]
 */
export const sub = binary('sub');
/**
 * The elementwise product. Float or int32, of one dtype; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * mul(2, iota(3)); // = [0, 2, 4]
 */
export const mul = binary('mul');
/**
 * a / b. Float or int32, of one dtype; broadcasts. int32 truncates towards zero.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * div(iota(3, 'float64'), 2); // = [0, 0.5, 1]
 * div(iota(3), 2); // = [0, 0, 1]
 */
export const div = binary('div');
/**
 * a ^ b, for a > 0 or constant b. Float, of one dtype; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * pow(iota(3, 'float64'), 2); // = [0, 1, 4]
 */
export const pow = binary('pow');
/**
 * The larger of a and b; where they are equal, the derivative is that of a. Float or int32, of one dtype; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * maximum(iota(3), 1); // = [1, 1, 2]
 */
export const maximum = binary('maximum');
/**
 * The smaller of a and b; where they are equal, the derivative is that of a. Float or int32, of one dtype; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * minimum(iota(3), 1); // = [0, 1, 1]
 */
export const minimum = binary('minimum');
/**
 * a = b, as bool. Any dtype, the same for both; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * equal(iota(3), 1); // = [false, true, false]
 */
export const equal = binary('equal');
/**
 * a < b, as bool. Float or int32, of one dtype; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * less(iota(3), 1); // = [true, false, false]
 */
export const less = binary('less');
/**
 * a <= b, as bool. Float or int32, of one dtype; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * lessEqual(iota(3), 1); // = [true, true, false]
 */
export const lessEqual = binary('lessEqual');

/**
 * a > b, as bool. Float or int32, of one dtype; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * greater(iota(3), 1); // = [false, false, true]
 */
export function greater(a: Operand, b: Operand): Tensor {
  return less(b, a);
}

/**
 * a >= b, as bool. Float or int32, of one dtype; broadcasts.
 *
 * @throws TypeError if the dtypes differ or do not fit, or the shapes do not broadcast
 * @example
 * greaterEqual(iota(3), 1); // = [false, true, true]
 */
export function greaterEqual(a: Operand, b: Operand): Tensor {
  return lessEqual(b, a);
}

/**
 * Whether both hold. bool; broadcasts.
 *
 * @throws TypeError for other dtypes, or if the shapes do not broadcast
 * @example
 * and(less(iota(3), 2), greater(iota(3), 0)); // = [false, true, false]
 */
export function and(a: Tensor, b: Tensor): Tensor {
  return emit1('and', {}, [a, b]);
}

/**
 * Whether at least one holds. bool; broadcasts.
 *
 * @throws TypeError for other dtypes, or if the shapes do not broadcast
 * @example
 * or(less(iota(3), 1), greater(iota(3), 1)); // = [true, false, true]
 */
export function or(a: Tensor, b: Tensor): Tensor {
  return emit1('or', {}, [a, b]);
}

/**
 * Bitwise exclusive or of int32 words; broadcasts.
 *
 * @throws TypeError for other dtypes, or if the shapes do not broadcast
 * @example
 * xor(iota(3), 3); // = [3, 2, 1]
 */
export const xor = (a: Operand, b: Operand): Tensor => emit1('xor', {}, pair('xor', a, b));

/**
 * int32 words moved to the right by 0 to 31 bits; zeros enter from the left, so only a shift by 0 can be negative.
 *
 * @throws TypeError for other dtypes, or another number of bits
 * @example
 * shiftRight(scalar(12, 'int32'), 2); // = 3
 */
export const shiftRight = (x: Tensor, bits: number): Tensor => emit1('shiftRight', { bits }, [x]);

/**
 * Two int32 words for each counter (two words) under a key (two words), by Threefry-2x32; all broadcast. A bijection of counters:
 * different counters have different results. `threefryBlock` is the same on numbers.
 *
 * @throws TypeError for other dtypes, or if the shapes do not broadcast
 * @example
 * const zero = scalar(0, 'int32');
 * threefry2x32([zero, zero], [zero, zero]); // = [0x6b200159, 0x99ba4efe | 0]
 */
export function threefry2x32(key: readonly [Tensor, Tensor], counter: readonly [Tensor, Tensor]) {
  return emit('threefry2x32', {}, [...key, ...counter]) as [Tensor, Tensor];
}

/**
 * Elementwise `predicate ? ifTrue : ifFalse`. Both sides are computed; {@link cond} runs one.
 *
 * @param predicate bool; all three broadcast
 * @throws TypeError if the predicate is not bool, or the dtypes of the alternatives differ
 * @example
 * select(less(iota(3), 1), 10, iota(3)); // = [10, 1, 2]
 */
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

/**
 * The sum over axes. Float or int32; 0 over an empty axis.
 *
 * @throws RangeError if there is no such axis
 * @example
 * const x = reshape(iota(6), [2, 3]); // [[0, 1, 2], [3, 4, 5]]
 * sum(x); // = 15
 * sum(x, { axes: [1] }); // = [3, 12]
 * sum(x, { axes: [1], keepDims: true }); // = [[3], [12]]
 */
export function sum(x: Tensor, reduction: Reduction = {}): Tensor {
  return emit1('reduceSum', reductionParams('sum', x, reduction), [x]);
}

/**
 * The mean over axes. Float; int32 truncates towards zero.
 *
 * @throws RangeError if there is no such axis
 * @example
 * mean(iota(4, 'float64')); // = 1.5
 */
export function mean(x: Tensor, reduction: Reduction = {}): Tensor {
  const { axes } = reductionParams('mean', x, reduction);
  return div(sum(x, reduction), sizeOf(axes.map((axis) => x.shape[axis]!)));
}

/**
 * The maximum over axes. Float or int32. Equal largest elements share its derivative.
 *
 * @throws RangeError if there is no such axis; TypeError if it is empty
 * @example
 * max(reshape(iota(6), [2, 3]), { axes: [0] }); // = [3, 4, 5]
 */
export function max(x: Tensor, reduction: Reduction = {}): Tensor {
  return emit1('reduceMax', reductionParams('max', x, reduction), [x]);
}

/**
 * Index of the first largest element along an axis. Float to int32, without that axis.
 *
 * @throws RangeError if there is no such axis; TypeError if it is empty
 * @example
 * argMax(reshape(iota(6, 'float32'), [2, 3])); // = [2, 2]
 */
export function argMax(x: Tensor, axis = -1): Tensor {
  return emit1('argMax', { axis: normalizeAxis(axis, x.shape.length) }, [x]);
}

/**
 * exp(x) / sum(exp(x)) along an axis, without overflow. Float.
 *
 * @throws RangeError if there is no such axis
 * @example
 * softmax(iota(3, 'float64')); // = [0.0900306, 0.244728, 0.665241]
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  return emit1('softmax', { axis: normalizeAxis(axis, x.shape.length) }, [x]);
}

/**
 * log(softmax(x)) along an axis, without overflow. Float.
 *
 * @throws RangeError if there is no such axis
 * @example
 * logSoftmax(iota(3, 'float64')); // = [-2.407606, -1.407606, -0.407606]
 */
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
 * @example
 * const a = reshape(iota(4, 'float64'), [2, 2]); // [[0, 1], [2, 3]]
 * matmul(a, a); // = [[2, 3], [6, 11]]
 * matmul(a, a, { transposeB: true }); // = [[1, 3], [3, 13]]
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

/**
 * The same elements in row-major order; one size can be -1, to be inferred.
 *
 * @throws TypeError if the number of elements differs
 * @example
 * reshape(iota(6), [2, -1]); // = [[0, 1, 2], [3, 4, 5]]
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const open = shape.indexOf(-1);
  const known = sizeOf(shape.filter((size) => size !== -1));
  const full = open < 0 ? shape : shape.map((size, i) => (i === open ? sizeOf(x.shape) / known : size));
  return sameShape(x.shape, full) ? x : emit1('reshape', { shape: full }, [x]);
}

/**
 * Reorders the axes: axis i of the result is axis `permutation[i]` of x. Reverses them by default.
 *
 * @throws TypeError if it is not a permutation of the axes
 * @example
 * transpose(reshape(iota(6), [2, 3])); // = [[0, 3], [1, 4], [2, 5]]
 */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const order = permutation ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
  return emit1('transpose', { permutation: order }, [x]);
}

/**
 * Repeats along axes of size 1 and new leading axes until the tensor has this shape.
 *
 * @throws TypeError if the shape does not fit numpy's rule
 * @example
 * broadcast(iota(2), [3, 2]); // = [[0, 1], [0, 1], [0, 1]]
 */
export function broadcast(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : emit1('broadcast', { shape }, [x]);
}

/**
 * Sums over the axes along which `shape` was broadcast to the shape of `x`: the transpose of {@link broadcast}.
 *
 * @throws TypeError if the shape of `x` is not a broadcast of `shape`
 * @example
 * sumTo(reshape(iota(6), [3, 2]), [2]); // = [6, 9]
 */
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

/**
 * Joins tensors along an existing axis. Any dtype, the same for all; the other sizes must agree.
 *
 * @throws RangeError if there is no such axis; TypeError if shapes or dtypes do not fit, or there are no tensors
 * @example
 * concat([iota(2), iota(3)]); // = [0, 1, 0, 1, 2]
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const rank = tensors[0]?.shape.length ?? 0;
  return emit1('concat', { axis: normalizeAxis(axis, rank) }, tensors);
}

/**
 * The elements `start <= i < stop` of every axis.
 *
 * @throws TypeError if there is not one pair of bounds per axis, or one is out of range
 * @example
 * slice(reshape(iota(6), [2, 3]), [0, 1], [2, 3]); // = [[1, 2], [4, 5]]
 */
export function slice(x: Tensor, starts: readonly number[], stops: readonly number[]): Tensor {
  return emit1('slice', { starts, stops }, [x]);
}

/**
 * Adds zeros before and after every axis. Float or int32.
 *
 * @throws TypeError if there is not one count per axis, or one is negative
 * @example
 * pad(iota(3), [1], [2]); // = [0, 0, 1, 2, 0, 0]
 */
export function pad(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  return emit1('pad', { before, after }, [x]);
}

/**
 * The rows of `x` (N, ...) at int32 `indices` (M): (M, ...).
 *
 * @param indices each from 0 to N - 1; {@link embedding} takes any shape
 * @throws TypeError if `x` is a scalar, or the indices are not int32 with one axis
 * @example
 * take(reshape(iota(6), [3, 2]), constant(tensorValue('int32', [2], [2, 0]))); // = [[4, 5], [0, 1]]
 */
export function take(x: Tensor, indices: Tensor): Tensor {
  return emit1('take', {}, [x, indices]);
}

/**
 * Adds the rows (M, ...) into `size` rows of zeros at int32 `indices` (M): (size, ...). Float. The transpose of {@link take}.
 *
 * @throws TypeError if there is not one index per row
 * @example
 * scatterAdd(full([3], 1, 'float64'), constant(tensorValue('int32', [3], [0, 2, 0])), 3); // = [2, 0, 1]
 */
export function scatterAdd(rows: Tensor, indices: Tensor, size: number): Tensor {
  return emit1('scatterAdd', { size }, [rows, indices]);
}

/**
 * Zeros with the type of another tensor.
 *
 * @example
 * zerosLike(iota(3)); // = [0, 0, 0]
 */
export function zerosLike(x: Tensor): Tensor {
  return zeros(x.shape, x.dtype);
}

/**
 * Whether a tensor's value is known while the program is being built.
 *
 * @example
 * isConstant(iota(3)); // = true
 * isConstant(add(iota(3), 1)); // = false
 */
export function isConstant(x: Tensor): boolean {
  return x.atom instanceof Constant;
}
