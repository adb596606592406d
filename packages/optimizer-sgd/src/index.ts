// The SGD optimizer.

export { default, type SgdHyperparameters, type SgdState } from './sgd.js';
