// Schedules: numbers that change during a run, such as learning rates, as traced functions of time.

import {
  add,
  cast,
  cos,
  demandOptions,
  div,
  maximum,
  minimum,
  mul,
  pow,
  scalar,
  sqrt,
  sub,
  type Tensor,
} from '@gaussmark/autodiff';
import { demandFinite, demandPositive } from './demands.js';

/**
 * A number as a function of time. Time and value are float scalars of one dtype.
 *
 * The unit of time is the caller's choice, and the options of a schedule are in that unit:
 *
 * - **progress**, the share of the budget spent, `context.progress`: the default, where a run has length 1. It works under every kind of budget.
 * - **steps** taken, `cast(context.step, context.progress.dtype)`: set `length`, `warmup`, ... to numbers of steps.
 *
 * Both are 0 at the first step and count what came before the current step, like `scheduler.step()` after `optimizer.step()` in
 * PyTorch, and like the counts of Optax. In a run of K steps, the last one has progress (K - 1) / K, so `length: 1` in progress
 * and `length: K` in steps are the same schedule.
 */
export type Schedule = (time: Tensor) => Tensor;

export interface WarmupOptions {
  /** Time of the linear increase before everything else. Default 0: none. */
  readonly warmup?: number;
  /** Value at the start of the warm-up. Default 0, so that the first step does nothing. */
  readonly warmupFrom?: number;
}

export interface DecayOptions extends WarmupOptions {
  /** Value at the start, or at the end of the warm-up. Default 1: the schedule is a factor. */
  readonly from?: number;
  /** Value at `length`, and from then on. Default 0. */
  readonly to?: number;
  /** Time at which the value is `to`, warm-up included. Default 1: the whole run, in progress. */
  readonly length?: number;
}

/**
 * The same value at all times.
 *
 * @example
 * const rate = constant(0.1)(context.progress);
 * constant(0.1)(scalar(0.5, 'float64')); // = 0.1
 */
export const constant =
  (value: number): Schedule =>
  (time) =>
    scalar(value, time.dtype);

/**
 * `to + (from - to) (1 - s)`, where s is the share of the decay that has passed, at most 1. PyTorch's LinearLR, Optax's
 * `linear_schedule`.
 *
 * @throws RangeError if `length` is not above `warmup`, or an option is not finite
 * @example
 * const rate = linear({ from: 0.1, warmup: 0.05 })(context.progress);
 * linear({ from: 1 })(scalar(0.25, 'float64')); // = 0.75
 */
export const linear = (options: DecayOptions = {}): Schedule =>
  decay('linear', options, (share, from, to) => above(to, mul(from - to, sub(1, share))));

/**
 * `to + (from - to) (1 - s)^power`, where s is the share of the decay that has passed. PyTorch's PolynomialLR, Optax's
 * `polynomial_schedule`.
 *
 * @throws RangeError as {@link linear}, or if `power` is not above 0
 * @example
 * const rate = polynomial({ from: 0.1, power: 2 })(context.progress);
 * polynomial({ from: 1, power: 2 })(scalar(0.5, 'float64')); // = 0.25
 */
export const polynomial = (options: DecayOptions & { readonly power: number }): Schedule => {
  demandOptions('polynomial', options, [...DECAY, 'power']);
  const { power, ...others } = options;
  demandFinite('polynomial', { power });
  demandPositive('polynomial', 'power', power);
  return decay('polynomial', others, (share, from, to) =>
    above(to, mul(from - to, pow(sub(1, share), power))),
  );
};

/**
 * `to + (from - to) (1 + cos(pi s)) / 2`, where s is the share of the decay that has passed. PyTorch's CosineAnnealingLR up to
 * `T_max` (which then rises again; this stays at `to`), Optax's `cosine_decay_schedule`, and with a warm-up its
 * `warmup_cosine_decay_schedule`.
 *
 * @throws RangeError as {@link linear}
 * @example
 * const rate = cosine({ from: 1e-3, warmup: 0.05 }); // of the run, whatever its budget
 * chain(scaleByAdam(), scale(rate(context.progress)));
 * cosine({ from: 1 })(scalar(0.25, 'float64')); // = 0.853553
 * @see Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, arXiv 1608.03983
 */
export const cosine = (options: DecayOptions = {}): Schedule =>
  decay('cosine', options, (share, from, to) =>
    above(to, mul((from - to) / 2, add(1, cos(mul(Math.PI, share))))),
  );

export interface GeometricOptions extends WarmupOptions {
  /** Value at the start, or at the end of the warm-up. Default 1. */
  readonly from?: number;
  /** The factor by which the value changes in a time of `every`. Above 0. */
  readonly factor: number;
  /** In the unit of time. Default 1: in steps, after every step; in progress, once by the end of the run. */
  readonly every?: number;
}

/**
 * `from factor^(t / every)`, with t since the warm-up. PyTorch's ExponentialLR, Optax's `exponential_decay`.
 *
 * @throws RangeError if `factor` or `every` is not above 0
 * @example
 * const rate = exponential({ from: 0.1, factor: 0.01 })(context.progress); // 0.001 at the end of the run
 * exponential({ from: 1, factor: 0.01 })(scalar(0.5, 'float64')); // = 0.1
 */
