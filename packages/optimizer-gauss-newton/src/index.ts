// The Gauss-Newton methods of the papers that cite SGN.

export { type DualGaussNewtonHyperparameters, default as dualGaussNewton } from './dual-gauss-newton.js';
export { default as egn, type EgnHyperparameters, type EgnState } from './egn.js';
export { default as ignd, type IgndHyperparameters } from './ignd.js';
export { default as tngd, type TngdHyperparameters, type TngdState } from './tngd.js';
export { default as vivit, type VivitHyperparameters } from './vivit.js';
