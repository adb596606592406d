// Adam and its relatives.

export { type AdamWHyperparameters, default as adamW } from './adamw.js';
export { type AdEMAMixHyperparameters, type AdEMAMixState, default as adEMAMix } from './ademamix.js';
export { default as nadamW, type NadamWHyperparameters } from './nadamw.js';