export const exponential = (options: GeometricOptions): Schedule =>
  geometric('exponential', options, (time, every) => div(time, every));

/**
 * `from factor^floor(t / every)`, with t since the warm-up. PyTorch's StepLR, Optax's `exponential_decay` with `staircase`.
 *
 * In float32, a count above 2^24 steps is rounded, and so is the step at which the value drops, by a share of 1e-7.
 *
 * @throws RangeError if `factor` or `every` is not above 0
 * @example
 * const rate = staircase({ from: 0.1, factor: 0.1, every: 1 / 3 })(context.progress); // at each third of the run
 * staircase({ from: 1, factor: 0.1, every: 0.3 })(scalar(0.5, 'float64')); // = 0.1
 */
export const staircase = (options: GeometricOptions): Schedule =>
  geometric('staircase', options, (time, every) => floor(div(time, every)));

/**
 * `from min(t / warmup, sqrt(warmup / t))`: a linear warm-up from 0, then a decay with the inverse square root of time. It needs no
 * length. Vaswani et al. count steps from 1: pass `add(step, 1)` to follow them.
 *
 * @param options.warmup time of the largest value, above 0
 * @throws RangeError if `warmup` is not above 0, or `from` is not finite
 * @example
 * const rate = inverseSquareRoot({ from: 1e-3, warmup: 4000 })(cast(context.step, context.progress.dtype));
 * inverseSquareRoot({ from: 1, warmup: 4 })(scalar(16, 'float64')); // = 0.5
 * @see Vaswani et al., Attention Is All You Need, arXiv 1706.03762, equation 3, where from = (d_model warmup)^-1/2
 */
export function inverseSquareRoot(options: { readonly from?: number; readonly warmup: number }): Schedule {
  demandOptions('inverseSquareRoot', options, ['from', 'warmup']);
  const { from = 1, warmup } = options;
  demandFinite('inverseSquareRoot', { from, warmup });
  demandPositive('inverseSquareRoot', 'warmup', warmup);
  return (time) => mul(from, minimum(div(time, warmup), sqrt(div(warmup, time))));
}

/**
 * A linear increase from `from` at time 0 to the schedule's first value at time `length`, then the schedule, whose time starts there.
 * PyTorch's LinearLR and then SequentialLR.
 *
 * @throws RangeError if `length` is not above 0
 * @example
 * const rate = warmUp(polynomial({ power: 2, length: 900 }), { length: 100 });
 * warmUp(linear({ length: 900 }), { length: 100 })(scalar(50, 'float64')); // = 0.5
 */
export function warmUp(
  schedule: Schedule,
  options: { readonly length: number; readonly from?: number },
): Schedule {
  demandOptions('warmUp', options, ['length', 'from']);
  const { length, from = 0 } = options;
  demandFinite('warmUp', { length });
  demandPositive('warmUp', 'length', length);
  return (time) => {
    const first = schedule(scalar(0, time.dtype));
    const share = minimum(div(time, length), 1);
    const later = schedule(maximum(sub(time, length), 0));
    // At share 1 the increase is exactly 0, so that `later` keeps its bits; before, later = first.
    return sub(later, mul(sub(1, share), sub(first, from)));
  };
}

type Shape = (share: Tensor, from: number, to: number) => Tensor;

const DECAY = ['from', 'to', 'length', 'warmup', 'warmupFrom'] as const;

function decay(name: string, options: DecayOptions, shape: Shape): Schedule {
  demandOptions(name, options, DECAY);
  const { from = 1, to = 0, length = 1, warmup = 0, warmupFrom } = options;
  demandFinite(name, { from, to, length, warmup });
  if (warmup < 0 || length <= warmup) {
    throw new RangeError(
      `${name}: expected 0 <= warmup < length, got a warmup of ${warmup} and a length of ${length}`,
    );
  }
  const main: Schedule = (time) => shape(minimum(over(time, length - warmup), 1), from, to);
  return warmed(main, { warmup, ...(warmupFrom === undefined ? {} : { warmupFrom }) });
}

function geometric(
  name: string,
  options: GeometricOptions,
  exponent: (time: Tensor, every: number) => Tensor,
): Schedule {
  demandOptions(name, options, ['from', 'factor', 'every', 'warmup', 'warmupFrom']);
  const { from = 1, factor, every = 1, ...warmup } = options;
  demandFinite(name, { from, factor, every });
  demandPositive(name, 'factor', factor);
  demandPositive(name, 'every', every);
  return warmed((time) => mul(from, pow(scalar(factor, time.dtype), exponent(time, every))), warmup);
}

function warmed(schedule: Schedule, { warmup = 0, warmupFrom = 0 }: WarmupOptions): Schedule {
  return warmup === 0 ? schedule : warmUp(schedule, { length: warmup, from: warmupFrom });
}

const over = (time: Tensor, length: number) => (length === 1 ? time : div(time, length));

const above = (to: number, x: Tensor) => (to === 0 ? x : add(to, x));

/** The whole part of a number of at least 0; 2^30 at most. */
const floor = (x: Tensor): Tensor => cast(cast(minimum(x, 2 ** 30), 'int32'), x.dtype);
