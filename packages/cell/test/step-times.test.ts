import { describe, expect, it } from 'vitest';
import { StepTimes } from '../src/step-times.js';

const timesOf = (count: number, mostKept?: number) => {
  const times = new StepTimes(mostKept);
  for (let i = 1; i <= count; i++) times.add(i);
  return times;
};

describe('times of steps', () => {
  it('have exact quantiles in a short run', () => {
    const times = timesOf(2001);
    expect(times.count).toBe(2001);
    expect(times.quantiles([0, 0.5, 1])).toEqual([1, 1001, 2001]);
  });

  it('are thinned evenly in a long run, and all counted', () => {
    const times = timesOf(100_000, 64);
    expect(times.count).toBe(100_000);
    for (const level of [0.1, 0.5, 0.9]) {
      const [quantile] = times.quantiles([level]);
      expect(Math.abs(quantile! / 100_000 - level)).toBeLessThan(2 / 32);
    }
  });

  it('have no quantiles without steps', () => {
    expect(timesOf(0).quantiles([0.5])).toEqual([null]);
  });
});
