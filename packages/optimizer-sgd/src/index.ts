// The SGD optimizer.

export type { ScheduleOptions } from './schedule.js';
export { default, type SgdHyperparameters, type SgdState } from './sgd.js';
