// The Prodigy optimizer.

export { default, type ProdigyHyperparameters, type ProdigyState } from './prodigy.js';
