// The operations of StableHLO as functions: each adds one line to a block and infers its type.
// Source: StableHLO specification 1.13, https://openxla.org/stablehlo/spec; the text is what its printer writes.

import { type DType, type Shape, sameShape, type TensorType } from '@gaussmark/autodiff';
import type { Block, Value } from './block.js';
import { listText, typeText } from './literal.js';

const signature = (operands: readonly Value[], result: TensorType) =>
  `(${operands.map(({ type }) => typeText(type)).join(', ')}) -> ${typeText(result)}`;

/** An elementwise operation on operands of one type. */
export function elementwise(block: Block, operation: string, ...operands: readonly Value[]): Value {
  const { type } = operands[0]!;
  const names = operands.map(({ name }) => name).join(', ');
  return block.add(type, `stablehlo.${operation} ${names} : ${typeText(type)}`);
}

/** NaN compares false, except under NE. */
export function compare(
  block: Block,
  direction: 'EQ' | 'NE' | 'LT' | 'LE' | 'GT' | 'GE',
  a: Value,
  b: Value,
): Value {
  const type: TensorType = { dtype: 'bool', shape: a.type.shape };
  return block.add(type, `stablehlo.compare ${direction}, ${a.name}, ${b.name} : ${signature([a, b], type)}`);
}

/** The predicate has the shape of the alternatives, or is a scalar. */
export function select(block: Block, predicate: Value, ifTrue: Value, ifFalse: Value): Value {
  const { type } = ifTrue;
  const names = [predicate, ifTrue, ifFalse].map(({ name }) => name).join(', ');
  return block.add(type, `stablehlo.select ${names} : ${typeText(predicate.type)}, ${typeText(type)}`);
}

export function convert(block: Block, x: Value, dtype: DType): Value {
  if (x.type.dtype === dtype) return x;
  const type: TensorType = { dtype, shape: x.type.shape };
  return block.add(type, `stablehlo.convert ${x.name} : ${signature([x], type)}`);
}

export function finiteness(block: Block, x: Value): Value {
  const type: TensorType = { dtype: 'bool', shape: x.type.shape };
  return block.add(type, `stablehlo.is_finite ${x.name} : ${signature([x], type)}`);
}

/** Axis k of `x` becomes axis `axes[k]` of the result; axes of size 1 are repeated. */
export function broadcastAlong(block: Block, x: Value, shape: Shape, axes: readonly number[]): Value {
  const type: TensorType = { dtype: x.type.dtype, shape };
  return block.add(
    type,
    `stablehlo.broadcast_in_dim ${x.name}, dims = ${listText(axes)} : ${signature([x], type)}`,
  );
}

/** Broadcasts by numpy's rule: axes are aligned at the end. */
export function broadcastTo(block: Block, x: Value, shape: Shape): Value {
  if (sameShape(x.type.shape, shape)) return x;
  const lead = shape.length - x.type.shape.length;
  return broadcastAlong(
    block,
    x,
    shape,
    x.type.shape.map((_, axis) => lead + axis),
  );
}

export function reshapeTo(block: Block, x: Value, shape: Shape): Value {
  if (sameShape(x.type.shape, shape)) return x;
  const type: TensorType = { dtype: x.type.dtype, shape };
  return block.add(type, `stablehlo.reshape ${x.name} : ${signature([x], type)}`);
}

/** Axis k of the result is axis `permutation[k]` of `x`. */
export function transposeTo(block: Block, x: Value, permutation: readonly number[]): Value {
  if (permutation.every((axis, i) => axis === i)) return x;
  const type: TensorType = {
    dtype: x.type.dtype,
    shape: permutation.map((axis) => x.type.shape[axis]!),
  };
  return block.add(
    type,
    `stablehlo.transpose ${x.name}, dims = ${listText(permutation)} : ${signature([x], type)}`,
  );
}

export function reverseAlong(block: Block, x: Value, axes: readonly number[]): Value {
  return block.add(x.type, `stablehlo.reverse ${x.name}, dims = ${listText(axes)} : ${typeText(x.type)}`);
}

