// Tensor programs: trace, differentiate forward and backward, simplify, print.

export { checkProgram } from './check.js';
export { cond, type WhileOptions, whileLoop } from './control-flow.js';
export {
  grad,
  hessianProduct,
  jvp,
  type Linearized,
  linearize,
  type TensorFunction,
  valueAndGrad,
  vjp,
} from './differentiate.js';
export * from './ops.js';
export { printProgram } from './print.js';
export * from './program.js';
export { simplify } from './simplify.js';
export { constant, Tensor } from './trace.js';
export { type Traced, trace } from './traced.js';
export type { Leaf, Structure, Tree } from './tree.js';
export * as tree from './tree.js';
export * from './types.js';
export * as vector from './vector.js';
