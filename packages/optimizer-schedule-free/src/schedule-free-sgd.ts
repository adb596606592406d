// Schedule-Free SGD.

import type { OptimizerPlugin } from '@gaussmark/core';
import {
  type Direction,
  type ScheduleFreeOptions,
  type ScheduleFreeState,
  scheduleFree,
} from './schedule-free.js';

/** Described in manifests/schedule-free-sgd.json, with bounds and defaults. */
export interface ScheduleFreeSgdHyperparameters extends ScheduleFreeOptions {
  /** The share of x in y. */
  readonly beta: number;
}

type NoState = Record<never, never>;

const gradient: Direction<NoState> = { init: () => ({}), at: (grad, state) => ({ u: grad, state }) };

/** {@link scheduleFree} with the gradient itself: u = g + lambda y. */
const scheduleFreeSgd: OptimizerPlugin<ScheduleFreeSgdHyperparameters, ScheduleFreeState<NoState>> = {
  create: (options, run) => scheduleFree(gradient, options.beta, options, run),
};

export default scheduleFreeSgd;
