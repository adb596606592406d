// Statistics of rounds: medians with intervals, and ratios that are taken within a round.

import type { TimingEstimate } from '@gaussmark/analysis';
import { bootstrap, bootstrapMedian, type Estimate } from '@gaussmark/statistics';
import { linearRegression, medianSorted } from 'simple-statistics';
import type { Samples } from './suite.js';

/** An estimate as reports hold it. */
export function reported({ value, interval }: Estimate): TimingEstimate {
  return { value, low: interval?.low ?? null, high: interval?.high ?? null };
}

/** The median over rounds with its 95 % interval: a percentile bootstrap of the rounds. */
export const medianOf = (samples: Samples): TimingEstimate => reported(bootstrapMedian(samples));

/**
 * The median of a / b within rounds. A slow spell of the machine that lasts a round or longer slows both alike and
 * leaves the ratio as it was.
 */
export const ratioOf = (a: Samples, b: Samples): TimingEstimate =>
  medianOf(combine([a, b], ([x, y]) => x! / y!));

/** What a function makes of the values of each round. */
export function combine(series: readonly Samples[], of: (values: readonly number[]) => number): Samples {
  return series[0]!.map((_, round) => of(series.map((samples) => samples[round]!)));
}

/** 1 / x, with the interval turned round; null if the interval, or the value, does not stay above zero. */
export function inverse({ value, low, high }: TimingEstimate): TimingEstimate | null {
  if (value <= 0 || (low !== null && low <= 0)) return null;
  return { value: 1 / value, low: high === null ? null : 1 / high, high: low === null ? null : 1 / low };
}

/** One abscissa of a line and its ordinates, one a round. */
export interface LineSamples {
  readonly x: number;
  readonly y: Samples;
}

/**
 * The line y = a + b x through the medians over rounds, by least squares. The intervals are percentile bootstraps of whole
 * rounds: what the points of a round have in common stays together.
 *
 * @returns null for fewer than two points: they have no slope
 */
export function fitRounds(
  points: readonly LineSamples[],
): { readonly intercept: TimingEstimate; readonly slope: TimingEstimate } | null {
  if (points.length < 2) return null;
  const rounds = points[0]!.y.map((_, round) => round);
  const lineOf = (drawn: readonly number[]) =>
    linearRegression(points.map(({ x, y }) => [x, median(drawn.map((round) => y[round]!))]));
  return {
    intercept: reported(bootstrap(rounds, (drawn) => lineOf(drawn).b)),
    slope: reported(bootstrap(rounds, (drawn) => lineOf(drawn).m)),
  };
}

const median = (values: readonly number[]): number =>
  medianSorted(Array.from(Float64Array.from(values).sort()));
