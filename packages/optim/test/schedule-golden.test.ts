// Schedules against PyTorch's and Optax's, in steps and in progress.

import { div, type Tensor } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import {
  cosine,
  exponential,
  inverseSquareRoot,
  linear,
  polynomial,
  type Schedule,
  staircase,
  warmUp,
} from '../src/schedule.js';
import { milestones, sequence, warmupStableDecay } from '../src/schedule-phases.js';
import { double, evaluated, numbersOf } from './evaluated.js';
import golden from './golden/schedules.json' with { type: 'json' };

const STEPS = 12;
const counts = double([STEPS], [...new Array(STEPS).keys()]);

/** The values at 0, 1, ..., 11 steps: schedules are elementwise, so a vector of times gives a vector of values. */
const valuesOf = (schedule: Schedule) => numbersOf(evaluated((time: Tensor) => schedule(time), counts));

/** The same in a run of 12 steps, from its progress. */
const overProgress = (schedule: Schedule) =>
  numbersOf(evaluated((time: Tensor) => schedule(div(time, STEPS)), counts));

const close = (values: readonly number[]) => values.map((x) => expect.closeTo(x, 14));

const RATE = 0.8;

describe('in steps, like PyTorch', () => {
  const cases: { readonly [name in keyof typeof golden.torch]: Schedule } = {
    'LinearLR to 0 in 8': linear({ from: RATE, length: 8 }),
    'LinearLR from 1/4 in 8': linear({ from: RATE / 4, to: RATE, length: 8 }),
    'PolynomialLR 8, power 2': polynomial({ from: RATE, length: 8, power: 2 }),
    'CosineAnnealingLR 12 to 0.1': cosine({ from: RATE, to: 0.1, length: 12 }),
    'ExponentialLR 0.7': exponential({ from: RATE, factor: 0.7 }),
    'StepLR 5, 0.3': staircase({ from: RATE, factor: 0.3, every: 5 }),
    'MultiStepLR 3, 7, 0.5': milestones({
      from: RATE,
      at: [
        { at: 3, factor: 0.5 },
        { at: 7, factor: 0.5 },
      ],
    }),
    'LinearLR from 1/10 in 4, CosineAnnealingLR 8': cosine({
      from: RATE,
      warmup: 4,
      warmupFrom: RATE / 10,
      length: 12,
    }),
    'LinearLR from 1/10 in 4, ConstantLR, LinearLR to 0 in 3': warmupStableDecay({
      from: RATE,
      warmup: 4,
      warmupFrom: RATE / 10,
      decay: 3,
      length: 11,
    }),
  };
  it.each(Object.entries(cases))('%s', (name, schedule) => {
    expect(valuesOf(schedule)).toEqual(close(golden.torch[name as keyof typeof cases]));
  });
});

describe('in steps, like Optax', () => {
  const cases: { readonly [name in keyof typeof golden.optax]: Schedule } = {
    'linear_schedule 0.8 to 0.2 in 8': linear({ from: RATE, to: 0.2, length: 8 }),
    'polynomial_schedule 0.8 to 0.2 in 8, power 3': polynomial({ from: RATE, to: 0.2, length: 8, power: 3 }),
    'cosine_decay_schedule 0.8 in 8, alpha 0.25': cosine({ from: RATE, to: 0.2, length: 8 }),
    'warmup_cosine_decay_schedule 0.1, 0.8, 3 of 10, 0.05': cosine({
      from: RATE,
      to: 0.05,
      warmup: 3,
      warmupFrom: 0.1,
      length: 10,
    }),
    'exponential_decay 0.8, 5, 0.3': exponential({ from: RATE, factor: 0.3, every: 5 }),
    'exponential_decay 0.8, 5, 0.3, staircase': staircase({ from: RATE, factor: 0.3, every: 5 }),
    'warmup_exponential_decay_schedule 0, 0.8, 3, 4, 0.5': exponential({
      from: RATE,
      factor: 0.5,
      every: 4,
      warmup: 3,
    }),
    'piecewise_constant_schedule 0.8, 3: 0.5, 7: 0.1': milestones({
      from: RATE,
      at: [
        { at: 3, factor: 0.5 },
        { at: 7, factor: 0.1 },
      ],
    }),
    'join_schedules linear 0 to 0.8 in 4, cosine 0.8 in 6': sequence(
      [linear({ from: 0, to: RATE, length: 4 }), cosine({ from: RATE, length: 6 })],
      [4],
    ),
  };
  it.each(Object.entries(cases))('%s', (name, schedule) => {
    expect(valuesOf(schedule)).toEqual(close(golden.optax[name as keyof typeof cases]));
  });
});

