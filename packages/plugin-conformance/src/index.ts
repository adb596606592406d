// Conformance of plugins: one suite for every optimizer, model and dataset.

// The suite.
export {
  type CheckPluginOptions,
  checkPlugin,
  isConforming,
  type PluginReport,
} from './check-in-process.js';
// Examination: does a plugin load, compute, and find its data? And the installation as a whole.
export { type Check, examine } from './doctor.js';
export { EXAMINE } from './examine.js';
export { attempt, type Examined } from './examined.js';
// Exercise: which hyperparameters change a number.
export { type Exploration, explore, type TriedSetting } from './exercise/explore.js';
export { withManifestPaths } from './exercise/manifest-paths.js';
export { observeDataset } from './exercise/observe-dataset.js';
export { observeLoss } from './exercise/observe-loss.js';
export { incompatibility, observeModel } from './exercise/observe-model.js';
export { optimizerObserver, STEPS } from './exercise/observe-optimizer.js';
export { type Outcome, outcomeOf } from './exercise/outcome.js';
export { TINY_DATA } from './exercise/tiny-problem.js';
export { FINDING_STATUSES, type Finding } from './finding.js';
// For the tests of a plugin.
export { goldenOracles } from './golden.js';
export { deviation, meetOracle, type Oracle } from './oracle.js';
export { type TakenStep, type TakeStepsOptions, takeSteps } from './take-steps.js';
export { type LeastSquaresOptions, leastSquares, type TestBatch, type TestProblem } from './test-problem.js';
