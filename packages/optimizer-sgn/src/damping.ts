// The damping rho of the Gauss-Newton system: the trust region that adapts it, and the schedules that do not.

import {
  abs,
  add,
  and,
  cos,
  div,
  FLOAT_LIMITS,
  type FloatDType,
  less,
  lessEqual,
  maximum,
  minimum,
  mul,
  scalar,
  select,
  sub,
  type Tensor,
} from '@gaussmark/autodiff';
import {
  countAsFloat,
  countAsInt32,
  GaussmarkError,
  INT32_MAX,
  type OptimizerContext,
  type StepCount,
  type StepCounter,
  scheduleLength,
  stepCounter,
} from '@gaussmark/core';

export type DampingSchedule = 'constant' | 'linear' | 'cosine';

export interface DampingOptions {
  /** rho of the first step. */
  readonly damping: number;
  /** rhoMin: no rule goes below it. */
  readonly minDamping: number;
  readonly trustRegion: boolean;
  readonly dampingSchedule: DampingSchedule;
  /** K; `null` for the steps that the run plans. */
  readonly scheduleSteps: number | null;
}

/** What a step changed, as told by the loss and by the model of it. */
export interface Gain {
  /** q, actual over predicted change of the loss; 1 where both are rounding noise. Scalar. */
  readonly ratio: Tensor;
  /** Whether both changes are rounding noise of the loss, so that q says nothing. Scalar bool. */
  readonly isNoise: Tensor;
}

/**
 * The gain of a step. At an exact fit both changes come down to rounding noise of the loss, and their quotient to 0/0 or
 * to any number (Conn, Gould and Toint, Trust-Region Methods, 2000, section 17.4.2).
 *
 * @param loss before the step, scalar
 */
export function gainOf(actual: Tensor, predicted: Tensor, loss: Tensor): Gain {
  const { epsilon, smallestNormal } = FLOAT_LIMITS[loss.dtype as FloatDType];
  const noise = maximum(mul(epsilon, abs(loss)), smallestNormal);
  const isNoise = and(lessEqual(abs(actual), noise), lessEqual(abs(predicted), noise));
  return { ratio: select(isNoise, 1, div(actual, predicted)), isNoise };
}

/**
 * The Levenberg-Marquardt rule on the gain ratio q, actual over predicted change of the loss: rho grows by 3/2 where
 * the model promised too much (q < 1/4) and shrinks by 2/3, not below rhoMin, where it can be trusted (q > 3/4).
 *
 * As in the reference, no step is rejected, and rho has no ceiling but that its square can overflow. A ratio that is NaN
 * or noise leaves rho as it is.
 *
 * @param rho scalar
 */
export function trustRegionDamping(
  rho: Tensor,
  { ratio, isNoise }: Gain,
  { damping, minDamping }: Pick<DampingOptions, 'damping' | 'minDamping'>,
): Tensor {
  const ceiling = Math.max(damping, Math.sqrt(FLOAT_LIMITS[rho.dtype as FloatDType].largest));
  const grown = minimum(mul(3 / 2, rho), ceiling);
  const shrunk = maximum(mul(2 / 3, rho), minDamping);
  const adapted = select(less(ratio, 1 / 4), grown, select(less(3 / 4, ratio), shrunk, rho));
  return select(isNoise, rho, adapted);
}

export interface DampingRule {
  /** Counts the steps. */
  readonly counter: StepCounter;
  /** rho at step t, a scalar of `dtype`. */
  readonly dampingAt: (t: StepCount, dtype: FloatDType) => Tensor;
}

/**
 * rho at step t = 1, 2, ..., where no trust region adapts it:
 *
 * ```
 * constant  rho0
 * linear    rho0 + (rhoMin - rho0) (t - 1) / (K - 1)
 * cosine    rho0 cos(pi t / 2K)
 * ```
 *
 * and rhoMin where that is below it, or t > K.
 *
 * @throws GaussmarkError if a trust region is to adapt rho as well, if rhoMin is above rho0, or if K is not known
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
      remedy: 'lower minDamping with damping',
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
      expected: '"constant" under a trust region',
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
