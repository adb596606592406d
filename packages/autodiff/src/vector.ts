// Trees as vectors: the linear algebra of parameters, gradients and directions.

import type { Operand } from './ops.js';
import * as ops from './ops.js';
import type { Tensor } from './trace.js';
import { leaves, map, structureOf, type Tree } from './tree.js';

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
