// The number of steps in a schedule: from its hyperparameter, or from the run.

import type { OptimizerContext } from './contracts/optimizer.js';
import { GaussmarkError } from './errors.js';

export interface ScheduleLengthOptions {
  /** `optimizer 'sgd'` */
  readonly plugin: string;
  /** `a cosine schedule` */
  readonly schedule: string;
  /** The hyperparameters that can set the length. Default: `scheduleSteps`. */
  readonly settings?: string;
}

/**
 * The number of steps in a schedule: the hyperparameter `scheduleSteps`, else the planned steps of the run.
 *
 * @throws GaussmarkError if neither is known.
 */
export function scheduleLength(
  scheduleSteps: number | null,
  { plannedSteps }: OptimizerContext,
  { plugin, schedule, settings = 'scheduleSteps' }: ScheduleLengthOptions,
): number {
  const steps = scheduleSteps ?? plannedSteps;
  if (steps !== null) return steps;
  throw new GaussmarkError(`${plugin}: ${schedule} needs a number of steps`, {
    plugin,
    pointer: '/scheduleSteps',
    expected: 'an integer of at least 1: a budget in seconds does not determine the number of steps',
    got: 'null',
    remedy: `set ${settings}, or use a budget in epochs or steps`,
  });
}
