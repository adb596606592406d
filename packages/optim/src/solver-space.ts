// Where an iterative solver's vectors live: in trees like the parameters, or packed into one tensor.

import { sizeOf, type Tensor, type Tree, tree, vector } from '@gaussmark/autodiff';

/** Trees up to this size are packed; in larger ones, copies cost more than the operations they save. */
const MAX_PACKED_SIZE = 65_536;

/** Maps trees like the parameters to the solver's vectors, and back. */
export interface SolverSpace {
  readonly from: (tree: Tree<Tensor>) => Tree<Tensor>;
  readonly to: (vector: Tree<Tensor>) => Tree<Tensor>;
}

/**
 * The space for parameters of these shapes. A CG iteration applies some fifteen operations to whole vectors. On small networks each
 * costs about a microsecond regardless of size, so one per leaf would take longer than the products.
 *
 * @example
 * const space = solverSpace(params);
 * const { solution } = conjugateGradient((v) => space.from(ggnProduct(space.to(v))), space.from(grad), {
 *   maxIterations: 10,
 *   tolerance: 1e-6,
 * });
 * const direction = space.to(solution);
 * solverSpace({ w: iota(3), b: iota(1) }).from({ w: iota(3), b: iota(1) }); // = [0, 1, 2, 0]
 */
export function solverSpace(params: Tree<Tensor>): SolverSpace {
  const shapes = tree.leaves<Tensor>(params).map(({ shape }) => shape);
  const size = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  if (shapes.length === 1 || size > MAX_PACKED_SIZE) return { from: (v) => v, to: (v) => v };
  return { from: vector.pack, to: (packed) => vector.unpack(packed as Tensor, params) };
}
