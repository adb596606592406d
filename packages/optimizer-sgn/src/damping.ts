// Schedules of the damping rho, for steps without a trust region.

import {
  add,
  cos,
  div,
  type FloatDType,
  less,
  maximum,
  mul,
  scalar,
  select,
  sub,
  type Tensor,
} from '@gaussmark/autodiff';
import { GaussmarkError, type OptimizerContext, scheduleLength } from '@gaussmark/core';
import {
  countAsFloat,
  countAsInt32,
  INT32_MAX,
  type StepCount,
  type StepCounter,
  stepCounter,
} from '@gaussmark/optim';

export type DampingSchedule = 'constant' | 'linear' | 'cosine';

export interface DampingOptions {
  /** rho of the first step. */
  readonly damping: number;
  /** rhoMin, the smallest rho. */
  readonly minDamping: number;
  readonly trustRegion: boolean;
  readonly dampingSchedule: DampingSchedule;
  /** K; `null` for the planned steps of the run. */
  readonly scheduleSteps: number | null;
}

export interface DampingRule {
  /** Counts the steps. */
  readonly counter: StepCounter;
  /** rho at step t, a scalar of `dtype`. */
  readonly dampingAt: (t: StepCount, dtype: FloatDType) => Tensor;
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
 * but at least rhoMin, and rhoMin for t > K.
 *
 * @throws GaussmarkError if there is also a trust region to adapt rho, if rhoMin > rho0, or if K is unknown
 */
export function dampingSchedule(options: DampingOptions, context: OptimizerContext): DampingRule {
  const { plannedSteps } = context;
  const { damping, minDamping, trustRegion, dampingSchedule: schedule } = options;
  const plugin = "optimizer 'sgn'";
  if (minDamping > damping) {
    throw new GaussmarkError(`${plugin}: minDamping is above damping`, {
      plugin,
      pointer: '/minDamping',
      expected: `a number of at most damping, which is ${damping}`,
      got: String(minDamping),
      remedy: 'lower minDamping too',
    });
  }
  if (schedule === 'constant') {
    return {
      counter: stepCounter({ upTo: 0, plannedSteps }),
      dampingAt: (_, dtype) => scalar(damping, dtype),
    };
  }
  if (trustRegion) {
    throw new GaussmarkError(`${plugin}: the trust region and a schedule cannot both set the damping`, {
      plugin,
      pointer: '/dampingSchedule',
      expected: '"constant" with a trust region',
      got: JSON.stringify(schedule),
      remedy: 'set trustRegion=false, or dampingSchedule=constant',
    });
  }
  const steps = scheduleLength(options.scheduleSteps, context, {
    plugin,
    schedule: `a ${schedule} damping schedule`,
  });
  const at = { linear: linearDamping, cosine: cosineDamping }[schedule];
  return {
    counter: stepCounter({ upTo: steps, plannedSteps }),
    dampingAt: (t, dtype) => {
      const rho = maximum(at(options, countAsFloat(t, dtype), steps), minDamping);
      const count = steps > INT32_MAX ? countAsFloat(t, dtype) : countAsInt32(t);
      return select(less(steps, count), minDamping, rho);
    },
  };
}

// A schedule of one step has no slope: it is rho0, then rhoMin.
function linearDamping({ damping, minDamping }: DampingOptions, t: Tensor, steps: number): Tensor {
  return add(damping, mul(minDamping - damping, div(sub(t, 1), Math.max(steps - 1, 1))));
}

function cosineDamping({ damping }: DampingOptions, t: Tensor, steps: number): Tensor {
  return mul(damping, cos(mul(Math.PI / (2 * steps), t)));
}