describe('in progress', () => {
  it.each([
    ['linear', linear({ from: RATE, warmup: 0.25 }), linear({ from: RATE, warmup: 3, length: STEPS })],
    ['cosine', cosine({ to: 0.1 }), cosine({ to: 0.1, length: STEPS })],
    ['exponential', exponential({ factor: 0.01 }), exponential({ factor: 0.01, every: STEPS })],
    ['staircase', staircase({ factor: 0.5, every: 0.25 }), staircase({ factor: 0.5, every: 3 })],
    ['inverse square root', inverseSquareRoot({ warmup: 0.25 }), inverseSquareRoot({ warmup: 3 })],
    [
      'warm-up, stable, decay',
      warmupStableDecay({ warmup: 0.25, decay: 0.5, shape: 'cosine' }),
      warmupStableDecay({ warmup: 3, decay: 6, length: STEPS, shape: 'cosine' }),
    ],
  ])('is the same schedule: %s', (_, inProgress, inSteps) => {
    expect(overProgress(inProgress)).toEqual(close(valuesOf(inSteps)));
  });
});

describe('formulas', () => {
  it('inverseSquareRoot warms up from 0, then decays with the root of time', () => {
    const expected = [0, 1, 2, 3, 4].map((t) => 0.5 * Math.min(t / 4, Math.sqrt(4 / t)));
    expect(valuesOf(inverseSquareRoot({ from: 0.5, warmup: 4 })).slice(0, 5)).toEqual(close(expected));
    expect(valuesOf(inverseSquareRoot({ warmup: 4 }))[9]).toBeCloseTo(2 / 3, 14);
  });

  it('warmupStableDecay falls as 1 - sqrt of the share', () => {
    const schedule = warmupStableDecay({ from: 2, to: 0.5, decay: 4, length: 10, shape: 'sqrt' });
    const falling = [0, 1, 2, 3, 4, 4].map((t) => 2 - 1.5 * Math.sqrt(t / 4));
    expect(valuesOf(schedule)).toEqual(close([...new Array(6).fill(2), ...falling]));
  });

  it('warmUp shifts the time of what follows, and leaves its bits alone', () => {
    const decay = polynomial({ power: 3, from: 0.7, length: 5 });
    const warmed = valuesOf(warmUp(decay, { length: 4, from: 0.1 }));
    expect(warmed.slice(0, 4)).toEqual(close([0.1, 0.25, 0.4, 0.55]));
    expect(warmed.slice(4)).toEqual(valuesOf(decay).slice(0, 8));
  });
});

describe('options', () => {
  it.each([
    ['a warm-up as long as the schedule', () => cosine({ warmup: 1 }), /warmup of 1 and a length of 1/],
    ['a negative warm-up', () => linear({ warmup: -0.1 }), /0 <= warmup/],
    ['an infinite value', () => linear({ from: Number.POSITIVE_INFINITY }), /finite from, got Infinity/],
    ['a factor of 0', () => exponential({ factor: 0 }), /exponential: expected factor above 0/],
    ['a power of 0', () => polynomial({ power: 0 }), /power above 0, got 0/],
    [
      'milestones out of order',
      () =>
        milestones({
          at: [
            { at: 2, factor: 1 },
            { at: 1, factor: 1 },
          ],
        }),
      /2, 1/,
    ],
    ['too few boundaries', () => sequence([linear(), linear()], []), /2 schedules and 0 boundaries/],
    [
      'phases that do not fit',
      () => warmupStableDecay({ warmup: 0.6, decay: 0.5 }),
      /warmup \+ decay <= length/,
    ],
  ])('reject %s', (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(RangeError);
  });
});
