// Trees as vectors: the linear algebra of parameters, gradients and directions.

import type { Operand } from './ops.js';
import * as ops from './ops.js';
import type { Tensor } from './trace.js';
import { leaves, map, structureOf, type Tree, unflatten } from './tree.js';
import { sameShape, sizeOf } from './types.js';

/** a + b */
export function add<T extends Tree<Tensor>>(a: T, b: T): T {
  return map((x: Tensor, y: Tensor) => ops.add(x, y), a, b) as T;
}

/** a - b */
export function sub<T extends Tree<Tensor>>(a: T, b: T): T {
  return map((x: Tensor, y: Tensor) => ops.sub(x, y), a, b) as T;
}

/** The elementwise product. */
export function mul<T extends Tree<Tensor>>(a: T, b: T): T {
  return map((x: Tensor, y: Tensor) => ops.mul(x, y), a, b) as T;
}

/** s a, for a number or a scalar tensor s. */
export function scale<T extends Tree<Tensor>>(s: Operand, a: T): T {
  return map((x: Tensor) => ops.mul(s, x), a) as T;
}

/** a + s b, for a number or a scalar tensor s. */
export function addScaled<T extends Tree<Tensor>>(a: T, s: Operand, b: T): T {
  return map((x: Tensor, y: Tensor) => ops.add(x, ops.mul(s, y)), a, b) as T;
}

/** -a */
export function neg<T extends Tree<Tensor>>(a: T): T {
  return map((x: Tensor) => ops.neg(x), a) as T;
}

/** The inner product, a scalar. */
export function dot<T extends Tree<Tensor>>(a: T, b: T): Tensor {
  const structure = structureOf(a);
  const right = leaves<Tensor>(b, structure);
  return leaves<Tensor>(a, structure)
    .map((x, i) => ops.sum(ops.mul(x, right[i]!)))
    .reduce(ops.add);
}

/** The largest absolute value, a scalar. */
export function maxAbs<T extends Tree<Tensor>>(a: T): Tensor {
  return leaves<Tensor>(a)
    .map((x) => ops.max(ops.abs(x)))
    .reduce(ops.maximum);
}

export function zerosLike<T extends Tree<Tensor>>(a: T): T {
  return map((x: Tensor) => ops.zerosLike(x), a) as T;
}

/**
 * The concatenated leaves, each in row-major order, as one tensor (n). {@link unpack} is the inverse.
 *
 * An operation on it is one operation instead of one per leaf. That pays for small trees, whose operations cost more to start than to
 * run; for large ones, the copies cost more.
 */
export function pack<T extends Tree<Tensor>>(a: T): Tensor {
  const flat = leaves<Tensor>(a).map((leaf) => ops.reshape(leaf, [sizeOf(leaf.shape)]));
  return flat.length === 1 ? flat[0]! : ops.concat(flat);
}

/** A packed vector (n) as a tree with the structure and shapes of `like`, whose leaves have n elements in total. */
export function unpack<T extends Tree<Tensor>>(vector: Tensor, like: T): T {
  const structure = structureOf(like);
  const shapes = leaves<Tensor>(like, structure).map(({ shape }) => shape);
  const size = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  if (!sameShape(vector.shape, [size])) {
    throw new RangeError(`expected a vector of ${size} elements, got [${vector.shape.join(',')}]`);
  }
  let start = 0;
  const parts = shapes.map((shape) => {
    const stop = start + sizeOf(shape);
    const part = ops.slice(vector, [start], [stop]);
    start = stop;
    return ops.reshape(part, shape);
  });
  return unflatten(structure, parts) as T;
}
