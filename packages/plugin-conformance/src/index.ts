// Conformance of plugins: one suite for every optimizer, model and dataset.

// Exercise: which hyperparameters change a number.
export { type Exploration, explore, type TriedSetting } from './exercise/explore.js';
export { observeDataset } from './exercise/observe-dataset.js';
export { observeLoss } from './exercise/observe-loss.js';
export { incompatibility, observeModel } from './exercise/observe-model.js';
export { optimizerObserver, STEPS } from './exercise/observe-optimizer.js';
export { type Outcome, outcomeOf } from './exercise/outcome.js';
export { TINY_DATA } from './exercise/tiny-problem.js';

// For the tests of a plugin.
export { type TakenStep, type TakeStepsOptions, takeSteps } from './take-steps.js';
export { type LeastSquaresOptions, leastSquares, type TestBatch, type TestProblem } from './test-problem.js';
