// Schedule-Free optimizers.

export {
  default as scheduleFreeAdamW,
  type ScheduleFreeAdamWHyperparameters,
} from './schedule-free-adamw.js';
export { default as scheduleFreeSgd, type ScheduleFreeSgdHyperparameters } from './schedule-free-sgd.js';
