// Trees as vectors: the linear algebra of parameters, gradients and directions.

import type { Operand } from './ops.js';
import * as ops from './ops.js';
import type { Tensor } from './trace.js';
import { leaves, map, structureOf, type Tree, unflatten } from './tree.js';
import { sameShape, sizeOf } from './types.js';

/**
 * a + b
 *
 * @throws TypeError if the structures of the trees differ, or types do not fit
 * @example
 * vector.add({ w: iota(3) }, { w: iota(3) }); // = { w: [0, 2, 4] }
 */
export function add<T extends Tree<Tensor>>(a: T, b: T): T {
  return map((x: Tensor, y: Tensor) => ops.add(x, y), a, b) as T;
}

/**
 * a - b
 *
 * @throws TypeError if the structures of the trees differ, or types do not fit
 * @example
 * vector.sub({ w: iota(3) }, { w: full([3], 1, 'int32') }); // = { w: [-1, 0, 1] }
 */
export function sub<T extends Tree<Tensor>>(a: T, b: T): T {
  return map((x: Tensor, y: Tensor) => ops.sub(x, y), a, b) as T;
}

/**
 * The elementwise product.
 *
 * @throws TypeError if the structures of the trees differ, or types do not fit
 * @example
 * vector.mul({ w: iota(3) }, { w: iota(3) }); // = { w: [0, 1, 4] }
 */
export function mul<T extends Tree<Tensor>>(a: T, b: T): T {
  return map((x: Tensor, y: Tensor) => ops.mul(x, y), a, b) as T;
}

/**
 * s a, for a number or a scalar tensor s.
 *
 * @example
 * vector.scale(0.5, { w: iota(3, 'float64') }); // = { w: [0, 0.5, 1] }
 */
export function scale<T extends Tree<Tensor>>(s: Operand, a: T): T {
  return map((x: Tensor) => ops.mul(s, x), a) as T;
}

/**
 * a + s b, for a number or a scalar tensor s.
 *
 * @throws TypeError if the structures of the trees differ, or types do not fit
 * @example
 * vector.addScaled({ w: iota(3) }, 10, { w: iota(3) }); // = { w: [0, 11, 22] }
 */
export function addScaled<T extends Tree<Tensor>>(a: T, s: Operand, b: T): T {
  return map((x: Tensor, y: Tensor) => ops.add(x, ops.mul(s, y)), a, b) as T;
}

/**
 * -a
 *
 * @example
 * vector.neg({ w: iota(3) }); // = { w: [0, -1, -2] }
 */
export function neg<T extends Tree<Tensor>>(a: T): T {
  return map((x: Tensor) => ops.neg(x), a) as T;
}

/**
 * The inner product, a scalar.
 *
 * @throws TypeError if the structures of the trees differ, or types do not fit
 * @example
 * vector.dot({ w: iota(3), b: scalar(2, 'int32') }, { w: iota(3), b: scalar(4, 'int32') }); // = 13
 */
export function dot<T extends Tree<Tensor>>(a: T, b: T): Tensor {
  const structure = structureOf(a);
  const right = leaves<Tensor>(b, structure);
  return leaves<Tensor>(a, structure)
    .map((x, i) => ops.sum(ops.mul(x, right[i]!)))
    .reduce(ops.add);
}

/**
 * The largest absolute value, a scalar.
 *
 * @example
 * vector.maxAbs({ w: neg(iota(3)), b: scalar(1, 'int32') }); // = 2
 */
export function maxAbs<T extends Tree<Tensor>>(a: T): Tensor {
  return leaves<Tensor>(a)
    .map((x) => ops.max(ops.abs(x)))
    .reduce(ops.maximum);
}

/**
 * Zeros with the structure and types of a tree.
 *
 * @example
 * vector.zerosLike({ w: iota(3) }); // = { w: [0, 0, 0] }
 */
export function zerosLike<T extends Tree<Tensor>>(a: T): T {
  return map((x: Tensor) => ops.zerosLike(x), a) as T;
}

/**
 * The concatenated leaves, each in row-major order, as one tensor (n). {@link unpack} is the inverse.
 *
 * An operation on it is one operation instead of one per leaf. That pays for small trees, whose operations cost more to start than to
 * run; for large ones, the copies cost more.
 *
 * @example
 * vector.pack({ w: reshape(iota(4), [2, 2]), b: scalar(9, 'int32') }); // = [0, 1, 2, 3, 9]
 */
export function pack<T extends Tree<Tensor>>(a: T): Tensor {
  const flat = leaves<Tensor>(a).map((leaf) => ops.reshape(leaf, [sizeOf(leaf.shape)]));
  return flat.length === 1 ? flat[0]! : ops.concat(flat);
}

/**
 * A packed vector (n) as a tree with the structure and shapes of `like`, whose leaves have n elements in total.
 *
 * @throws RangeError if the vector has another size
 * @example
 * vector.unpack(iota(3), { w: zeros([2], 'int32'), b: zeros([], 'int32') }); // = { w: [0, 1], b: 2 }
 */
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
