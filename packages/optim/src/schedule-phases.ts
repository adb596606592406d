// Schedules of several phases: one after another, at milestones, warm-up then stable then decay.

import {
  demandOptions,
  less,
  maximum,
  mul,
  scalar,
  select,
  sqrt,
  sub,
  type Tensor,
} from '@gaussmark/autodiff';
import { constant, cosine, linear, type Schedule, warmUp } from './schedule.js';

/**
 * Schedules one after another: `schedules[i]` from time `boundaries[i - 1]` on, with its own time starting there. PyTorch's
 * SequentialLR, Optax's `join_schedules`.
 *
 * @param boundaries increasing, above 0; one fewer than schedules
 * @throws RangeError if the numbers of schedules and boundaries do not fit, or the boundaries do not increase
 * @example
 * const rate = sequence([linear({ from: 0, to: 0.1, length: 0.1 }), cosine({ from: 0.1, length: 0.9 })], [0.1]);
 * sequence([linear({ from: 0, to: 1, length: 0.1 }), linear({ length: 0.9 })], [0.1])(scalar(0.55, 'float64')); // = 0.5
 */
export function sequence(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  const [first, ...rest] = schedules;
  if (first === undefined || rest.length !== boundaries.length) {
    throw new RangeError(
      `sequence: expected one boundary fewer than schedules, got ${schedules.length} schedules and ${boundaries.length} boundaries`,
    );
  }
  demandIncreasing('sequence', boundaries);
  return (time) =>
    rest.reduce((earlier, schedule, i) => {
      const boundary = boundaries[i]!;
      // Its own time, held at 0 before it begins, so that no phase sees a time outside its domain.
      return select(less(time, boundary), earlier, schedule(maximum(sub(time, boundary), 0)));
    }, first(time));
}

/** When a value is multiplied, and by what. */
export interface Milestone {
  /** In the unit of time, above 0. */
  readonly at: number;
  readonly factor: number;
}

/**
 * `from`, multiplied by a factor at each milestone. PyTorch's MultiStepLR, Optax's `piecewise_constant_schedule`.
 *
 * @throws RangeError if the milestones do not increase
 * @example
 * const rate = milestones({ from: 0.1, at: [{ at: 0.5, factor: 0.1 }, { at: 0.75, factor: 0.1 }] });
 * milestones({ from: 1, at: [{ at: 0.5, factor: 0.1 }, { at: 0.75, factor: 0.1 }] })(scalar(0.6, 'float64')); // = 0.1
 */
export function milestones(options: { readonly from?: number; readonly at: readonly Milestone[] }): Schedule {
  demandOptions('milestones', options, ['from', 'at']);
  const { from = 1, at } = options;
  for (const milestone of at) demandOptions('milestones: at', milestone, ['at', 'factor']);
  demandIncreasing(
    'milestones',
    at.map((milestone) => milestone.at),
  );
  return (time) => {
    let value = from;
    return at.reduce(
      (earlier, milestone) => {
        value *= milestone.factor;
        return select(less(time, milestone.at), earlier, scalar(value, time.dtype));
      },
      scalar(from, time.dtype),
    );
  };
}

export interface WarmupStableDecayOptions {
  /** Value of the stable phase. Default 1. */
  readonly from?: number;
  /** Value at the end. Default 0. */
  readonly to?: number;
  /** Time of the warm-up. Default 0. */
  readonly warmup?: number;
  /** Value at the start of the warm-up. Default 0. */
  readonly warmupFrom?: number;
  /** Time of the decay, at the end. */
  readonly decay: number;
  /** Time of all three phases. Default 1: the whole run, in progress. */
  readonly length?: number;
  /** How the value falls: linearly, along half a cosine, or as 1 - sqrt(s). Default linear. */
  readonly shape?: 'linear' | 'cosine' | 'sqrt';
}

/**
 * WSD, also called trapezoidal: a linear warm-up, a constant phase, and a decay at the end.
 *
 * @throws RangeError if warm-up and decay do not fit into `length`
 * @example
 * const rate = warmupStableDecay({ from: 3e-3, warmup: 0.05, decay: 0.2, shape: 'sqrt' })(context.progress);
 * warmupStableDecay({ from: 1, warmup: 0.1, decay: 0.2 })(scalar(0.05, 'float64')); // = 0.5
 * @see Hu et al., MiniCPM, arXiv 2404.06395; Hägele et al., Scaling Laws and Compute-Optimal Training Beyond Fixed Training
 * Durations, arXiv 2405.18392, for 1 - sqrt
 */
export function warmupStableDecay(options: WarmupStableDecayOptions): Schedule {
  const names = ['from', 'to', 'warmup', 'warmupFrom', 'decay', 'length', 'shape'] as const;
  demandOptions('warmupStableDecay', options, names);
  const { from = 1, to = 0, warmup = 0, warmupFrom = 0, decay, length = 1, shape = 'linear' } = options;
  const stable = length - decay - warmup;
  if (!(decay > 0 && warmup >= 0 && stable >= 0)) {
    throw new RangeError(
      `warmupStableDecay: expected decay > 0, warmup >= 0 and warmup + decay <= length, got ${decay}, ${warmup} and a length of ${length}`,
    );
  }
  const falling = fall(shape, { from, to, length: decay });
  const main = stable === 0 ? falling : sequence([constant(from), falling], [stable]);
  return warmup === 0 ? main : warmUp(main, { length: warmup, from: warmupFrom });
}

function fall(
  shape: 'linear' | 'cosine' | 'sqrt',
  options: { readonly from: number; readonly to: number; readonly length: number },
): Schedule {
  if (shape === 'linear') return linear(options);
  if (shape === 'cosine') return cosine(options);
  const { from, to, length } = options;
  const share = linear({ from: 0, to: 1, length });
  return (time: Tensor) => sub(from, mul(from - to, sqrt(share(time))));
}

function demandIncreasing(name: string, times: readonly number[]): void {
  const wrong = times.findIndex((time, i) => !(time > (times[i - 1] ?? 0)) || !Number.isFinite(time));
  if (wrong < 0) return;
  throw new RangeError(`${name}: expected times that increase from above 0, got ${times.join(', ')}`);
}
