// Sophia, with either estimate of the curvature.

export type { SophiaHyperparameters, SophiaState } from './sophia.js';
export { default as sophiaG } from './sophia-g.js';
export { default as sophiaH } from './sophia-h.js';