/** Every `strides[k]`-th element from `starts[k]` to below `stops[k]`. */
export function sliceOf(
  block: Block,
  x: Value,
  starts: readonly number[],
  stops: readonly number[],
  strides: readonly number[] = starts.map(() => 1),
): Value {
  const shape = starts.map((start, k) => Math.ceil((stops[k]! - start) / strides[k]!));
  if (strides.every((stride) => stride === 1) && sameShape(shape, x.type.shape)) return x;
  const ranges = starts.map((start, k) =>
    strides[k] === 1 ? `${start}:${stops[k]}` : `${start}:${stops[k]}:${strides[k]}`,
  );
  const type: TensorType = { dtype: x.type.dtype, shape };
  return block.add(type, `stablehlo.slice ${x.name} [${ranges.join(', ')}] : ${signature([x], type)}`);
}

/** `value` before and after every axis; negative numbers crop. */
export function padWith(
  block: Block,
  x: Value,
  value: Value,
  low: readonly number[],
  high: readonly number[],
): Value {
  if ([...low, ...high].every((n) => n === 0)) return x;
  const interior = listText(low.map(() => 0));
  const type: TensorType = {
    dtype: x.type.dtype,
    shape: x.type.shape.map((size, k) => low[k]! + size + high[k]!),
  };
  const padding = `low = ${listText(low)}, high = ${listText(high)}, interior = ${interior}`;
  return block.add(
    type,
    `stablehlo.pad ${x.name}, ${value.name}, ${padding} : ${signature([x, value], type)}`,
  );
}

export function concatenate(block: Block, values: readonly Value[], axis: number): Value {
  if (values.length === 1) return values[0]!;
  const { dtype, shape } = values[0]!.type;
  const total = values.reduce((sum, { type }) => sum + type.shape[axis]!, 0);
  const type: TensorType = { dtype, shape: shape.map((size, k) => (k === axis ? total : size)) };
  const names = values.map(({ name }) => name).join(', ');
  return block.add(type, `stablehlo.concatenate ${names}, dim = ${axis} : ${signature(values, type)}`);
}

/** Each element's index along an axis, int32. */
export function iota(block: Block, shape: Shape, axis: number): Value {
  const type: TensorType = { dtype: 'int32', shape };
  return block.add(type, `stablehlo.iota dim = ${axis} : ${typeText(type)}`);
}

/** Drops the axes; `init` is a scalar that the operation leaves unchanged. */
export function reduce(
  block: Block,
  operation: 'add' | 'maximum' | 'minimum',
  x: Value,
  init: Value,
  axes: readonly number[],
): Value {
  if (axes.length === 0) return x;
  const shape = x.type.shape.filter((_, axis) => !axes.includes(axis));
  const type: TensorType = { dtype: x.type.dtype, shape };
  const head = `stablehlo.reduce(${x.name} init: ${init.name}) applies stablehlo.${operation}`;
  return block.add(type, `${head} across dimensions = ${listText(axes)} : ${signature([x, init], type)}`);
}

/** The elements `starts[k] <= i < starts[k] + sizes[k]`; starts are int32 scalars, moved so that the sizes fit. */
export function dynamicSlice(
  block: Block,
  x: Value,
  starts: readonly Value[],
  sizes: readonly number[],
): Value {
  const type: TensorType = { dtype: x.type.dtype, shape: sizes };
  const names = [x, ...starts].map(({ name }) => name).join(', ');
  return block.add(
    type,
    `stablehlo.dynamic_slice ${names}, sizes = ${listText(sizes)} : ${signature([x, ...starts], type)}`,
  );
}

/** `x` with `update` at the starts. */
export function dynamicUpdateSlice(block: Block, x: Value, update: Value, starts: readonly Value[]): Value {
  const operands = [x, update, ...starts];
  const names = operands.map(({ name }) => name).join(', ');
  return block.add(x.type, `stablehlo.dynamic_update_slice ${names} : ${signature(operands, x.type)}`);
}

export { signature as signatureText };
