// The ENGD optimizer.

export { default, type EngdHyperparameters, type EngdState } from './engd.js';
