// Tensor programs: trace, differentiate forward and backward, simplify, print.

export { checkProgram } from './check.js';
export { cond, type ScanOptions, scan, type WhileOptions, whileLoop } from './control-flow.js';
export { type Conv2dOptions, conv2d } from './convolution.js';
export {
  type Cost,
  equationCost,
  type LoopCost,
  type PrimitiveCost,
  type ProgramCost,
  programCost,
  type Size,
} from './cost.js';
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
export { inferTypes } from './infer.js';
export { embedding, type LayerNormOptions, layerNorm, oneHot } from './layers.js';
export { lock } from './lock.js';
export { costOf, type Metered, type MeteredCost, meter, ownCounter, type Site } from './meter.js';
export * from './ops.js';
export { demandOptions } from './options.js';
export { averagePool2d, maxPool2d, type PoolOptions } from './pooling.js';
export { printProgram } from './print.js';
export * from './program.js';
export { simplify } from './simplify.js';
export {
  dtypesOf,
  isControlFlow,
  loopOperands,
  loopsOf,
  mapSubPrograms,
  programsIn,
  type SubProgram,
  scanOperands,
  scanResults,
  subPrograms,
  usedAtoms,
} from './sub-programs.js';
export { type Instance, instantiate } from './substitution.js';
export { threefry, threefryBlock, type WordArithmetic } from './threefry.js';
export { constant, inline, Tensor } from './trace.js';
export { type Traced, trace } from './traced.js';
export type { Leaf, Structure, Tree } from './tree.js';
export * as tree from './tree.js';
export * from './types.js';
export * as vector from './vector.js';
export { vmap } from './vmap.js';
export { type Padding, type PerAxis, type WindowOptions, windowCounts } from './window-options.js';
