// Schedules of the damping rho, for steps without a trust region.

import {
  add,
  cast,
  cos,
  div,
  lessEqual,
  maximum,
  mul,
  scalar,
  select,
  type Tensor,
} from '@gaussmark/autodiff';
import { demandAtMost, GaussmarkError, type OptimizerContext, type StepContext } from '@gaussmark/core';

export type DampingSchedule = 'constant' | 'linear' | 'cosine';

export interface DampingOptions {
  /** rho of the first step. */
  readonly damping: number;
  /** rhoMin, the smallest rho. */
  readonly minDamping: number;
  readonly trustRegion: boolean;
  readonly dampingSchedule: DampingSchedule;
  /** K; `null` for the planned steps of the run, or if there are none, for its budget. */
  readonly scheduleSteps: number | null;
}

/**
 * rho at step t = 1, 2, ... without a trust region:
 *
 * ```
 * constant  rho0
 * linear    rho0 + (rhoMin - rho0) (t - 1) / (K - 1)
 * cosine    rho0 cos(pi t / 2K)
 * ```
 *
 * but at least rhoMin, and rhoMin for t > K. If K is unknown, both fractions are the share of the budget spent.
 *
 * @throws GaussmarkError if there is also a trust region to adapt rho, or if rhoMin > rho0
 */
export function dampingSchedule(
  options: DampingOptions,
  { plannedSteps }: OptimizerContext,
): (context: StepContext) => Tensor {
  checkDamping(options);
  const { damping, minDamping, dampingSchedule: schedule } = options;
  if (schedule === 'constant') return ({ progress }) => scalar(damping, progress.dtype);
  const steps = options.scheduleSteps ?? plannedSteps;
  const at = { linear: linearDamping, cosine: cosineDamping }[schedule];
  return ({ progress, step }) => {
    if (steps === null) return maximum(at(options, progress, progress, 1), minDamping);
    const taken = cast(step, progress.dtype);
    // A schedule of one step has no slope: it is rho0, then rhoMin.
    const rho = at(options, div(taken, Math.max(steps - 1, 1)), add(taken, 1), steps);
    return select(lessEqual(steps, taken), minDamping, maximum(rho, minDamping));
  };
}

/** @param before share of the schedule from step 1 to step K */
function linearDamping({ damping, minDamping }: DampingOptions, before: Tensor): Tensor {
  return add(damping, mul(minDamping - damping, before));
}

/** @param t of `steps`, this step included */
function cosineDamping({ damping }: DampingOptions, _before: Tensor, t: Tensor, steps: number): Tensor {
  return mul(damping, cos(mul(Math.PI / (2 * steps), t)));
}

function checkDamping(options: DampingOptions): void {
  const { trustRegion, dampingSchedule: schedule } = options;
  const plugin = "optimizer 'sgn'";
  demandAtMost(plugin, options, 'minDamping', 'damping');
  if (trustRegion && schedule !== 'constant') {
    throw new GaussmarkError(`${plugin}: the trust region and a schedule cannot both set the damping`, {
      plugin,
      pointer: '/dampingSchedule',
      expected: '"constant" with a trust region',
      got: JSON.stringify(schedule),
      remedy: 'set trustRegion=false, or dampingSchedule=constant',
    });
  }
}
