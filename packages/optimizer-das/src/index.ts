// The DAS optimizer.

export { type DasHyperparameters, type DasState, default } from './das.js';
