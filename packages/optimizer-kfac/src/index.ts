// The K-FAC optimizer.

export { default, type KfacHyperparameters, type KfacState } from './kfac.js';
