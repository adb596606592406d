// The L-BFGS optimizer.

export { default, type LbfgsHyperparameters, type LbfgsOptimizerState } from './lbfgs.js';
