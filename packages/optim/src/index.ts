// Building blocks of optimizers: traced, pure, and composable.

export { CG_STOP, type CgStopReason } from './cg-stop.js';
export {
  type ConjugateGradientOptions,
  type ConjugateGradientResult,
  conjugateGradient,
} from './conjugate-gradient.js';
export {
  type Gain,
  gainOf,
  type LevenbergMarquardtOptions,
  levenbergMarquardt,
} from './levenberg-marquardt.js';
export { type Line, type LineSearchOptions, type LineSearchResult, lineSearch } from './line-search.js';
export { type AdamOptions, type AdamState, correctBias, scaleByAdam, updateMoment } from './moments.js';
export { type MomentumOptions, type MomentumState, momentum } from './momentum.js';
export { type DiagonalPreconditionerOptions, diagonalPreconditioner } from './preconditioner.js';
export {
  type LearningRateSchedule,
  learningRateSchedule,
  type ScheduledRun,
  type ScheduleOptions,
} from './schedule.js';
export { type SolverSpace, solverSpace } from './solver-space.js';
export {
  countAsFloat,
  countAsInt32,
  INT32_MAX,
  type StepCount,
  type StepCounter,
  type StepCounterOptions,
  stepCounter,
} from './step-count.js';
export {
  addDecayedWeights,
  type ChainState,
  chain,
  clipByGlobalNorm,
  type GradientTransformation,
  scale,
  type TransformationResult,
  type TransformationState,
} from './transformation.js';
