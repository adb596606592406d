// The shared schedules of the learning rate: warm-ups, with and without planned steps. SGD's tests cover the rest.

import { scalar, tensorType, tensorValue, trace } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { expect, it } from 'vitest';
import { type Clock, type LearningRateOptions, scheduledLearningRate, warmupShare } from '../src/index.js';

const DEFAULTS: LearningRateOptions = {
  learningRate: 0.8,
  schedule: 'constant',
  scheduleSteps: null,
  decayFactor: 0.5,
  decayEvery: null,
  warmup: 0,
};

/** Rates after 0, 1, ... of 10 steps; progress is uneven without planned steps. */
function rates(
  options: Partial<LearningRateOptions>,
  plannedSteps: number | null,
  progress: readonly number[],
) {
  const rateAt = scheduledLearningRate({ ...DEFAULTS, ...options }, { plannedSteps });
  const types = { progress: tensorType('float64', []), step: tensorType('int32', []) };
  const { program } = trace((clock: Clock) => rateAt(clock), types);
  return progress.map(
    (share, step) =>
      evaluate(program, [tensorValue('float64', [], [share]), tensorValue('int32', [], [step])])[0]!.data[0]!,
  );
}

const close = (values: readonly number[]) => values.map((x) => expect.closeTo(x, 14));
const TENTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((s) => s / 10);

it.each<[string, Partial<LearningRateOptions>, (s: number) => number]>([
  ['constant', { warmup: 0.4 }, (s) => 0.8 * Math.min(s / 4, 1)],
  [
    'step',
    { schedule: 'step', decayEvery: 3, warmup: 0.4 },
    (s) => 0.8 * 0.5 ** Math.floor(s / 3) * Math.min(s / 4, 1),
  ],
  ['linear', { schedule: 'linear', warmup: 0.2 }, (s) => 0.8 * (s < 2 ? s / 2 : 1 - (s - 2) / 8)],
  [
    'cosine',
    { schedule: 'cosine', scheduleSteps: 5, warmup: 0.2 },
    (s) => 0.8 * (s < 1 ? s : (1 + Math.cos((Math.PI * Math.min(s - 1, 4)) / 4)) / 2),
  ],
])('%s after a warm-up, in steps', (_, options, expected) => {
  expect(rates(options, 10, TENTHS)).toEqual(close(TENTHS.map((_, s) => expected(s))));
});

it('rises by progress without planned steps, also where decays count steps', () => {
  const shares = [0, 0.3, 0.5, 0.9];
  expect(rates({ warmup: 0.6 }, null, shares)).toEqual(
    close(shares.map((share) => 0.8 * Math.min(share / 0.6, 1))),
  );
  expect(rates({ schedule: 'linear', warmup: 0.5 }, null, shares)).toEqual(close([0, 0.48, 0.8, 0.16]));
  expect(rates({ schedule: 'step', decayEvery: 2, warmup: 0.6 }, null, shares)).toEqual(
    close([0, 0.4, 0.4 * (0.5 / 0.6), 0.4]),
  );
});

it('refuses a warm-up that does not end', () => {
  expect(() => scheduledLearningRate({ ...DEFAULTS, warmup: 1 }, { plannedSteps: 10 })).toThrow(
    'expected a warmup of at least 0 and below 1, got 1',
  );
});

it.each([
  ['planned steps, from 1', 20, [0.2, 0.4, 0.6, 0.8, 1, 1]],
  ['the budget, from 0', null, [0, 0.4, 0.4, 1, 1, 1]],
])('has the share of a warm-up by %s', (_, plannedSteps, expected) => {
  const types = { progress: tensorType('float64', []), step: tensorType('int32', []) };
  const { program } = trace((clock: Clock) => warmupShare(0.25, { plannedSteps }, clock), types);
  const shares = [0, 0.1, 0.1, 0.25, 0.5, 0.9].map(
    (spent, step) =>
      evaluate(program, [tensorValue('float64', [], [spent]), tensorValue('int32', [], [step])])[0]!.data[0]!,
  );
  expect(shares).toEqual(close(expected));
});

it('refuses a warm-up without a length', () => {
  const clock = { progress: scalar(0, 'float64'), step: scalar(0, 'int32') };
  for (const warmup of [0, -1, Number.NaN])
    expect(() => warmupShare(warmup, { plannedSteps: 10 }, clock)).toThrow(RangeError);
});
