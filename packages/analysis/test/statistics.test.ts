// Estimates over seeds: which bootstrap, how many resamples, ratios of medians.

import { bootstrapMean, bootstrapMedian } from '@gaussmark/statistics';
import { describe, expect, it } from 'vitest';
import { estimateMean, estimateMedian, estimateRatio, resamplesFor } from '../src/statistics.js';

describe('an estimate', () => {
  it('of a mean is BCa from five values up, percentile below', () => {
    const five = [0.91, 0.93, 0.92, 0.99, 0.9];
    const bca = bootstrapMean(five, { resamples: 2000, seed: 1, method: 'bca' }).interval!;
    const percentile = bootstrapMean(five, { resamples: 2000, seed: 1, method: 'percentile' }).interval!;
    expect(bca.low).not.toBe(percentile.low);
    expect(estimateMean(five)).toMatchObject({ low: bca.low, high: bca.high, count: 5 });
    const four = five.slice(1);
    const ofFour = bootstrapMean(four, { resamples: 2000, seed: 1, method: 'percentile' }).interval!;
    expect(estimateMean(four)).toMatchObject({ low: ofFour.low, high: ofFour.high });
  });

  it('of a median is the median, with a percentile interval', () => {
    const { interval } = bootstrapMedian([3, 1, 2, 9, 4], { resamples: 300, seed: 1 });
    expect(estimateMedian([3, 1, 2, 9, 4], 300)).toEqual({
      value: 3,
      low: interval!.low,
      high: interval!.high,
      count: 5,
    });
    expect(estimateMedian([])).toBeNull();
  });

  it('of a ratio resamples both sides together, so a constant ratio has no spread', () => {
    expect(estimateRatio([2, 20, 4], [1, 10, 2])).toEqual({ value: 2, low: 2, high: 2, count: 3 });
    // medians 4 and 1.5; without pairs there is no interval.
    expect(estimateRatio([2, 20, 4], [1, 2])).toEqual({ value: 4 / 1.5, low: null, high: null, count: 3 });
    expect(estimateRatio([1], [0])).toBeNull();
    expect(estimateRatio([], [1])).toBeNull();
  });
});

it('resamples less often in larger reports', () => {
  expect([1, 500, 501, 2016, 10_000, 1e6].map(resamplesFor)).toEqual([2000, 2000, 1900, 400, 200, 200]);
});
