// The SGD optimizer.

export { default, type SgdHyperparameters } from './sgd.js';
