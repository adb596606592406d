// The SGN optimizer, and the conjugate gradient method that others may build on.

export { CG_STOP } from '@gaussmark/core';
export {
  type ConjugateGradientOptions,
  type ConjugateGradientResult,
  conjugateGradient,
} from './conjugate-gradient.js';
export type { DampingOptions, DampingSchedule } from './damping.js';
export type { LineSearchOptions } from './line-search.js';
export { default, type SgnHyperparameters, type SgnState } from './sgn.js';
