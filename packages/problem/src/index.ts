// What an optimizer's step sees: losses, mini-batches, shared layers, and their derivatives.

export { rowsOf } from './batch.js';
export { bindProblem } from './bind-problem.js';
export type {
  Batch,
  ChunkOptions,
  Layer,
  LayeredProblem,
  LinearizedProblem,
  Network,
  Params,
  PerExample,
  Problem,
} from './contract.js';
export { type CurvatureFactor, curvatureFactor, rowFactor } from './curvature-factor.js';
export {
  type AffineParams,
  addPerChannel,
  convolution,
  convolve,
  dense,
  type LinearParams,
  perChannel,
} from './layers.js';
export { type Distribution, type Loss, losses } from './losses.js';
export { patches } from './patches.js';
