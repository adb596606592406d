// Building blocks of optimizers: traced, pure, and composable.

export {
  type AdagradState,
  type AdamOptions,
  type AdamState,
  type RmsOptions,
  type RmsState,
  scaleByAdagrad,
  scaleByAdam,
  scaleByRms,
} from './adam.js';
export { type AverageState, exponentialAverage, type ParameterAverage, uniformAverage } from './averages.js';
export {
  backtrackIterates,
  type CgBacktracking,
  type CgIterates,
  checkpointIterations,
} from './cg-backtracking.js';
export { CG_STOP, type CgStopReason } from './cg-stop.js';
export {
  type AdaptiveClippingOptions,
  clipAdaptively,
  clipByGlobalNorm,
  clipByParameterNorm,
  clipByValue,
} from './clipping.js';
export {
  type CgProgress,
  type ConjugateGradientOptions,
  type ConjugateGradientResult,
  conjugateGradient,
} from './conjugate-gradient.js';
export { type GradientMethod, type GradientStep, gradientMethod } from './gradient-method.js';
export { type Lbfgs, type LbfgsState, lbfgs } from './lbfgs.js';
export { type Clock, type LearningRateOptions, scheduledLearningRate, warmupShare } from './learning-rate.js';
export {
  type Gain,
  gainOf,
  type LevenbergMarquardtOptions,
  levenbergMarquardt,
  type PredictedChangeOptions,
  predictedChange,
  type TrustRadiusOptions,
  trustRadius,
} from './levenberg-marquardt.js';
export {
  type GrownStepSizeOptions,
  grownStepSize,
  type Line,
  type LineSearchOptions,
  type LineSearchResult,
  lineSearch,
} from './line-search.js';
export {
  MINRES_STOP,
  type MinresOptions,
  type MinresResult,
  type MinresStopReason,
  minres,
} from './minres.js';
export {
  complementOfExp,
  correctBias,
  type ExponentialMeanOptions,
  type ExponentialMeanState,
  exponentialMean,
  updateMoment,
} from './moments.js';
export { type MomentumOptions, type MomentumState, momentum } from './momentum.js';
export {
  type MuonOptions,
  type MuonState,
  type OrthogonalizeOptions,
  orthogonalize,
  scaleByMuon,
} from './newton-schulz.js';
export { type DescribedParameter, masked, type PartitionState, partition } from './parameter-groups.js';
export { type DiagonalPreconditionerOptions, diagonalPreconditioner } from './preconditioner.js';
export {
  constant,
  cosine,
  type DecayOptions,
  exponential,
  type GeometricOptions,
  inverseSquareRoot,
  linear,
  polynomial,
  type Schedule,
  staircase,
  type WarmupOptions,
  warmUp,
} from './schedule.js';
export {
  type Milestone,
  milestones,
  sequence,
  type WarmupStableDecayOptions,
  warmupStableDecay,
} from './schedule-phases.js';
export { type LionOptions, type LionState, scaleByLion, scaleBySign } from './sign.js';
export { type SolverSpace, solverSpace } from './solver-space.js';
export {
  STEIHAUG_STOP,
  type SteihaugOptions,
  type SteihaugResult,
  type SteihaugStopReason,
  steihaug,
} from './steihaug.js';
export { countLike, noSteps, oneMore } from './step-count.js';
export {
  type LossAndSlope,
  type StrongWolfeLine,
  type StrongWolfeOptions,
  type StrongWolfeResult,
  strongWolfe,
  WOLFE_STOP,
  type WolfeStopReason,
} from './strong-wolfe.js';
export {
  addDecayedWeights,
  type ChainState,
  chain,
  type GradientTransformation,
  scale,
  stateless,
  type TransformationResult,
  type TransformationState,
} from './transformation.js';
export { decoupledWeightDecay, type WeightDecayOptions } from './weight-decay.js';
