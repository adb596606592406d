// How many steps a schedule takes, by its hyperparameter or by the run.

import type { OptimizerContext } from './contracts/optimizer.js';
import { GaussmarkError } from './errors.js';

export interface ScheduleLengthOptions {
  /** `optimizer 'sgd'` */
  readonly plugin: string;
  /** `a cosine schedule` */
  readonly schedule: string;
  /** The hyperparameters of which one makes the length known. Default: `scheduleSteps`. */
  readonly settings?: string;
}

/**
 * The steps that a schedule takes: what its hyperparameter `scheduleSteps` says, else what the run plans.
 *
 * @throws GaussmarkError if neither is known
 */
export function scheduleLength(
  scheduleSteps: number | null,
  { plannedSteps }: OptimizerContext,
  { plugin, schedule, settings = 'scheduleSteps' }: ScheduleLengthOptions,
): number {
  const steps = scheduleSteps ?? plannedSteps;
  if (steps !== null) return steps;
  throw new GaussmarkError(`${plugin}: ${schedule} needs to know its number of steps`, {
    plugin,
    pointer: '/scheduleSteps',
    expected: 'an integer of at least 1, as the run has a budget in seconds and plans no number of steps',
    got: 'null',
    remedy: `set ${settings}, or give the run a budget in epochs or steps`,
  });
}
