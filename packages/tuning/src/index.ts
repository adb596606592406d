// Tuning: searches over the hyperparameters of optimizers.

export { planFinals, planTuning, type TuneRequest, type TuningPlan, trialsOf } from './plan-tuning.js';
export { SEARCHES, type Search } from './points.js';
export { studiesOf, tuningSection, winnersOf } from './tuning-section.js';
