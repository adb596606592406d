// The SGN optimizer.

export type { DampingOptions, DampingSchedule } from './damping.js';
export { default, type SgnHyperparameters, type SgnState } from './sgn.js';
