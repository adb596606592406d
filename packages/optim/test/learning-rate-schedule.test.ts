// Learning-rate schedules against their formulas, including for more steps than an int32 can count.

import { scalar, type Tensor, type TensorValue, type Tree } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { learningRateSchedule, type ScheduleOptions } from '../src/learning-rate-schedule.js';
import type { StepCount } from '../src/step-count.js';
import { evaluated, numbersOf } from './evaluated.js';

const STEPS = 8;
const RATE = 0.8;

interface Run {
  readonly plannedSteps: number | null;
  /** Default: the planned steps. */
  readonly length?: number;
}

/** The rates of the first {@link STEPS} steps. */
function rates(
  options: Partial<ScheduleOptions>,
  { plannedSteps, length = plannedSteps ?? Number.NaN }: Run,
) {
  const { counter, rateAt } = learningRateSchedule(
    { learningRate: RATE, schedule: 'constant', decayFactor: 0.1, decayEvery: null, ...options },
    { plannedSteps, length: () => length },
  );
  const zero = () => (counter?.zero() ?? scalar(0, 'int32')) as Tree<Tensor>;
  let taken: Tree<TensorValue> = evaluated(zero);
  return Array.from({ length: STEPS }, () => {
    const step = (count: Tree<Tensor>) => {
      const now = count as StepCount;
      return [rateAt(now, 'float64'), (counter?.next(now) ?? now) as Tree<Tensor>];
    };
    const [rate, next] = evaluated(step, taken) as readonly [TensorValue, Tree<TensorValue>];
    taken = next;
    return numbersOf(rate)[0]!;
  });
}

const close = (values: readonly number[], digits = 12) => values.map((x) => expect.closeTo(x, digits));

describe('learningRateSchedule', () => {
  const run = { plannedSteps: STEPS };

  it('is constant, or decays in steps, linearly, or along half a cosine', () => {
    expect(rates({}, run)).toEqual(new Array(STEPS).fill(RATE));
    expect(rates({ schedule: 'linear' }, run)).toEqual(close([0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]));
    expect(rates({ schedule: 'step', decayEvery: 3, decayFactor: 0.5 }, run)).toEqual(
      close([0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2]),
    );
    expect(rates({ schedule: 'cosine' }, { ...run, length: 4 })).toEqual(
      close([0.8, 0.4 * (1 + Math.SQRT1_2), 0.4, 0.4 * (1 - Math.SQRT1_2), 0, 0, 0, 0]),
    );
  });

  it('decays at thirds of its length, rounded up, by default', () => {
    expect(rates({ schedule: 'step', decayFactor: 0.5 }, { ...run, length: 7 })).toEqual(
      close([0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2]),
    );
  });

  it('requests its length only if needed', () => {
    const unknown = {
      plannedSteps: null,
      length: (): number => {
        throw new RangeError('unknown');
      },
    };
    const create = (options: Partial<ScheduleOptions>) => () =>
      learningRateSchedule(
        { learningRate: RATE, schedule: 'constant', decayFactor: 0.1, decayEvery: null, ...options },
        unknown,
      );
    for (const schedule of ['linear', 'cosine', 'step'] as const)
      expect(create({ schedule })).toThrow(/^unknown$/);
    expect(create({}).call(null).counter).toBeUndefined();
    expect(create({ schedule: 'step', decayEvery: 2 })().counter).toBeDefined();
  });
});

describe('a schedule longer than int32 counts', () => {
  it.each([3e9, 1e15, 1e300])('starts at the first rate: %d planned steps', (plannedSteps) => {
    expect(rates({ schedule: 'step' }, { plannedSteps })).toEqual(new Array(STEPS).fill(RATE));
    for (const schedule of ['linear', 'cosine'] as const)
      expect(rates({ schedule }, { plannedSteps })).toEqual(close(new Array(STEPS).fill(RATE), 8));
  });

  it('decays in steps like a short one', () => {
    const options = { schedule: 'step', decayEvery: 3, decayFactor: 0.5 } as const;
    const halved = close([0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2, 0.2]);
    expect(rates(options, { plannedSteps: 3e9 })).toEqual(halved);
    expect(rates(options, { plannedSteps: null })).toEqual(halved);
  });

  it('distinguishes the second step from the first', () => {
    const [, second] = rates({ schedule: 'linear' }, { plannedSteps: null, length: 3e9 });
    expect(second).toBeCloseTo(RATE * (1 - 1 / 3e9), 14);
  });
});
