// Where CG's vectors live: in trees like the parameters, or packed into one tensor.

import { sizeOf, type Tensor, type Tree, tree, vector } from '@gaussmark/autodiff';
import type { Params } from '@gaussmark/core';

/** Trees up to this many elements are packed: above, copies cost more than the operations that they save. */
const MAX_PACKED_SIZE = 65_536;

/** The vectors that CG computes with, and the way between them and trees like the parameters. */
export interface SolverSpace {
  readonly from: (tree: Params) => Tree<Tensor>;
  readonly to: (vector: Tree<Tensor>) => Params;
}

/**
 * The space for parameters of these shapes. An iteration of CG applies some fifteen operations to whole vectors. On small
 * networks each costs about a microsecond whatever its size, so one for each leaf would take longer than the products.
 */
export function solverSpace(params: Params): SolverSpace {
  const shapes = tree.leaves<Tensor>(params).map(({ shape }) => shape);
  const size = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  if (shapes.length === 1 || size > MAX_PACKED_SIZE) return { from: (v) => v, to: (v) => v as Params };
  return { from: vector.pack, to: (packed) => vector.unpack(packed as Tensor, params) };
}
