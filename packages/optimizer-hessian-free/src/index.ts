// The Hessian-free optimizer.

export { default, type HessianFreeHyperparameters, type HessianFreeState } from './hessian-free.js';
