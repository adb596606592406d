// The Lion optimizer.

export { default, type LionHyperparameters } from './lion.js';
